"""What one call costs above the bare SDK: both against the same server on loopback, in paired rounds. Run: python -m ops.benches.provider

Ours includes rendering, routing, breaker, budget, price, record and validation. It leaves out choosing examples by similarity, which takes one
encoding of the email (milliseconds) that the rest of the pipeline needs anyway.
"""

import json
import multiprocessing
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any

import typer

from ingestion.mail import message
from service.models import Call, schemas
from service.models.circuit_breaker import Breakers
from service.models.costs import Budget, Prices
from service.models.messages import Renderer
from service.models.openai import Endpoint, HostedModel
from service.models.providers import Provider
from service.models.routing import Route, Routes
from service.prompting import PROMPTS, Prompt, load
from service.screening import screening
from service.tickets import Ticket
from service.trace import Trace

MODEL = "gpt-4o-mini"
TICKET = '{"customerName": "Ana López", "issueSummary": "Customer cannot log in.", "urgency": "high"}'
USAGE = {"prompt_tokens": 1700, "completion_tokens": 30, "total_tokens": 1730, "prompt_tokens_details": {"cached_tokens": 1500}}
BODY = json.dumps(
    {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": TICKET}}],
        "usage": USAGE,
    }
).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        pass


def _serve(port: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    port.send(server.server_address[1])
    server.serve_forever()


def main(rounds: int = 40, calls: int = 25) -> None:
    """Print the milliseconds of a call, bare and ours, and the ratio of the two over the rounds."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(sender,), daemon=True)  # a process of its own: no shared lock
    server.start()
    try:
        url = f"http://127.0.0.1:{receiver.recv()}/v1"
        call = _call()
        bare, ours = _bare(url, call), _ours(url, call)
        for ask in (bare, ours):
            _seconds(ask, calls)
        pairs = [_paired(bare, ours, calls, flip=number % 2 == 1) for number in range(rounds)]
    finally:
        server.terminate()
        server.join()
    ratios = sorted(our / its for its, our in pairs)
    print(f"{rounds} paired rounds of {calls} calls")
    print(f"bare SDK   median {statistics.median(its for its, _ in pairs) / calls * 1000:.2f} ms a call")
    print(f"ours       median {statistics.median(our for _, our in pairs) / calls * 1000:.2f} ms a call")
    print(f"ratio      min {ratios[0]:.2f}  median {statistics.median(ratios):.2f}  max {ratios[-1]:.2f}")


def _paired(bare: Callable[[], object], ours: Callable[[], object], calls: int, flip: bool) -> tuple[float, float]:
    """Time both, each first in every other round, so that a machine that slows down favours neither."""
    if flip:
        our = _seconds(ours, calls)
        return _seconds(bare, calls), our
    return _seconds(bare, calls), _seconds(ours, calls)


def _seconds(ask: Callable[[], object], calls: int) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        ask()
    return time.perf_counter() - began


def _call() -> Call:
    head = "From: Ana López <ana@x.example>\nSubject: Login\nDate: Mon, 2 Nov 2026 09:00:00 +0000\n"
    raw = head + "\n" + "I cannot log in since this morning.\n" * 10 + "\nAna López\n"
    letter = screening.screen(message.parse(raw.encode()))
    return Call("extract", Prompt(load(PROMPTS / "extract_ticket" / "v1"), letter), Ticket)


def _bare(url: str, call: Call) -> Callable[[], object]:
    import openai  # the one that the door in service/models/openai.py is measured against

    client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
    messages: Any = [{"role": one.role, "content": one.content} for one in Renderer().render(call).messages]
    response_format: Any = schemas.response_format(Ticket)

    def ask() -> object:
        reply = client.chat.completions.create(
            model=MODEL,
            messages=messages,
            response_format=response_format,
            max_completion_tokens=800,
            temperature=0.0,
            timeout=20.0,
        )
        return Ticket.model_validate_json(reply.choices[0].message.content or "")

    return ask


def _ours(url: str, call: Call) -> Callable[[], object]:
    provider = Provider("openai", url, prices_as="openai")
    model = HostedModel(provider, MODEL, Renderer().render, endpoint=Endpoint(provider))
    day = Budget(Decimal(1_000_000), spent=lambda: Decimal(0))
    routes = Routes({"extract": [(Route("openai", MODEL), model)]}, Breakers(time.monotonic), day, Prices(), Decimal(1))

    def ask() -> object:
        trace = Trace()
        return trace(
            "extract",
            routes.complete,
            call,
            lambda completion: Ticket.model_validate_json(completion.text),
            trace.attempt,
            time.monotonic() + 60,
        )

    return ask


if __name__ == "__main__":
    typer.run(main)
