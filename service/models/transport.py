"""An HTTP transport that keeps to a total time and a size, whatever the server does.

HTTPX's read timeout starts anew with every piece that arrives, so a server that drips a byte a second is never timed out. Here the read timeout
of a request is the time for all of it, from connecting to the last byte.
"""

import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpcore2
import httpx2

MOST_BYTES = 4 * 1024 * 1024  # a hundred times the longest answer that a release allows
CONNECTIONS = 128


class ReplyTooLarge(httpx2.ReadError):
    """The server sent more than any answer can be."""


class ReplyCompressed(httpx2.ReadError):
    """The server compressed its reply although it was asked not to: its size after unpacking cannot be bounded."""


@dataclass
class _Bound:
    deadline: float
    bytes_left: int


class BoundedTransport(httpx2.HTTPTransport):
    """Sends requests over pooled connections; a reply that takes too long raises a timeout, one that is too large ReplyTooLarge."""

    def __init__(
        self,
        most_bytes: int = MOST_BYTES,
        proxy: str | None = None,
        verify: bool | ssl.SSLContext = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(verify=verify, proxy=proxy, limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS))
        self._most_bytes = most_bytes
        self._clock = clock
        self._current = threading.local()
        # The pool takes a backend only when it is made, which HTTPX does for itself: the seam is private, and the tests of slow servers hold it.
        self._pool._network_backend = _Backend(self._pool._network_backend, self._left)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        bound = _Bound(self._clock() + request.extensions["timeout"]["read"], self._most_bytes)
        with self._bound_to(bound):
            response = super().handle_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            response.close()
            raise ReplyCompressed("the reply is compressed")
        assert isinstance(response.stream, httpx2.SyncByteStream)
        return httpx2.Response(
            response.status_code, headers=response.headers, stream=_Stream(self, response.stream, bound), extensions=response.extensions
        )

    @contextmanager
    def _bound_to(self, bound: _Bound) -> Iterator[None]:
        """Hold what this thread reads and writes to the bound of one request."""
        self._current.bound = bound
        try:
            yield
        finally:
            self._current.bound = None

    def _left(self, timeout: float | None, error: type[Exception]) -> float | None:
        bound: _Bound | None = getattr(self._current, "bound", None)
        if bound is None:
            return timeout
        left = bound.deadline - self._clock()
        if left <= 0:
            raise error("the time for this request is over")
        return left if timeout is None else min(left, timeout)


class _Stream(httpx2.SyncByteStream):
    def __init__(self, transport: BoundedTransport, stream: httpx2.SyncByteStream, bound: _Bound) -> None:
        self._transport = transport
        self._stream = stream
        self._bound = bound

    def __iter__(self) -> Iterator[bytes]:
        parts = iter(self._stream)
        while True:
            # Bound for each part anew: between two parts of a stream, this thread may be busy with another request.
            with self._transport._bound_to(self._bound):
                part = next(parts, None)
            if part is None:
                return
            self._bound.bytes_left -= len(part)
            if self._bound.bytes_left < 0:
                raise ReplyTooLarge("the reply is larger than any answer can be")
            yield part

    def close(self) -> None:
        self._stream.close()


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, backend: httpcore2.NetworkBackend, left: Callable[[float | None, type[Exception]], float | None]) -> None:
        self._backend = backend
        self._left = left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        left = self._left(timeout, httpcore2.ConnectTimeout)
        return _Socket(self._backend.connect_tcp(host, port, left, local_address, socket_options), self._left)


class _Socket(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, left: Callable[[float | None, type[Exception]], float | None]) -> None:
        self._stream = stream
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> httpcore2.NetworkStream:
        return _Socket(self._stream.start_tls(ssl_context, server_hostname, self._left(timeout, httpcore2.ConnectTimeout)), self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
