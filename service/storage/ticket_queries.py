"""Reads tickets back: one, a page of them, and how one came about."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, Select, exists, func, or_, select

from service import ids, tickets, wire
from service.storage.database import reading
from service.storage.tables import Attempt, Email, Review, Span, Ticket

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^\s<>]+@[^\s<>]+>")
_REVIEWS: Mapping[str, wire.Reviewed] = {"approved": "approved", "rejected": "rejected"}  # where the release before kept no more than a status


@dataclass(frozen=True)
class Filter:
    """Which tickets to list; None lets all through. `text` is looked for in subject, text, sender, name and summary, and may be an id or a Message-ID.

    `outcome` is what the system did and `review` what a person did ("none": nothing yet); `status` is the one word of both.
    """

    status: str | None = None
    outcome: str | None = None
    review: str | None = None
    urgency: str | None = None
    release: str | None = None
    text: str | None = None
    received_after: datetime | None = None
    received_before: datetime | None = None


def get(engine: Engine, id: str) -> wire.TicketView | None:
    """Return one ticket, None where there is none of that id."""
    with reading(engine) as session:
        row = session.execute(select(Ticket, Email).join(Email, Email.id == Ticket.email_id).where(Email.id == id)).one_or_none()
    return view(row[0], row[1]) if row else None


def page(engine: Engine, wanted: Filter, limit: int, before: str | None = None, after: str | None = None) -> wire.TicketList:
    """Return up to `limit` tickets, newest first: those just older than the one of id `before`, or those just newer than the one of id `after`."""
    query = _query(wanted)
    with reading(engine) as session:
        if after is not None:
            rows = list(reversed(session.execute(query.where(Ticket.email_id > after).order_by(Ticket.email_id).limit(limit)).all()))
        else:
            older = query if before is None else query.where(Ticket.email_id < before)
            rows = list(session.execute(older.order_by(Ticket.email_id.desc()).limit(limit)).all())
        listed = [view(ticket, email) for ticket, email in rows]
        is_older = bool(listed) and session.scalar(select(exists(query.where(Ticket.email_id < listed[-1].id)))) is True
        is_newer = bool(listed) and session.scalar(select(exists(query.where(Ticket.email_id > listed[0].id)))) is True
    return wire.TicketList(tickets=listed, next=listed[-1].id if is_older else None, previous=listed[0].id if is_newer else None)


def count(engine: Engine, wanted: Filter, most: int) -> int:
    """Count the tickets that a filter lets through, up to `most`."""
    with reading(engine) as session:
        found = _query(wanted).with_only_columns(Ticket.email_id).limit(most).subquery()
        return session.scalar(select(func.count()).select_from(found)) or 0


def etag(found: wire.TicketView) -> str:
    """Return the mark of what a ticket shows: another one as soon as anything of it is another."""
    return f'"{hashlib.sha256(found.model_dump_json().encode()).hexdigest()[:32]}"'


def _query(wanted: Filter) -> Select[Ticket, Email]:
    """Select by id throughout: ids sort by time, so every index on the way serves order, cursor and range of time."""
    query = select(Ticket, Email).join(Email, Email.id == Ticket.email_id)
    pairs = (
        (Ticket.status, wanted.status), (Ticket.outcome, wanted.outcome), (Ticket.urgency, wanted.urgency), (Ticket.release, wanted.release)
    )  # fmt: skip
    for column, value in pairs:
        if value is not None:
            query = query.where(column == value)
    if wanted.review is not None:
        query = query.where(Ticket.review.is_(None) if wanted.review == "none" else Ticket.review == wanted.review)
    if wanted.received_after is not None:
        query = query.where(Ticket.email_id >= ids.earliest(wanted.received_after))
    if wanted.received_before is not None:
        query = query.where(Ticket.email_id < ids.earliest(wanted.received_before))
    return query.where(_holds(wanted.text.strip())) if wanted.text and wanted.text.strip() else query


def _holds(text: str) -> ColumnElement[bool]:
    """Tell in SQL whether a ticket is meant by a text: its id or its mail's Message-ID, else words of it."""
    if _ID.fullmatch(text):
        return Ticket.email_id == text.lower()
    bare = text.removeprefix("<").removesuffix(">")
    if _MESSAGE_ID.fullmatch(text):
        return Email.message_id == bare
    columns = (Email.subject, Email.sender, Ticket.customer_name, Ticket.issue_summary, Ticket.question)
    return or_(Email.message_id == bare, *(column.icontains(text, autoescape=True) for column in columns))


def view(ticket: Ticket, email: Email) -> wire.TicketView:
    """Return a ticket's rows as they go over the wire."""
    settled = ticket.status not in {"processing", "failed"}
    return wire.TicketView(
        id=email.id,
        status=ticket.status,
        received_at=email.received_at,
        email=wire.EmailHead(message_id=email.message_id, sender=email.sender or None, subject=email.subject),
        ticket=tickets.of(ticket) if settled else None,
        answer=wire.answer(ticket.answer) if ticket.answer else None,
        handed_over=_handed_over(ticket.handed_over_reason, ticket.handed_over_detail),
        discarded=ticket.discarded,
        unread=(ticket.evidence or {}).get("unread", 0),
        release=ticket.release,
        degraded=ticket.degraded,
        latency_ms=None if ticket.latency_ms is None else round(ticket.latency_ms),
        cost=_cost(ticket) if ticket.release else None,
        struck=wire.struck(ticket.answer, ticket.draft),
        outcome=ticket.outcome,
        review=ticket.review or _REVIEWS.get(ticket.status),
    )


def _handed_over(reason: str | None, detail: str | None) -> wire.HandedOver | None:
    return wire.HandedOver(reason=reason, detail=detail or "") if reason else None


def _cost(ticket: Ticket) -> wire.Cost:
    return wire.Cost(
        usd=wire.usd(ticket.usd),
        unpriced_calls=ticket.unpriced_calls,
        input_tokens=ticket.input_tokens,
        cached_tokens=ticket.cached_tokens,
        output_tokens=ticket.output_tokens,
    )


def trace(engine: Engine, id: str) -> wire.TraceView | None:
    """Return how a ticket came about, None where there is none of that id."""
    with reading(engine) as session:
        ticket, email = session.get(Ticket, id), session.get(Email, id)
        if ticket is None or email is None:
            return None
        spans = session.scalars(select(Span).where(Span.owner_id == id).order_by(Span.place)).all()
        attempts = session.scalars(select(Attempt).where(Attempt.owner_id == id, Attempt.run == email.tries).order_by(Attempt.id)).all()
        reviews = session.scalars(select(Review).where(Review.email_id == id).order_by(Review.id)).all()
    return wire.TraceView(
        id=id,
        status=ticket.status,
        release=ticket.release,
        latency_ms=ticket.latency_ms,
        spans=_spans(spans, attempts),
        discarded=ticket.discarded,
        failed=ticket.failed,
        language=ticket.language,
        question=ticket.question,
        search=ticket.search,
        evidence=ticket.evidence or {},
        masks=ticket.masks or [],
        findings=ticket.findings or [],
        struck=wire.struck(ticket.answer, ticket.draft),
        draft=ticket.draft,
        reviews=[_review(review) for review in reviews],
    )


def _spans(spans: Sequence[Span], attempts: Sequence[Attempt]) -> list[wire.SpanView]:
    """Put the attempts under their stages."""
    under: dict[int, list[wire.AttemptView]] = defaultdict(list)
    for one in attempts:
        under[one.place].append(_attempt(one))
    return [
        wire.SpanView(stage=one.stage, started_ms=one.started_ms, ms=one.ms, error=one.error, notes=one.notes or {}, attempts=under[one.place])
        for one in spans
    ]


def _attempt(one: Attempt) -> wire.AttemptView:
    return wire.AttemptView(
        task=one.task,
        provider=one.provider,
        model=one.model,
        ms=one.ms,
        error=one.error,
        detail=one.detail,
        input_tokens=one.input_tokens,
        cached_tokens=one.cached_tokens,
        output_tokens=one.output_tokens,
        reasoning_tokens=one.reasoning_tokens,
        usd=wire.usd(one.usd),
        price_source=one.price_source,
        repair=one.repair,
    )


def _review(one: Review) -> wire.ReviewView:
    closed = one.verdict == "approve" and one.after is not None and not one.after.get("answer")
    return wire.ReviewView(at=one.at, verdict="close" if closed else one.verdict, reason=one.reason, reviewer=one.reviewer)
