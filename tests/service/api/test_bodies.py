import asyncio
import json
from typing import Any

import pytest

from service.api.bodies import Bodies


async def reads(scope: Any, receive: Any, send: Any) -> None:
    """Read a body and say how long it was."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message["body"]), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


class Call:
    """One call whose body comes in the parts given; after them, for ever nothing where `ends` is false."""

    def __init__(self, parts: list[bytes], ends: bool = True, stated: int | None = None) -> None:
        self.parts = parts
        self.ends = ends
        self.headers = [] if stated is None else [(b"content-length", str(stated).encode())]
        self.sent: list[Any] = []
        self.taken = asyncio.Event()
        self.go_on = asyncio.Event()

    async def receive(self) -> Any:
        if self.parts:
            part = self.parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(self.parts) or not self.ends}
        self.taken.set()
        await self.go_on.wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def through(self, bodies: Bodies) -> None:
        from service.api.problems import Problem, answer

        scope = {"type": "http", "path": "/v1/emails", "headers": self.headers, "method": "POST"}
        try:
            await bodies(scope, self.receive, self.send)
        except Problem as problem:  # inside the application its own handler answers
            await answer(problem, scope, self.receive, self.send)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def detail(self) -> str:
        return str(json.loads(self.sent[1]["body"])["detail"])


@pytest.mark.parametrize("parts", [[], [b"half of a ma"]])
def test_a_body_that_never_ends_is_not_waited_for(parts: list[bytes]) -> None:
    async def run() -> Call:
        call = Call(parts, ends=False)
        await call.through(Bodies(reads, 100, 1000, seconds=0.02))
        return call

    call = asyncio.run(run())
    assert (call.status, call.detail) == (408, "the body was not here after 0 s")


@pytest.mark.parametrize("stated", [None, 60])
def test_all_bodies_together_are_bounded_and_what_is_finished_makes_room(stated: int | None) -> None:
    async def run() -> tuple[Call, Call, Call]:
        bodies = Bodies(reads, 100, 100)
        first, second, third = Call([b"x" * 60], ends=False), Call([b"x" * 60], stated=stated), Call([b"x" * 60], stated=stated)
        going = asyncio.create_task(first.through(bodies))
        await first.taken.wait()
        await second.through(bodies)
        first.go_on.set()
        await going
        await third.through(bodies)
        return first, second, third

    first, second, third = asyncio.run(run())
    assert (first.status, second.status, third.status) == (200, 503, 200)
    assert "too much" in second.detail
