"""Keeps emails and what became of them: received once, saved once, never lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, Update, delete, func, insert, select, update
from sqlalchemy.orm import Session

from ingestion.mail.message import Address, Head
from service import ids
from service.outcomes import Outcome
from service.storage import database, kept_replies
from service.storage import rows as as_rows
from service.storage.database import reading, writing
from service.storage.leases import Lease
from service.storage.rows import Owner
from service.storage.tables import Attempt, Email, IdempotencyKey, Question, Raw, Span, Ticket
from service.trace import Span as TraceSpan
from service.trace import Trace

ONCE = 1  # the run of a question: it is tried once


class KeyReused(Exception):
    """The idempotency key came with another email before."""


@dataclass(frozen=True)
class Arrival:
    """An email to be received. `key` is what makes another one a duplicate of it, `fingerprint` a hash of what was given."""

    raw: bytes
    key: str
    fingerprint: str
    head: Head


@dataclass(frozen=True)
class Idempotency:
    """A client's key for one request, and the hash of what was sent with it."""

    key: str
    fingerprint: str


@dataclass(frozen=True)
class Received:
    """The id of an email, and whether it is new or was received before."""

    id: str
    new: bool


def receive(engine: Engine, arriving: Arrival, now: datetime, idempotency: Idempotency | None = None) -> Received:
    """Store an email, due at once, in one transaction; one that was received before is found instead.

    A duplicate of an email that failed makes it due again. Raises KeyReused.
    """
    with writing(engine) as session:
        if idempotency and (earlier := _under(session, idempotency)):
            return Received(earlier, new=False)
        found = _insert(session, arriving, now)
        if not found.new:
            _try_again(session, found.id, now)
        if idempotency:
            _remember(session, idempotency, found.id, now)
        return found


def _insert(session: Session, arriving: Arrival, now: datetime) -> Received:
    head, new = arriving.head, ids.new(now)
    due = min(now, database.now(session))  # a receiver's clock that is ahead must not keep the mail from being taken up
    values = {
        "id": new,
        "key": arriving.key,
        "digest": head.digest,
        "message_id": head.message_id,
        "received_at": now,
        "subject": head.subject,
        "sender": written(head.sender),
        "size": len(arriving.raw),
        "state": "pending",
        "tries": 0,
        "due_at": due,
    }
    kept = session.scalar(
        database.upserting(session, Email).values(as_rows.plain(values)).on_conflict_do_nothing(index_elements=["key"]).returning(Email.id)
    )
    if kept is None:
        return Received(session.scalars(select(Email.id).where(Email.key == arriving.key)).one(), new=False)
    session.execute(insert(Raw).values(email_id=new, content=arriving.raw))
    session.execute(insert(Ticket).values(email_id=new, status="processing"))
    return Received(new, new=True)


def written(address: Address) -> str:
    """Return an address as people write it: name and address, or the one of them that is there."""
    if address.name and address.address:
        return f"{address.name} <{address.address}>"
    return address.name or address.address or ""


def _try_again(session: Session, id: str, now: datetime) -> None:
    failed = (
        update(Email).where(Email.id == id, Email.state == "failed").values(state="pending", faults=0, lost=0, due_at=min(now, database.now(session)))
    )
    if session.connection().execute(failed).rowcount:
        session.execute(update(Ticket).where(Ticket.email_id == id).values(status="processing", failed=None, finished_at=None))


def _under(session: Session, idempotency: Idempotency) -> str | None:
    kept = session.get(IdempotencyKey, idempotency.key)
    if kept and kept.digest != idempotency.fingerprint:
        raise KeyReused("this Idempotency-Key was used for another request")
    return kept.email_id if kept else None


def _remember(session: Session, idempotency: Idempotency, id: str, now: datetime) -> None:
    values = {"key": idempotency.key, "digest": idempotency.fingerprint, "email_id": id, "at": now}
    session.execute(database.upserting(session, IdempotencyKey).values(values).on_conflict_do_nothing())
    _under(session, idempotency)  # another request may have taken the key a moment ago


def raw(engine: Engine, id: str) -> bytes | None:
    """Return the bytes of an email, None where there is none of that id."""
    with reading(engine) as session:
        return session.scalar(select(Raw.content).where(Raw.email_id == id))


def save(engine: Engine, lease: Lease, outcome: Outcome, trace: Trace, release: str, began: datetime, now: datetime) -> bool:
    """Store how an email ended, in one transaction, and end the lease.

    Saving twice is saving once. Where the lease was lost to another worker only the money spent is kept; returns False then.
    """
    values = as_rows.ticket(outcome, release, trace.spans, trace.ms, now)
    with writing(engine) as session:
        held = update(Email).where(*lease.held()).values(state="done", worker=None, due_at=None, lost=0)
        is_held = trace("store", _settle, session, lease, held, values)
        _spent(session, lease, trace.spans, release, began, finished=is_held)
        if not is_held:
            return False
        _trace(session, Owner(lease.id), trace.spans, release, began)  # the last span, `store`, is there then; its own row is not in its time
        return True


def _settle(session: Session, lease: Lease, held: Update, values: dict[str, Any]) -> bool:
    """Give an email its next state and its ticket these values, where the lease still holds."""
    if not session.connection().execute(held).rowcount:
        return False
    if values:
        session.execute(update(Ticket).where(Ticket.email_id == lease.id).values(values))
    return True


def save_failure(engine: Engine, lease: Lease, why: str, trace: Trace, release: str, began: datetime, again: datetime | None) -> None:
    """Store that a try failed: the email is due `again` at that moment, or for None is given up, with the reason on its ticket."""
    total = as_rows.cost(as_rows.tally(trace.spans))
    values = {} if again else {"status": "failed", "failed": why, "finished_at": began, "release": release, **total}
    with writing(engine) as session:
        _spent(session, lease, trace.spans, release, began, finished=False)
        state = "pending" if again else "failed"
        held = update(Email).where(*lease.held()).values(state=state, worker=None, due_at=again, faults=Email.faults + 1, lost=0)
        if trace("store", _settle, session, lease, held, values):
            _trace(session, Owner(lease.id), trace.spans, release, began)


def save_question(engine: Engine, id: str, values: dict[str, Any], trace: Trace, began: datetime) -> None:
    """Store a question with how it ended, in one transaction; what was paid for it is booked once, also where it was given up for lost before."""
    owner, release, spans = Owner(question_id=id), values["release"], trace.spans
    with writing(engine) as session:
        trace("store", session.execute, insert(Question).values(id=id, at=began, **values))
        _trace(session, owner, spans, release, began)
        kept_replies.book(session, id, ONCE, finished=True)  # first: it waits for who gives the question up, and whose attempts then go
        session.execute(delete(Attempt).where(Attempt.owner_id == id))
        if rows := as_rows.attempts(owner, ONCE, began, release, spans):
            session.execute(insert(Attempt), rows)


def _spent(session: Session, lease: Lease, spans: Sequence[TraceSpan], release: str, began: datetime, finished: bool) -> None:
    """Keep the attempts of a try, whatever became of it: they were paid for. Of one whose email was erased meanwhile no more than the cost stays."""
    rows = as_rows.attempts(Owner(lease.id), lease.tries, began, release, spans)
    if session.scalar(select(Email.id).where(Email.id == lease.id)) is None:
        if rows:
            session.execute(insert(Attempt), [row | as_rows.NOBODY for row in rows])
        return
    session.execute(delete(Attempt).where(Attempt.owner_id == lease.id, Attempt.run == lease.tries))
    if rows:
        session.execute(insert(Attempt), rows)
    kept_replies.book(session, lease.id, lease.tries, finished)


def _trace(session: Session, owner: Owner, spans: Sequence[TraceSpan], release: str, began: datetime) -> None:
    session.execute(delete(Span).where(Span.owner_id == owner.id))
    if rows := as_rows.spans(owner, began, release, spans):
        session.execute(insert(Span), rows)


def spent_since(engine: Engine, moment: datetime, until: datetime | None = None) -> Decimal:
    """Return the US dollars spent on calls since a moment (and before another), as far as their prices are known."""
    within = (Attempt.at >= moment,) if until is None else (Attempt.at >= moment, Attempt.at < until)
    with reading(engine) as session:
        unbooked = kept_replies.unbooked(session, moment, until)  # first: what is booked in between is counted twice, never missed
        return unbooked + (session.scalar(select(func.sum(Attempt.usd)).where(*within)) or Decimal(0))
