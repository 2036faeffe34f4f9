"""How much of a body is taken, how much of all bodies together, and for how long."""

import asyncio
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api import problems
from service.api.problems import Problem

OTHER_BODY_BYTES = 1024 * 1024  # for everything but emails
DRAINED_BYTES = 8 * 1024 * 1024  # read and dropped after a body grew too large, so that the sender gets to read why
BODY_S = 60.0  # from a call's head to the end of its body


class Bodies:
    """Refuses bodies that are too large, by their stated length at once, else as soon as too much has come; that come too slowly; or that
    would be too much together with all the others in hand.
    """

    def __init__(self, app: ASGIApp, emails: int, together: int, seconds: float = BODY_S) -> None:
        self._app = app
        self._emails = emails
        self._together = together
        self._seconds = seconds
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._emails if scope["path"] == "/v1/emails" else OTHER_BODY_BYTES
        stated = Headers(scope=scope).get("content-length", "")
        if stated.isdigit() and int(stated) > limit:
            if Headers(scope=scope).get("expect", "").lower() != "100-continue":
                await _drain(receive, self._seconds)
            await problems.answer(_too_large(limit), scope, receive, send)
            return
        if stated.isdigit() and self._held + int(stated) > self._together:
            await problems.answer(_too_much(), scope, receive, send)
            return
        body = _Body(receive, limit, self._seconds, self._hold)
        try:
            await self._app(scope, body.receive, send)
        finally:
            self._held -= body.seen

    def _hold(self, size: int) -> None:
        self._held += size
        if self._held > self._together:
            raise _too_much()


class _Body:
    """One body on its way in: `seen` bytes of it are held."""

    def __init__(self, receive: Receive, limit: int, seconds: float, hold: Callable[[int], None]) -> None:
        self._receive = receive
        self._limit = limit
        self._hold = hold
        self._ends = asyncio.get_running_loop().time() + seconds
        self._seconds = seconds
        self._whole = False
        self.seen = 0

    async def receive(self) -> Message:
        """Receive the next part of the body, and after its end whatever comes. Raises Problem."""
        if self._whole:
            return await self._receive()  # the wait for a client to hang up has no end
        try:
            async with asyncio.timeout_at(self._ends):
                message = await self._receive()
        except TimeoutError as exc:
            raise Problem(408, "too-slow", f"the body was not here after {self._seconds:.0f} s", headers={"Connection": "close"}) from exc
        size = len(message.get("body", b""))
        self._whole = not message.get("more_body")
        if self.seen + size > self._limit:
            if not self._whole:
                await _drain(self._receive, self._seconds)
            raise _too_large(self._limit)
        self.seen += size
        self._hold(size)
        return message


async def _drain(receive: Receive, seconds: float) -> None:
    """Read on for a while: a connection closed on a sender in mid-sentence loses the answer on its way."""
    dropped = 0
    try:
        async with asyncio.timeout(seconds):
            while dropped < DRAINED_BYTES:
                message = await receive()
                dropped += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
    except TimeoutError:
        return


def _too_large(limit: int) -> Problem:
    return Problem(413, "too-large", f"the body is larger than {limit:,} bytes, the most that is taken here")


def _too_much() -> Problem:
    return Problem(503, "too-much", "too much is being sent in at the same time; nothing was taken in", headers={"Retry-After": "2"})
