"""A person's decision about a ticket: what it changes, and the row that remembers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select

from service import ids, tickets
from service.storage import rows, ticket_queries
from service.storage.database import reading, writing
from service.storage.tables import Email, Review, Ticket
from service.wire import NewReview

REVIEWABLE = ("answered", "handedOver", "discarded")  # outcomes


class NotReviewable(Exception):
    """The ticket is not in a state that can be reviewed in this way."""


class Changed(Exception):
    """Somebody changed the ticket since it was read."""


@dataclass(frozen=True)
class Reviewed:
    """What a decision about a ticket is made on: its answer as it is kept, its question, and the ids and scores of its passages by label."""

    answer: dict[str, Any] | None
    question: str
    labels: Mapping[str, str]
    scores: Mapping[str, float]


def read(engine: Engine, id: str) -> Reviewed | None:
    """Return what there is to decide about, None where there is no ticket of that id."""
    with reading(engine) as session:
        ticket = session.get(Ticket, id)
    if ticket is None:
        return None
    listed = {f"p{number}": one for number, one in enumerate((ticket.search or {}).get("passages", []), 1)}
    labels, scores = ({label: one[name] for label, one in listed.items()} for name in ("id", "score"))
    return Reviewed(ticket.answer, ticket.question or "", labels, scores)


def review(engine: Engine, id: str, decision: NewReview, now: datetime, answer: dict[str, Any] | None = None, if_match: str | None = None) -> bool:
    """Apply a decision in one transaction and remember what was there before. Returns False where there is no ticket of that id.

    `answer` is the decision's text as it is kept. Raises NotReviewable while the email is being processed and where that failed, and Changed where
    `if_match` names another state of the ticket than it has. What the system did stays as it was: the review says what the person did. A ticket
    without an answer is closed.
    """
    with writing(engine) as session:
        ticket = session.scalar(select(Ticket).where(Ticket.email_id == id).with_for_update())
        if ticket is None:
            return False
        if if_match is not None and not _matches(if_match, ticket_queries.etag(ticket_queries.view(ticket, session.get_one(Email, id)))):
            raise Changed("the ticket was changed since you read it: read it again, and decide on what stands there now")
        if ticket.outcome not in REVIEWABLE:
            raise NotReviewable(f"the ticket is {ticket.outcome}: only a finished one can be reviewed")
        before = _state(ticket)
        if decision.ticket is not None:
            for name in tickets.FIELDS:
                setattr(ticket, name, rows.plain(getattr(decision.ticket, name)))
        if decision.answer is not None:
            ticket.answer = rows.plain(answer)
        if decision.verdict == "close" and ticket.answer:
            raise NotReviewable("the ticket has an answer: approve, edit or reject it")
        ticket.status = "rejected" if decision.verdict == "reject" else "approved"
        ticket.review = _reviewed(decision.verdict, ticket.answer)
        values = {"reason": decision.reason, "reviewer": decision.reviewer, "before": before, "after": _state(ticket)}
        verdict = "approve" if decision.verdict == "close" else decision.verdict  # the release before knows three words
        session.execute(insert(Review).values(id=ids.new(now), email_id=id, at=now, verdict=verdict, **rows.plain(values)))
        return True


def as_given(engine: Engine, id: str) -> dict[str, Any]:
    """Return the fields and the answer that the system gave, as far as a review has changed them since."""
    with reading(engine) as session:
        before = session.scalar(select(Review.before).where(Review.email_id == id).order_by(Review.id).limit(1))
    return dict(before or {})


def _matches(wanted: str, etag: str) -> bool:
    """Tell whether an If-Match names this state (RFC 9110, strong comparison)."""
    return any(one.strip() in ("*", etag) for one in wanted.split(","))


def _reviewed(verdict: str, answer: dict[str, Any] | None) -> str:
    if verdict == "reject":
        return "rejected"
    if not answer:
        return "closed"
    return "edited" if verdict == "edit" else "approved"


def _state(ticket: Ticket) -> dict[str, Any]:
    return {"status": ticket.status, **{name: getattr(ticket, name) for name in tickets.FIELDS}, "answer": ticket.answer}
