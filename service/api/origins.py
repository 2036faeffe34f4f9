"""By which name the service is called, and from which pages: what a browser may be made to send is refused here."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api import problems
from service.api.problems import Problem

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
ANY = "*"
_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
_FROM_HERE = ("same-origin", "none")  # `same-site` is any port of this machine, or any other name of one's domain
_PORTS = {"http": ":80", "https": ":443"}


class Origins:
    """Refuses a name that is not ours (a stranger's name may be made to lead to this machine), and a change that another site's page sends.

    `hosts` are names, with a port where it matters; `*` takes any. Probes are asked by address, and answer whatever they are called.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], probes: Collection[str] = ()) -> None:
        self._app = app
        self._hosts = {host.strip().lower() for host in hosts}
        self._probes = probes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._probes:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if not self._is_ours(host):
            detail = "the service is not known by this name: PROOFDESK_ALLOWED_HOSTS says by which it is"
            await problems.answer(Problem(421, "unknown-host", detail), scope, receive, send)
        elif scope["method"] not in _SAFE and not self._is_from_here(headers, host):
            detail = "a change is taken from the service's own pages and from programs, not from a page of another site or port"
            await problems.answer(Problem(403, "not-from-here", detail), scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
        return bool(host) and (ANY in self._hosts or bool({host, name, name.removesuffix(".")} & {*self._hosts, *LOOPBACK}))

    def _is_from_here(self, headers: Headers, host: str) -> bool:
        """Tell by what browsers say of themselves, and no page can make them say otherwise; programs say nothing."""
        if (site := headers.get("sec-fetch-site")) is not None:
            return site.lower() in _FROM_HERE
        if (origin := headers.get("origin")) is None:
            return True
        url = urlsplit(origin.lower())
        port = _PORTS.get(url.scheme, "")
        return url.netloc.removesuffix(port) in {host.removesuffix(port), *(self._hosts - {ANY})} and bool(url.netloc)
