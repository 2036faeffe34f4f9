"""A scripted provider over real HTTP on loopback, which can misbehave in every way that providers do."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LONGEST_HANG_S = 20.0  # far above every timeout in the tests: a test that waits for it fails by its outcome, not by a clock

Reply = Callable[["Handler"], None]


@dataclass
class Request:
    """What a client sent."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Handler(BaseHTTPRequestHandler):
    """Answers each request by the next reply of the script, and every request after the script's end by its last one."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with self.server.lock:
            place = min(len(self.server.requests), len(self.server.script) - 1)
            self.server.requests.append(Request(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        try:
            self.server.script[place](self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client gave up, as it should

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def reply(self, status: int, body: bytes, content_type: str = "application/json", **headers: str) -> None:
        """Send a whole response."""
        self.begin(status, content_type, **{"Content-Length": str(len(body)), **headers})
        self.wfile.write(body)

    def begin(self, status: int = 200, content_type: str = "application/json", **headers: str) -> None:
        """Send the head of a response."""
        self.send_response(status)
        for name, value in {"Content-Type": content_type, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def hang(self, seconds: float = LONGEST_HANG_S) -> None:
        """Do nothing, until the server is stopped."""
        self.close_connection = True
        self.server.stopping.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    block_on_close = False

    def __init__(self, script: Sequence[Reply]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = list(script)
        self.requests: list[Request] = []
        self.lock = threading.Lock()
        self.stopping = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@dataclass
class Peer:
    """A running server: where it is, what it was asked, and which of its clients are to be closed with it."""

    base_url: str
    requests: list[Request] = field(default_factory=list)
    clients: ExitStack = field(default_factory=ExitStack)


@contextmanager
def serving(*script: Reply) -> Iterator[Peer]:
    """Serve a script on a free port of loopback until the block ends."""
    server = _Server(script)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    peer = Peer(f"http://127.0.0.1:{server.server_address[1]}/v1", server.requests)
    try:
        with peer.clients:
            yield peer
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def completion(text: Any, finish_reason: str | None = "stop", **message: Any) -> dict[str, Any]:
    """Build the body of a chat completion that took 120 tokens in (100 of them cached) and 30 out (10 of them reasoning)."""
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": text, **message}}],
        "usage": {
            "prompt_tokens": 120,
            "completion_tokens": 30,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 100},
            "completion_tokens_details": {"reasoning_tokens": 10},
        },
    }


def says(text: Any, finish_reason: str | None = "stop", **message: Any) -> Reply:
    """Answer with a text."""
    return body(completion(text, finish_reason, **message))


def body(value: Any) -> Reply:
    """Answer 200 with any JSON."""
    return raw(json.dumps(value).encode())


def raw(content: bytes, content_type: str = "application/json", **headers: str) -> Reply:
    """Answer 200 with any bytes."""
    return lambda handler: handler.reply(200, content, content_type, **headers)


def status(code: int, message: str = "no", error_code: str | None = None, param: str | None = None, **headers: str) -> Reply:
    """Answer with an error status, as providers word it."""
    error = {"error": {"message": message, "type": "error", "code": error_code, "param": param}}
    return lambda handler: handler.reply(code, json.dumps(error).encode(), **headers)


def hangs_before_headers(handler: Handler) -> None:
    """Take the request and say nothing."""
    handler.hang()


def hangs_mid_body(handler: Handler) -> None:
    """Begin an answer and stop half-way, with the connection open."""
    content = json.dumps(completion("{}")).encode()
    handler.begin(Content_Length=str(len(content)))
    handler.wfile.write(content[:40])
    handler.hang()


def cut_mid_body(handler: Handler) -> None:
    """Promise more than is sent, and hang up."""
    content = json.dumps(completion("{}")).encode()
    handler.begin(Content_Length=str(len(content)))
    handler.wfile.write(content[:40])
    handler.close_connection = True


def hangs_up(handler: Handler) -> None:
    """Close the connection without a word."""
    handler.close_connection = True


def drips(text: str, every: float = 0.02) -> Reply:
    """Send a valid answer a byte at a time, each within any read timeout, the last one long after every deadline."""

    def reply(handler: Handler) -> None:
        content = json.dumps(completion(text)).encode()
        handler.begin(Content_Length=str(len(content)))
        _drip(handler, content, every)

    return reply


def drips_headers(handler: Handler) -> None:
    """Send the head of a response a byte at a time."""
    content = json.dumps(completion("{}")).encode()
    _drip(handler, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Padding: " + b"x" * 900 + b"\r\n", 0.02)
    handler.wfile.write(f"Content-Length: {len(content)}\r\n\r\n".encode() + content)


def _drip(handler: Handler, content: bytes, every: float) -> None:
    for byte in content:
        if handler.server.stopping.wait(every):
            break
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()


def streams(*pieces: str, finish_reason: str | None = "stop", usage: bool = True, done: bool = True, then: Reply | None = None) -> Reply:
    """Answer as server-sent events, one a piece; `then` may go on in its own way."""

    def reply(handler: Handler) -> None:
        handler.begin(content_type="text/event-stream", Connection="close")
        handler.close_connection = True
        for piece in pieces:
            _event(handler, {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
        if finish_reason:
            _event(handler, {"choices": [{"index": 0, "delta": {}, "finish_reason": finish_reason}]})
        if usage:
            _event(handler, {"choices": [], "usage": completion("")["usage"]})
        if then:
            then(handler)
        elif done:
            handler.wfile.write(b"data: [DONE]\n\n")

    return reply


def drips_events(handler: Handler) -> None:
    """Go on streaming a piece at a time, for longer than any deadline."""
    while not handler.server.stopping.wait(0.02):
        _event(handler, {"choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": None}]})


def _event(handler: Handler, chunk: dict[str, Any]) -> None:
    handler.wfile.write(
        b"data: " + json.dumps({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", **chunk}).encode() + b"\n\n"
    )
    handler.wfile.flush()
