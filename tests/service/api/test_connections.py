import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from service.api.connections import Bounded


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(Bounded, "head_s", 0.2)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(hello, log_config=None, http=Bounded, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.mark.parametrize("head", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_connection_that_never_finishes_its_head_is_closed(address: tuple[str, int], head: bytes) -> None:
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(head)
        assert connection.recv(100) == b""


def test_a_connection_between_two_calls_is_closed_when_the_second_never_comes_whole(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        said = b""
        while not said.endswith(b"hello"):
            said += connection.recv(1000)
        connection.sendall(b"GET / HTTP/1.1\r\nHo")
        assert connection.recv(1000) == b""
