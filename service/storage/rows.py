"""Turns what happened to an email or a question into the values of its rows."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from retrieval.passages import Search
from service.answers import Answer, Draft, HandedOver
from service.outcomes import Outcome, ended
from service.trace import Attempt, Span, Trace

NOBODY = {"owner_id": "erased", "email_id": None, "question_id": None, "detail": None}  # of an attempt when its email or question is gone
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL takes no NUL, and no database a half of a surrogate pair


@dataclass(frozen=True)
class Tally:
    """What a path cost. `usd` sums the calls whose price is known, None where none is; `unpriced` counts the others."""

    usd: Decimal | None
    unpriced: int
    input: int
    cached: int
    output: int


def tally(spans: Iterable[Span]) -> Tally:
    """Add up the attempts of a path; a path without hosted calls costs nothing."""
    attempts = [attempt for span in spans for attempt in span.attempts]
    known = [attempt.usd for attempt in attempts if attempt.usd is not None]
    unpriced = len(attempts) - len(known)
    return Tally(
        usd=None if unpriced and not known else sum(known, Decimal(0)),
        unpriced=unpriced,
        input=sum(attempt.input_tokens or 0 for attempt in attempts),
        cached=sum(attempt.cached_tokens or 0 for attempt in attempts),
        output=sum(attempt.output_tokens or 0 for attempt in attempts),
    )


def ticket(outcome: Outcome, release: str, spans: Sequence[Span], ms: float, now: datetime) -> dict[str, Any]:
    """Return the values of a ticket's row."""
    screened, refused = outcome.screened, outcome.handed_over
    draft = refused.draft if refused else outcome.draft
    values: dict[str, Any] = {
        "status": outcome.ended,
        "finished_at": now,
        **outcome.ticket.model_dump(),
        "question": outcome.question,
        "answer": answer(outcome.given) if outcome.given else None,
        "handed_over_reason": refused.reason if refused else None,
        "handed_over_detail": refused.detail if refused else None,
        "discarded": outcome.discarded.why if outcome.discarded else None,
        "failed": None,
        "draft": draft_of(draft) if draft else None,
        "sentences": outcome.checked.checked if outcome.checked else None,
        "struck": outcome.checked.by_link if outcome.checked else None,
        "evidence": dict(outcome.evidence),
        "masks": [asdict(mask) for mask in screened.masks] if screened else None,
        "findings": [asdict(finding) for finding in screened.findings] if screened else None,
        "language": screened.language if screened else None,
        "search": search(outcome.search) if outcome.search else None,
        "release": release,
        "degraded": outcome.degraded,
        "latency_ms": ms,
    }
    return {name: plain(value) for name, value in {**values, **cost(tally(spans))}.items()}


def cost(total: Tally) -> dict[str, Any]:
    """Return a tally as the columns that tickets and questions share."""
    return {
        "usd": total.usd,
        "unpriced_calls": total.unpriced,
        "input_tokens": total.input,
        "cached_tokens": total.cached,
        "output_tokens": total.output,
    }


def question(text: str, found: Search | None, reached: Answer | HandedOver, degraded: bool, release: str, trace: Trace) -> dict[str, Any]:
    """Return the values of a question's row, all but its id and moment."""
    refused = reached if isinstance(reached, HandedOver) else None
    values: dict[str, Any] = {
        "question": text,
        "outcome": ended(refused),
        "answer": answer(reached) if isinstance(reached, Answer) else None,
        "handed_over_reason": refused.reason if refused else None,
        "handed_over_detail": refused.detail if refused else None,
        "search": search(found) if found else None,
        "release": release,
        "degraded": degraded,
        "latency_ms": trace.ms,
    }
    return {name: plain(value) for name, value in {**values, **cost(tally(trace.spans))}.items()}


def answer(checked: Answer) -> dict[str, Any]:
    """Return an answer as it is kept: what the interface shows, and what was struck."""
    return {"text": checked.text, **asdict(checked)}


def draft_of(draft: Answer | Draft) -> dict[str, Any]:
    """Return what a model would have said, for the eyes of the person who takes the mail."""
    if isinstance(draft, Answer):
        return answer(draft)
    sources = {name: {"id": one.passage.id, "article": one.passage.article, "score": one.score} for name, one in draft.sources.items()}
    return {"sentences": [asdict(sentence) for sentence in draft.sentences], "sources": sources}


def search(found: Search) -> dict[str, Any]:
    """Return what a search brought back, without the texts: the snapshot has them."""
    passages = [{"id": one.passage.id, "article": one.passage.article, "score": one.score, "similarity": one.similarity} for one in found.found]
    return {"confidence": found.confidence, "floor": found.floor, "passages": passages}


@dataclass(frozen=True)
class Owner:
    """What spans and attempts belong to: an email or a question."""

    email_id: str | None = None
    question_id: str | None = None

    @property
    def id(self) -> str:
        """The id of either."""
        return self.email_id or self.question_id or ""

    @property
    def keys(self) -> dict[str, str | None]:
        """The columns that bind a row to its owner."""
        return {"owner_id": self.id, "email_id": self.email_id, "question_id": self.question_id}


def spans(owner: Owner, began: datetime, release: str, listed: Sequence[Span]) -> list[dict[str, Any]]:
    """Return the values of a path's span rows."""
    return [
        {
            **owner.keys,
            "place": place,
            "stage": span.stage,
            "at": began + timedelta(milliseconds=span.started_ms),
            "started_ms": span.started_ms,
            "ms": span.ms,
            "error": span.error,
            "notes": None,
            "release": release,
        }
        for place, span in enumerate(listed)
    ]


def attempts(owner: Owner, run: int, began: datetime, release: str, listed: Sequence[Span]) -> list[dict[str, Any]]:
    """Return the values of a path's attempt rows."""
    return [
        {**owner.keys, "run": run, "place": place, "at": began + timedelta(milliseconds=span.started_ms), "release": release} | _attempt(one)
        for place, span in enumerate(listed)
        for one in span.attempts
    ]


def _attempt(one: Attempt) -> dict[str, Any]:
    return {name: plain(value) for name, value in asdict(one).items()}


def plain(value: Any) -> Any:
    """Return a value that every database can keep: numbers that are numbers, texts without NUL and halves of pairs."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {plain(str(name)): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, Decimal, datetime)):
        return value
    return plain(value.item()) if hasattr(value, "item") else plain(str(value))
