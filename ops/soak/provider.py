"""An OpenAI-compatible provider on loopback that writes down each call and when its reply was written, by mail, task and caller."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ops.soak import mails

TASKS = {"Ticket": "extract", "Written": "answer"}
SHY = 7  # the first ticket of every so many mails breaks the contract, so that it is asked for again
_SENTENCE = re.compile(r"^(p\d+):|([A-Z][^.\n|#`]{30,200}\.)", re.M)

Key = tuple[int, str, int]  # mail, task, how often it was asked again with a complaint


@dataclass
class Call:
    """One call: what it was about, which life of which server made it, and when (seconds since the epoch) its reply was written, if it was."""

    mail: int
    task: str
    repair: int
    by: str
    arrived: float
    finished: float | None = None

    @property
    def key(self) -> Key:
        """What makes another call the same question."""
        return self.mail, self.task, self.repair


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    block_on_close = False

    def __init__(self, latency_s: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.latency_s = latency_s
        self.calls: list[Call] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a caller that was killed


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        call = _call(asked, self.headers["authorization"].removeprefix("Bearer "))
        self.server.calls.append(call)
        time.sleep(self.server.latency_s)
        body = json.dumps(_reply(asked, call)).encode()
        try:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True
        else:
            call.finished = time.time()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@dataclass
class Provider:
    """A running provider: where it is, and the calls so far."""

    base_url: str
    calls: list[Call]


@contextmanager
def serving(latency_s: float) -> Iterator[Provider]:
    """Serve on a free port of loopback until the block ends; each reply takes so many seconds."""
    server = _Server(latency_s)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Provider(f"http://127.0.0.1:{server.server_address[1]}/v1", server.calls)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _call(asked: dict[str, Any], by: str) -> Call:
    messages = asked["messages"]
    task = TASKS[asked["response_format"]["json_schema"]["name"]]
    mail = mails.number(messages[1]["content"])
    return Call(-1 if mail is None else mail, task, (len(messages) - 2) // 2, by, time.time())


def _reply(asked: dict[str, Any], call: Call) -> dict[str, Any]:
    text = json.dumps(_ticket(call) if call.task == "extract" else _answer(asked["messages"][1]["content"]))
    usage = {"prompt_tokens": 1700, "completion_tokens": 40, "total_tokens": 1740}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": asked["model"], "choices": [choice], "usage": usage}


def _ticket(call: Call) -> dict[str, Any]:
    urgency = "at once" if call.mail % SHY == 0 and call.repair == 0 else "medium"
    return {"customerName": None, "issueSummary": "Asks for help with a booking.", "urgency": urgency}


def _answer(prompt: str) -> dict[str, Any]:
    """Say the first sentence of the first passage that has one."""
    label = None
    for found in _SENTENCE.finditer(prompt.rpartition("# Passages")[2]):
        label = found[1] or label
        if found[2] and label:
            return {"sentences": [{"text": found[2], "citations": [label], "quotes": [found[2]]}]}
    return {"sentences": []}
