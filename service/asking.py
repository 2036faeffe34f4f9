"""A question without an email: screened, answered, checked, stored, counted."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Engine

from retrieval.passages import Search
from service import ids, pipeline, wire
from service.answers import Answer, HandedOver
from service.models.costs import Budget
from service.pipeline import Desk
from service.screening import screening
from service.screening.screening import ScreenedQuestion
from service.storage import emails, kept_replies, rows
from service.storage.rows import Owner
from service.trace import Trace


@dataclass(frozen=True)
class Asked:
    """How a question ended: with a checked answer, or handed over with the reason."""

    question: ScreenedQuestion
    search: Search
    reached: Answer | HandedOver
    degraded: bool = False

    @property
    def checked(self) -> Answer | None:
        """The answer as the check left it, given or held back."""
        reached = self.reached.draft if isinstance(self.reached, HandedOver) else self.reached
        return reached if isinstance(reached, Answer) else None


@dataclass(frozen=True)
class Settled:
    """A question that is stored, as it goes over the wire, with what was found for it."""

    said: wire.Asked
    search: Search


@dataclass(frozen=True)
class _Enquiry:
    """A question in hand: its id, under which its replies are kept, and the desk that keeps them."""

    id: str
    desk: Desk
    trace: Trace
    began: datetime


class Counts(Protocol):
    """Something that counts questions."""

    def question(self, outcome: str, release: str, degraded: bool, trace: Trace, checked: Answer | None) -> None:
        """Count a finished question, and what the check made of its answer."""
        ...


class Enquiries:
    """Takes questions, whichever way they came. What models read and what is kept is without secrets, whoever asks."""

    def __init__(self, engine: Engine, metrics: Counts | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._metrics = metrics
        self._now = now

    def ask(self, question: str, desk: Desk) -> Settled:
        """Answer a question, or say why a person must, and store it."""
        enquiry = self._open(desk)
        return self._settle(enquiry, question, *find(question, enquiry.desk, enquiry.trace))

    def follow(self, question: str, desk: Desk) -> Iterator[Search | Settled]:
        """Give what was found for a question as soon as it is, then how it ended, once that is stored."""
        enquiry = self._open(desk)
        screened, search = find(question, enquiry.desk, enquiry.trace)
        yield search
        yield self._settle(enquiry, question, screened, search)

    def _open(self, desk: Desk) -> _Enquiry:
        """Give a question its id before anything is paid for it: whatever ends this process then, its cost is on record."""
        began = self._now()
        id = ids.new(began)
        replies = kept_replies.Replies(self._engine, Owner(question_id=id), emails.ONCE, desk.release.name)
        return _Enquiry(id, replace(desk, routes=desk.routes.keeping(replies)), Trace(), began)

    def _settle(self, enquiry: _Enquiry, question: str, screened: ScreenedQuestion, search: Search) -> Settled:
        desk, trace, release = enquiry.desk, enquiry.trace, enquiry.desk.release.name
        with desk.routes.email_budget() as spent:  # closed when the row is there: until then the day's budget must know of it from here
            asked = conclude(screened, search, desk, trace, spent)
            values = rows.question(asked.question.raw_text, asked.search, asked.reached, asked.degraded, release, trace)
            emails.save_question(self._engine, enquiry.id, values, trace, enquiry.began)
        if self._metrics:
            self._metrics.question(values["outcome"], release, asked.degraded, trace, asked.checked)
        return Settled(wire.asked({**values, "question": question}, asked.checked), asked.search)


def ask(question: str, desk: Desk, trace: Trace) -> Asked:
    """Answer a question from the help centre, or say why a person must; nothing is stored."""
    with desk.routes.email_budget() as spent:
        return conclude(*find(question, desk, trace), desk, trace, spent)


def find(question: str, desk: Desk, trace: Trace) -> tuple[ScreenedQuestion, Search]:
    """Screen a question and find the passages for it. One that holds nothing but words to a machine is searched with as it is."""
    screened = trace("screen", screening.screen_question, question, desk.release.privacy.contacts == "always")
    return screened, trace("retrieve", desk.index.search, screened.text or screened.raw_text, desk.release.retrieval.passages)


def conclude(question: ScreenedQuestion, search: Search, desk: Desk, trace: Trace, spent: Budget) -> Asked:
    """Answer a screened question from what was found for it, out of its budget."""
    if not question.text.strip():
        return Asked(question, search, HandedOver("nothing_found", "nothing in it asks anything of the help centre"))
    if not search.found or not (search.answerable or desk.routes.hosted("answer")):
        return Asked(question, search, HandedOver("nothing_found", "nothing in the help centre comes close enough to this question"))
    deadline = time.monotonic() + desk.release.budgets.email_seconds
    try:
        answer, _, degraded = pipeline.answer_question(question.text, search, desk, trace, trace.attempt, deadline, spent=spent)
    except HandedOver as handed_over:
        return Asked(question, search, handed_over)
    return Asked(question, search, answer, degraded)
