"""Planted secrets × every place that something of a mail ends in: only the raw mail has them."""

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.header import Header
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient
from rich.console import Console
from sqlalchemy import Engine, select

from ops.cli import printing
from ops.watch import webhook
from service import app, logs
from service.models import Completion
from service.models.routing import Routed
from service.settings import Settings
from service.storage import database, eval_candidates, incidents, ticket_queries
from service.storage.tables import Base
from service.telemetry.prometheus import Metrics
from service.trace import Attempt
from service.wire import NewEmail
from service.worker import Worker
from tests.service import fakes
from tests.service.test_app import RAW, Desks

CARD, PASSWORD, IBAN = "4111 1111 1111 1111", "Tr0ub4dor&3", "DE89 3704 0044 0532 0130 00"
LETTERS = [CARD[5:], PASSWORD, "3704 0044", "4111111111111111"]
SAID = f"card {CARD}, my password is {PASSWORD}, IBAN {IBAN}"
ODD = "\x1b]0;owned\x07\x1b[31m\u202egnp.exe\u2066\x9b2J\u2028next\u200f"
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Routes(fakes.FakeRoutes):
    """Reads the same ticket out of every mail, and is told of by an attempt that quotes it."""

    def complete(self, call: Any, accept: Any, record: Any, deadline: float, spent: Any = None) -> Any:
        if call.task != "extract":
            return super().complete(call, accept, record, deadline, spent)
        ticket = {"customerName": None, "issueSummary": "Customer was charged twice.", "urgency": "high"}
        completion = Completion(json.dumps(ticket), "fake", "fake-1")
        record(Attempt("extract", "fake", "fake-1", 1.0, "Unacceptable", f"about {call.mail.text}"))
        return Routed(accept(completion), completion, degraded=False)


class House:
    """An application whose every output is kept: rows, answers, the log, the terminal, files, webhooks."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        desks: Any = Desks(engine)
        desks.standing, desks.parts.providers = None, {}
        desk = replace(fakes.desk(), routes=cast(Any, Routes()))
        desks.choose = lambda key="": desk
        self.worker = Worker(engine, desks.choose, Metrics(), 0)
        self.client = TestClient(app.make(Settings(data_dir=folder), desks, self.worker, Metrics()), follow_redirects=False)

    def form(self, path: str, **fields: str) -> None:
        found = re.search(r'name="csrf" value="([^"]+)"', self.client.get("/").text)
        assert found
        self.client.post(path, data={"csrf": found[1], **fields})

    def everything(self, words: str) -> dict[str, str]:
        """Put words into every entrance, and return what every exit says."""
        stream = io.StringIO()
        logs.set_up("DEBUG", stream)
        subject = Header(f"Charged twice {words}", "utf-8", maxlinelen=10_000).encode()
        sender = f"{Header(f'Ana {words}', 'utf-8', maxlinelen=10_000).encode()} <ana@x.example>"
        mail = fakes.mail(subject, text=f"Hello, {words}.\n\nAna", sender=sender)
        id = self.client.post("/v1/emails", content=mail, headers={**RAW, "idempotency-key": re.sub("[^ -~]", "", words)}).json()["id"]
        self.worker.run(id)
        self.form("/inbox/new", text=f"Subject: thanks {words}\n\n{words}")
        self.client.post("/v1/questions", json={"question": f"Why? {words}"})
        fields = {"customerName": words, "issueSummary": words, "urgency": None}
        edited = self.client.post(f"/v1/tickets/{id}/review", json={"verdict": "edit", "reason": words, "answer": words, "ticket": fields})
        assert edited.status_code == 200
        incident, _ = incidents.open_or_add(self.engine, "k", "high", "r1", "title", datetime.now(UTC), "runbook", {"why": words})
        incidents.note(self.engine, incident, words)
        self.form(f"/incidents/{incident}/close", why=words, who="olga")
        candidate = eval_candidates.make(self.engine, self.folder, id, words)
        sent: list[bytes] = []
        webhook.deliver_due(self.engine, "https://hook.example", None, datetime.now(UTC), lambda url, body, headers: sent.append(body) or 200)
        view = ticket_queries.get(self.engine, id)
        assert view
        terminal = io.StringIO()
        Console(file=terminal, width=400, force_terminal=False).print(printing.ticket(view))
        with database.reading(self.engine) as session:
            tables = [table for table in Base.metadata.sorted_tables if table.name != "raws"]
            rows = {f"table {table.name}": "\n".join(repr(tuple(row)) for row in session.execute(select(table))) for table in tables}
        pages = (
            "/",
            f"/tickets/{id}",
            "/operations",
            "/audit",
            f"/v1/tickets/{id}",
            f"/v1/tickets/{id}/trace",
            "/v1/tickets",
            "/metrics",
            "/releases",
        )
        return {
            **rows,
            **{f"GET {path}": self.client.get(path).text for path in pages},
            "log": stream.getvalue(),
            "candidate": candidate.read_text("utf-8"),
            "webhook": b"".join(sent).decode(),
            "terminal": terminal.getvalue(),
        }


@pytest.fixture
def house(sqlite: Engine, tmp_path: Path) -> Iterator[House]:
    yield House(sqlite, tmp_path)
    logging.getLogger("proofdesk").handlers.clear()


def test_no_secret_is_anywhere_but_in_the_raw_mail(house: House) -> None:
    exits = house.everything(SAID)
    assert {(name, word) for name, text in exits.items() for word in LETTERS if word in text} == set()
    for name in (
        "table emails",
        "table questions",
        "table reviews",
        "table tickets",
        "table incident_events",
        "candidate",
        "terminal",
        "GET /",
        "webhook",
    ):
        assert "[card]" in exits[name], name
    raw = house.client.get("/v1/tickets").json()["tickets"][-1]["id"]
    assert CARD.encode() in house.client.get(f"/v1/tickets/{raw}/email").content


def test_nothing_steers_a_terminal_a_list_or_a_log(house: House) -> None:
    exits = house.everything(ODD)
    lists = ("GET /", "GET /operations", "GET /audit", "log", "terminal", "webhook", "table emails")
    assert {name: found[0] for name in lists if (found := STEERS.search(exits[name].replace("\r\n", "\n")))} == {}
    assert "owned" in exits["table emails"]


def test_a_line_separator_in_a_field_is_text(house: House) -> None:
    given = {"from": "Ana\u2028Bcc: x <ana@x.example>", "subject": "Charged\u2028twice\u2029and\x85again", "text": "one\u2028two"}
    assert house.client.post("/v1/emails", json=given).status_code == 202
    (ticket,) = house.client.get("/v1/tickets").json()["tickets"]
    assert ticket["email"]["subject"] == "Charged twice and again"
    assert "one\u2028two" in json.dumps(NewEmail(**given).model_dump(), ensure_ascii=False)
