"""The HTTP server's connections: one that does not send the head of a call in time is closed."""

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEAD_S = 15.0  # from a connection's first byte, or its opening, to the end of a call's head

_Protocol: Any = AutoHTTPProtocol  # httptools' where it is installed, else h11's


class Bounded(_Protocol):  # type: ignore[misc]  # which of the two it is shows at run time
    """A connection whose heads have a time limit: the server bounds only the time between calls."""

    head_s = HEAD_S

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._slow: asyncio.TimerHandle | None = self.loop.call_later(self.head_s, self._end)

    def data_received(self, data: bytes) -> None:
        """Wait no longer once a call is in hand; what comes between calls is the beginning of another head."""
        super().data_received(data)
        in_hand = self.cycle is not None and not self.cycle.response_complete
        if in_hand and self._slow:
            self._slow.cancel()
            self._slow = None
        elif not in_hand and self._slow is None:
            self._slow = self.loop.call_later(self.head_s, self._end)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        if self._slow:
            self._slow.cancel()
        super().connection_lost(exc)

    def _end(self) -> None:
        self._slow = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
