"""What the address of a call may hold: no NUL, which no id, name or word of a mail has, PostgreSQL does not take, and no file is named with."""

from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from service.api import problems
from service.api.problems import Fault, Problem
from service.text import plain

NUL = "\x00"
WHY = "must be valid text, without NUL"
LONGEST_NAME = 100  # characters of a parameter's name that are told back


class Addresses:
    """Refuses a call whose path or query holds a NUL, before anything of it is looked for or written down."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (wrong := faults(scope["path"], scope["query_string"])):
            await problems.answer(Problem(422, "invalid", "; ".join(f"{one.field}: {one.message}" for one in wrong), wrong), scope, receive, send)
            return
        await self._app(scope, receive, send)


def faults(path: str, query: bytes) -> list[Fault]:
    """Name the parts of an address that hold a NUL: the path, decoded, and the parameters of the query, as it came."""
    named = ["path"] if NUL in path else []
    if b"%00" in query or b"\x00" in query:
        named += [plain.line(name, LONGEST_NAME) for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True) if NUL in name + value]
    return [Fault(field=name, message=WHY) for name in named]
