"""Answers that left and were found wrong: by a person who edited or rejected them, or by another mail of the one who was answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from service.screening import masking
from service.storage.tables import Email, Review, Ticket

AGAIN = timedelta(days=14)  # a second mail within this says that the first was not settled
Why = Literal["rejected", "edited", "second mail"]


@dataclass(frozen=True)
class Wrong:
    """One answer as it left: what showed that it is wrong, in whose words (masked), and what a person made of it, '' where nobody did."""

    ticket: str
    at: datetime
    why: Why
    says: str
    answer: str
    instead: str = ""


def found(session: Session, most: int, id: str | None = None) -> Iterator[Wrong]:
    """Give the answers that were found wrong, what people say of them first, each time newest first; only those of ticket `id` where it is given."""
    yield from _reviewed(session, most, id)
    yield from _second(session, most, id)


def _reviewed(session: Session, most: int, id: str | None) -> Iterator[Wrong]:
    query = select(Review, Ticket).join(Ticket, Ticket.email_id == Review.email_id)
    query = query.where(Review.verdict.in_(("reject", "edit")), Ticket.outcome == "answered").order_by(Review.at.desc()).limit(most)
    for review, ticket in session.execute(query.where(Review.email_id == id) if id else query):
        answer, made = _given(session, ticket), _text((review.after or {}).get("answer"))
        says = review.reason or "no reason was given"
        if answer and review.verdict == "reject":
            yield Wrong(ticket.email_id, review.at, "rejected", says, answer)
        elif answer and made != answer:  # an edit may be of the ticket's fields alone
            yield Wrong(ticket.email_id, review.at, "edited", says, answer, made)


def _second(session: Session, most: int, id: str | None) -> Iterator[Wrong]:
    """Thanks and noise are discarded, and tell nothing against an answer."""
    first, later, became = aliased(Email), aliased(Email), aliased(Ticket)
    query = (
        select(Ticket, first.received_at, later.received_at, later.subject)
        .join(first, first.id == Ticket.email_id)
        .join(later, (later.sender == first.sender) & (later.received_at > first.received_at))
        .join(became, became.email_id == later.id)
        .where(Ticket.outcome == "answered", first.sender != "", became.outcome.in_(("answered", "handedOver")))
        .order_by(later.received_at.desc())
        .limit(most)
    )
    seen: set[str] = set()
    for ticket, received, at, subject in session.execute(query.where(Ticket.email_id == id) if id else query):
        if ticket.email_id not in seen and at - received <= AGAIN and (answer := _given(session, ticket)):
            seen.add(ticket.email_id)
            yield Wrong(ticket.email_id, at, "second mail", f"the sender wrote again: {masking.kept_of(subject)}", answer)


def _given(session: Session, ticket: Ticket) -> str:
    """Return the text of an answer as the system gave it, before anybody edited it."""
    before = session.scalar(select(Review.before).where(Review.email_id == ticket.email_id).order_by(Review.id).limit(1))
    return _text(ticket.answer if before is None else before.get("answer"))


def _text(answer: dict[str, Any] | None) -> str:
    return str((answer or {}).get("text", ""))
