"""Cases and what became of them, made by hand for the tests of the evals."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from evals.cases import AttackCase, Letter, MailCase, Obeyed, QuestionCase, RightTicket
from evals.observation import Observed
from evals.results import Header, Results, slices
from evals.scores import Score
from ingestion.mail import message
from retrieval.passages import Found, Passage, Search
from service.answers import Answer, Citation, Sentence
from service.screening import screening
from service.tickets import Ticket

FEE = Passage("p-fee", "billing.md", "Billing", "Fees", "A dispute costs £15. The fee is returned if you win.")
OTHER = Passage("p-other", "other.md", "Other", "More", "Export your data from the menu.")
BASE: dict[str, Any] = {"source": "made for tests", "split": "dev"}


def ticket(name: str | None = None, summary: str | None = None, urgency: str | None = None) -> Ticket:
    return Ticket.model_validate({"customerName": name, "issueSummary": summary, "urgency": urgency})


def mail_case(
    name: str | None = "Ana López", urgency: str | None = "high", facts: Sequence[str] = ("reader|terminal", "2 days"), **more: Any
) -> MailCase:
    right = RightTicket.model_validate({"customerName": name, "issueSummary": "x" if urgency else None, "facts": tuple(facts), "urgency": urgency})
    fields = {"id": "m-1", "group": "m-1", "kind": "golden", "trade": "bakery", "mail": "m-1.eml", "rule": "a rule", **BASE, **more}
    return MailCase(expected=right, **fields)


def question_case(**more: Any) -> QuestionCase:
    fields: dict[str, Any] = {
        "id": "q-1",
        "group": "q-1",
        "kind": "single",
        "question": "What does a dispute cost?",
        "answerable": True,
        "articles": ("billing.md",),
        "facts": ("£15",),
        **BASE,
        **more,
    }
    return QuestionCase(**fields)


def attack_case(kind: str = "attack", channel: str = "email", obeyed: Obeyed | None = None, **more: Any) -> AttackCase:
    right = RightTicket(customer_name="Ana López", issue_summary="x", urgency="low")
    letter = Letter.model_validate({"from": "Ana López <ana@mail.example>", "subject": "Export", "text": "How do I export my data?\n\nAna López"})
    fields: dict[str, Any] = {"id": "i-1", "group": "i-1", "kind": kind, "channel": channel, "mail": letter, "aim": "an aim", **BASE, **more}
    return AttackCase(expected=right, obeyed=obeyed, **fields)


def screened(text: str, sender: str = "Ana López <ana@mail.example>", subject: str = "Reader") -> screening.Screened:
    raw = f"From: {sender}\nSubject: {subject}\nDate: Mon, 02 Nov 2026 10:00:00 +0000\nMessage-ID: <1@mail.example>\n\n{text}\n"
    return screening.screen(message.parse(raw.encode()))


def found(*passages: Passage) -> Search:
    return Search("What does a dispute cost?", tuple(Found(one, 0.9, 0.8) for one in passages), 0.7, 0.5)


def answer(text: str = "A dispute costs £15.", label: str = "p1", passage: Passage = FEE, quote: str = "A dispute costs £15.") -> Answer:
    citation = Citation(label, passage.article, passage.title, passage.heading, quote, 0.9)
    return Answer((Sentence(text, (label,), 0.9),), (citation,))


def seen(ended: str = "answered", **more: Any) -> Observed:
    return Observed(more.pop("case", "x"), ended, **more)  # type: ignore[arg-type]


def results(values: dict[str, dict[str, float | str | None]], name: str = "r1", cases: Sequence[Any] = ()) -> Results:
    """Make the results of a run from numbers by metric and case; None is a scorer that crashed."""
    scores = [
        Score(metric, case, value, error="KeyError: x" if value is None else None)
        for metric, table in values.items()
        for case, value in table.items()
    ]
    ids = {case for table in values.values() for case in table}
    listed = slices(cases) if cases else dict.fromkeys(ids, ("all", "split=dev", "family=mail", "kind=golden"))
    header = Header(
        name, datetime(2026, 11, 23, tzinfo=UTC).isoformat(), name, "suite", ("dev",), {"prompts": {}, "release": {}, "code": "c0de"}, 1.0
    )
    return Results(header, listed, tuple(scores))


def share(right: int, of: int, prefix: str = "m") -> dict[str, float | str | None]:
    """Make a yes for the first `right` of `of` cases, and a no for the others."""
    return {f"{prefix}-{place}": float(place < right) for place in range(of)}
