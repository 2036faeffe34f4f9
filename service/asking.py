"""A question without an email: found, answered, checked."""

import time
from dataclasses import dataclass

from retrieval.passages import Search
from service import pipeline
from service.answers import Answer, HandedOver
from service.pipeline import Desk
from service.screening import masking
from service.trace import Trace


@dataclass(frozen=True)
class Asked:
    """How a question ended: with a checked answer, or handed over with the reason. `question` is without its secrets."""

    question: str
    search: Search
    reached: Answer | HandedOver
    degraded: bool = False


def find(question: str, desk: Desk, trace: Trace) -> Search:
    """Find the passages for a question, with which no model gets to see its secrets."""
    (masked,), _ = masking.mask([question])
    return trace("retrieve", desk.index.search, masked, desk.release.retrieval.passages)


def ask(question: str, desk: Desk, trace: Trace) -> Asked:
    """Answer a question from the help centre, or say why a person must."""
    return conclude(find(question, desk, trace), desk, trace)


def conclude(search: Search, desk: Desk, trace: Trace) -> Asked:
    """Answer a question from what was found for it."""
    if not search.answerable:
        return Asked(search.question, search, HandedOver("nothing_found", "nothing in the help centre comes close enough to this question"))
    deadline = time.monotonic() + desk.release.budgets.email_seconds
    try:
        answer, _, degraded = pipeline.answer_question(search.question, search, desk, trace, trace.attempt, deadline)
    except HandedOver as handed_over:
        return Asked(search.question, search, handed_over)
    return Asked(search.question, search, answer, degraded)
