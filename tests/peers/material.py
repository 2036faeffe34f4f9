"""Prompts and mail for tests that call models."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from retrieval.passages import Found, Passage
from service.models import Call
from service.prompting import PROMPTS, Prompt, Readable, load
from service.questions import Question, label
from service.screening.screening import Screened
from service.stages.answering import Written
from service.tickets import Ticket

GOOD = '{"customerName": "Ana López", "issueSummary": "Customer cannot log in.", "urgency": "high"}'
ANSWER = '{"sentences": [{"text": "Choose Reset on the login page.", "citations": ["p1"]}]}'


@dataclass(frozen=True)
class Letter(Screened):
    """What rendering reads of a screened mail."""

    message: Any = field(
        default_factory=lambda: SimpleNamespace(
            subject="Login",
            date=datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
            sender=SimpleNamespace(name="Ana López", address="ana@x.example"),
            signature="",
        )
    )
    text: str = "Nothing works since this morning: no login, no password reset.\nThis is Ana López."
    raw_text: str = ""
    language: Any = "en"


def extract_call(text: str | None = None) -> Call:
    """Return a call that asks for a ticket."""
    return Call("extract", Prompt(load(PROMPTS / "extract_ticket" / "v1"), Letter() if text is None else Letter(text=text)), Ticket)


def answer_call() -> Call:
    """Return a call that asks for an answer from one passage."""
    found = Found(Passage("a", "login.md", "Logging in", "Logging in", "Choose Reset on the login page."), 1.0, 0.9)
    return Call("answer", Prompt(load(PROMPTS / "answer_ticket" / "v1"), Question(Readable("How do I reset my password?"), label((found,)))), Written)
