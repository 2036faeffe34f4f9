"""A webhook's receiving end on loopback, for drills and tests: keeps what comes with a valid signature."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ops.watch import webhook


class Receiver:
    """Listens on a free port between `start` and `stop`. `received` holds the messages whose signature was right, `refused` counts the others."""

    def __init__(self, secret: str, fail_first: int = 0) -> None:
        self.received: list[dict[str, Any]] = []
        self.refused = 0
        self.failing = fail_first
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                self.send_response(receiver.take(body, self.headers.get(webhook.SIGNATURE, ""), secret))
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/incidents"

    def take(self, body: bytes, signature: str, secret: str) -> int:
        """Take one message, and return the status to answer with."""
        if self.failing > 0:
            self.failing -= 1
            return 503
        if not webhook.is_signed(secret, body, signature, datetime.now(UTC)):
            self.refused += 1
            return 401
        self.received.append(json.loads(body))
        return 204

    def start(self) -> "Receiver":
        """Begin to listen."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
