"""Two hundred clients at once: `python -m ops.benches.clients` asks `proofdesk serve`, and beside it a bare FastAPI application, for a minute each.

Each client sends a mail, looks at its ticket three times and at the list once, over and over, without a pause. The probes are asked from another
process all the while. The bare application keeps bodies in memory and does nothing with them: what is above it is what the product does.
"""

import asyncio
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, Any

import typer

from ops.soak import mails, run
from ops.soak.servers import Server

PROBES = ("/healthz", "/readyz")
EVERY_S = 0.25  # between two rounds of probes
SILENT_S = 1.0  # after which an orchestrator gives a probe up
PATIENCE_S = 60.0
MAILS = 50  # different ones; each client makes them its own by its Message-ID


@dataclass
class Asked:
    """What clients saw: the seconds of each answer, and what was no answer or a 5xx, by its words."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True)
class Measured:
    """What one application did under the load."""

    name: str
    asked: Asked
    lasted: float
    probes: dict[str, Asked]


class Client:
    """One connection that is kept alive and opened again when it ends."""

    def __init__(self, port: int, asked: Asked) -> None:
        self._port = port
        self._asked = asked
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> Any:
        """Return the JSON of an answer, None where there was none."""
        began = time.perf_counter()
        try:
            status, answer = await asyncio.wait_for(self._exchange(method, path, body), PATIENCE_S)
        except (OSError, EOFError, ValueError, TimeoutError) as exc:
            self._asked.errors[f"{method} {path.split('?')[0][:12]}: {type(exc).__name__}"] += 1
            self.close()
            return None
        self._asked.seconds.append(time.perf_counter() - began)
        self._asked.statuses[status] += 1
        if status >= 400:
            self._asked.errors[f"{method} {path.split('?')[0][:12]}: {status}"] += 1
            return None
        return json.loads(answer)

    async def _exchange(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        kind = f"Content-Type: message/rfc822\r\nContent-Length: {len(body)}\r\n" if body else ""
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{kind}\r\n".encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        answer = await reader.readexactly(length)
        if "connection: close" in head:
            self.close()
        return int(head.split(" ", 2)[1]), answer

    def close(self) -> None:
        """Close the connection."""
        if self._streams:
            self._streams[1].close()
            self._streams = None


async def _client(number: int, port: int, until: float, asked: Asked, texts: list[bytes]) -> None:
    client = Client(port, asked)
    turn = 0
    while time.monotonic() < until:
        raw = texts[(number + turn) % len(texts)].replace(b"Message-ID: <", f"Message-ID: <{number}.{turn}.".encode(), 1)
        told = await client.ask("POST", "/v1/emails", raw)
        for _ in range(3):
            if told:
                await client.ask("GET", f"/v1/tickets/{told['id']}")
        await client.ask("GET", "/v1/tickets?limit=20")
        turn += 1
    client.close()


async def _all(clients: int, port: int, seconds: float, asked: Asked) -> None:
    texts, until = list(mails.unique(MAILS)), time.monotonic() + seconds
    await asyncio.gather(*(_client(number, port, until, asked, texts) for number in range(clients)))


def _load(clients: int, port: int, seconds: float, told: Connection) -> None:
    asked, began = Asked(), time.monotonic()
    asyncio.run(_all(clients, port, seconds, asked))
    told.send((asked, time.monotonic() - began))


def measure(name: str, port: int, clients: int, seconds: float) -> Measured:
    """Let clients loose on a port, from a process of their own, and ask the probes meanwhile."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    load = multiprocessing.get_context("spawn").Process(target=_load, args=(clients, port, seconds, sender), daemon=True)
    probes = {path: Asked() for path in PROBES}
    load.start()
    while not receiver.poll(EVERY_S) and load.is_alive():
        for path, asked in probes.items():
            _probe(f"http://127.0.0.1:{port}{path}", asked)
    asked, lasted = receiver.recv()
    load.join()
    return Measured(name, asked, lasted, probes)


def _probe(url: str, asked: Asked) -> None:
    began = time.perf_counter()
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            answer.read()
    except urllib.error.HTTPError as exc:
        asked.errors[f"{exc.code} {exc.read()[:200].decode('utf-8', 'replace')}"] += 1
    except OSError as exc:
        asked.errors[type(exc).__name__] += 1
    asked.seconds.append(time.perf_counter() - began)


def _bare(port: int) -> None:
    """Serve an application that does nothing with what it is sent."""
    import uvicorn
    from fastapi import FastAPI, Request

    app, kept = FastAPI(), dict[str, bytes]()

    @app.post("/v1/emails", status_code=202)
    async def take(request: Request) -> dict[str, str]:
        id = str(len(kept))
        kept[id] = await request.body()
        return {"id": id, "status": "processing"}

    @app.get("/v1/tickets/{id}")
    async def one(id: str) -> dict[str, str]:
        return {"id": id, "status": "processing"}

    @app.get("/v1/tickets")
    async def listed(limit: int = 50) -> dict[str, list[dict[str, str]]]:
        return {"tickets": [{"id": id, "status": "processing"} for id in list(kept)[-limit:]]}

    @app.get("/healthz")
    @app.get("/readyz")
    async def probe() -> dict[str, str]:
        return {"status": "ready"}

    uvicorn.run(app, port=port, log_level="critical", access_log=False)


@contextmanager
def bare(port: int) -> Iterator[None]:
    """Run the bare application in a process of its own."""
    process = multiprocessing.get_context("spawn").Process(target=_bare, args=(port,), daemon=True)
    process.start()
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.join()


@contextmanager
def product(folder: Path, port: int) -> Iterator[None]:
    """Run `proofdesk serve` on the sample help centre, without any provider."""
    run.prepare(folder)
    server = Server(0, port, folder, {"PROOFDESK_DATA_DIR": str(folder), "PROOFDESK_LOG_LEVEL": "WARNING"})
    try:
        server.start()
        server.wait()
        yield
    finally:
        server.stop()
        sys.stderr.write(server.log.read_text("utf-8", "replace")[-3000:])


def row(name: str, asked: Asked, lasted: float | None = None) -> str:
    """Say what was asked in one line: requests, the rate, the median, the 95th percentile and the longest in milliseconds, and errors."""
    seconds = sorted(asked.seconds) or [0.0]
    rate = f"{len(asked.seconds) / lasted:8.1f}/s" if lasted else " " * 10
    p95 = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
    times = "".join(f"{value * 1000:10.0f}" for value in (statistics.median(seconds), p95, seconds[-1]))
    return f"{name:<24}{len(asked.seconds):>8}{rate}{times}{sum(asked.errors.values()):>8}"


def main(
    clients: Annotated[int, typer.Option(help="Clients at the same time.", min=1)] = 200,
    seconds: Annotated[float, typer.Option(help="How long they ask each application.", min=1)] = 60.0,
) -> None:
    """Measure both, print a line for each and for its probes, and end with 1 where there was an error or a probe took longer than a second."""
    measured = []
    with tempfile.TemporaryDirectory(prefix="clients-", ignore_cleanup_errors=True) as name:
        port = run.free_port()
        with product(Path(name), port):
            measured.append(measure("proofdesk serve", port, clients, seconds))
    port = run.free_port()
    with bare(port):
        measured.append(measure("bare FastAPI", port, clients, seconds))
    print(f"{clients} clients for {seconds:.0f} s{'':<6}{'asked':>6}{'rate':>10}{'p50 ms':>10}{'p95 ms':>10}{'max ms':>10}{'errors':>8}")
    for one in measured:
        print(row(one.name, one.asked, one.lasted))
        for path, asked in one.probes.items():
            print(row(f"  {path}", asked))
        for what, count in (sum((asked.errors for asked in (one.asked, *one.probes.values())), Counter[str]())).most_common(10):
            print(f"    {count} × {what}")
    ours = measured[0]
    silent = sum(seconds > SILENT_S for asked in ours.probes.values() for seconds in asked.seconds)
    raise SystemExit(int(bool(ours.asked.errors or silent or any(asked.errors for asked in ours.probes.values()))))


if __name__ == "__main__":
    typer.run(main)
