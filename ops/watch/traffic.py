"""What the monitors know about one mail, read back from its rows or taken from a run that is not stored."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, select

from ingestion.mail import message
from ingestion.mail.message import NotAnEmail
from service import ids, outcomes, pipeline
from service.answers import Discarded
from service.outcomes import Ended
from service.pipeline import Desk
from service.screening import screening
from service.storage import rows
from service.storage.database import reading
from service.storage.tables import Attempt, Email, Raw, Review, Span, Ticket
from service.trace import Trace

BROKEN = frozenset({"Unacceptable", "Empty", "CutOff", "Filtered", "Declined", "CalledTool", "NotUtf8", "TooLarge"})  # answers that are no tickets


@dataclass(frozen=True)
class Mail:
    """What is known about a finished mail. `usd` is None where the price of a call is not known, `unsupported` where nothing was drafted.

    `sentences` were checked, and `struck` counts those that did not pass, by link.
    """

    id: str
    ended: Ended
    reason: str = ""
    urgency: str = "null"
    named: bool = True
    degraded: bool = False
    broken: bool = False
    repaired: bool = False
    unsupported: bool | None = None
    sentences: int = 0
    struck: Mapping[str, int] = field(default_factory=dict)
    flagged: bool = False
    ms: Mapping[str, float] = field(default_factory=dict)
    usd: float | None = 0.0
    review: str | None = None
    confidence: float | None = None
    floor: float | None = None
    margin: float | None = None
    articles: tuple[str, ...] = ()
    question: str = ""


def recent(engine: Engine, release: str | None, since: datetime | None, most: int) -> list[Mail]:
    """Return the newest finished mails of a release (None: of all), oldest first, received or moved to it since a moment."""
    query = select(Ticket).where(Ticket.finished_at.is_not(None))
    if release is not None:
        query = query.where(Ticket.release == release)
    if since is not None:
        query = query.where(Ticket.finished_at >= since)
    with reading(engine) as session:
        tickets = session.scalars(query.order_by(Ticket.finished_at.desc(), Ticket.email_id.desc()).limit(most)).all()
        names = [one.email_id for one in tickets]
        attempts = session.scalars(select(Attempt).where(Attempt.owner_id.in_(names))).all()
        spans = session.scalars(select(Span).where(Span.owner_id.in_(names))).all()
        reviews = session.scalars(select(Review).where(Review.email_id.in_(names)).order_by(Review.at)).all()
    tried, took = _grouped(attempts), _grouped(spans)
    decided = {one.email_id: one.verdict for one in reviews}
    given = {one.email_id: one.before for one in reversed(reviews)}  # what the system gave: the first review found it so
    return [
        of(vars(one) | given.get(one.email_id, {}), tried[one.email_id], took[one.email_id], decided.get(one.email_id)) for one in reversed(tickets)
    ]


def _grouped(rows: Iterable[Any]) -> dict[str, list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row.owner_id].append(vars(row))
    return groups


def of(ticket: Mapping[str, Any], attempts: Sequence[Mapping[str, Any]], spans: Sequence[Mapping[str, Any]], review: str | None = None) -> Mail:
    """Return what the rows of one mail say."""
    search = ticket.get("search") or {}
    passages = search.get("passages") or []
    scores = [float(one["score"]) for one in passages]
    drafted = ticket.get("answer") or ticket.get("draft")
    struck = bool((ticket.get("answer") or ticket.get("draft") or {}).get("struck")) or ticket.get("handed_over_reason") == "unsupported"
    path = ticket.get("latency_ms")
    stages = {str(one["stage"]): float(one["ms"]) for one in spans} | ({"path": float(path)} if path is not None else {})
    costs = [one["usd"] for one in attempts]
    return Mail(
        id=str(ticket.get("email_id", "")),
        ended=outcomes.ended(ticket.get("handed_over_reason"), ticket.get("discarded"), ticket.get("failed")),
        reason=ticket.get("handed_over_reason") or ticket.get("discarded") or "",
        urgency=ticket.get("urgency") or "null",
        named=ticket.get("customer_name") is not None,
        degraded=bool(ticket.get("degraded")),
        broken=any(one["task"] == "extract" and one["error"] in BROKEN for one in attempts),
        repaired=any(one["repair"] > 0 for one in attempts),
        unsupported=struck if drafted else None,
        sentences=ticket.get("sentences") or 0,
        struck=ticket.get("struck") or {},
        flagged=bool(ticket.get("findings")),
        ms=stages,
        usd=None if None in costs else float(sum(costs, Decimal(0))),
        review=review,
        confidence=search.get("confidence"),
        floor=search.get("floor"),
        margin=scores[0] - scores[1] if len(scores) > 1 else None,
        articles=tuple(dict.fromkeys(one["article"] for one in passages)),
        question=ticket.get("question") or "",
    )


def played(raws: Iterable[bytes], desk: Desk, jobs: int = 2) -> list[Mail]:
    """Run mails through a desk, `jobs` at the same time, without storing anything; return what the monitors would know, in order."""
    with ThreadPoolExecutor(jobs) as pool:
        return [mail for mail in pool.map(lambda raw: _played(raw, desk), raws) if mail is not None]


def _played(raw: bytes, desk: Desk) -> Mail | None:
    trace, began, name = Trace(), datetime.now(UTC), desk.release.name
    try:
        outcome = pipeline.handle(raw, desk, trace)
    except NotAnEmail:
        return None
    values = rows.ticket(outcome, name, trace.spans, trace.ms, began)
    return of(values, rows.attempts(rows.Owner(), 1, began, name, trace.spans), rows.spans(rows.Owner(), began, name, trace.spans))


def is_flagged(raw: bytes) -> bool:
    """Tell whether screening finds text in a mail that speaks to machines."""
    try:
        return bool(screening.screen(message.parse(raw)).findings)
    except (NotAnEmail, Discarded):
        return False


def raws(engine: Engine, release: str | None = None, since: datetime | None = None, most: int = 200) -> list[tuple[str, bytes]]:
    """Return ids and contents of the newest finished mails, oldest first, of a release and since a moment where these are given."""
    query = select(Ticket.email_id, Raw.content).join(Raw, Raw.email_id == Ticket.email_id).join(Email, Email.id == Ticket.email_id)
    query = query.where(Ticket.finished_at.is_not(None))
    if release is not None:
        query = query.where(Ticket.release == release)
    if since is not None:
        query = query.where(Ticket.email_id >= ids.earliest(since))
    with reading(engine) as session:
        rows = session.execute(query.order_by(Ticket.email_id.desc()).limit(most)).all()
    return [(row.email_id, row.content) for row in reversed(rows)]
