"""What the rows of a window of time add up to: how mail ended, how long stages took, what routes cost."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import numpy as np
from sqlalchemy import Engine, case, func, select
from sqlalchemy.orm import Session

from service import ids, wire
from service.answers import LINKS
from service.storage.database import reading
from service.storage.tables import Attempt, Email, Span, Ticket
from service.wire import Wire

Window = Literal["15m", "1h", "24h", "7d", "30d"]
WINDOWS: Mapping[str, timedelta] = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
EVER = datetime(1970, 1, 1, tzinfo=UTC)
MOST_ROWS = 200_000  # newest ones that percentiles are taken of


class Latency(Wire):
    """Percentiles in milliseconds over `count` values; null where there are none."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None


class Emails(Wire):
    """How the emails of the window ended, whatever a person did since, how many the fallback answered, how long they took and what they cost."""

    release: str | None
    by_status: dict[str, int]
    degraded: int
    latency_ms: Latency
    usd: str | None
    unpriced_calls: int


class Checked(Wire):
    """How many sentences of drafts were checked, and how many each link struck: the rate of hallucinations, link by link."""

    sentences: int
    struck: dict[str, int]


class Stage(Wire):
    """How long one stage took, and how often it ended the path or failed, by error."""

    stage: str
    latency_ms: Latency
    errors: dict[str, int]


class RouteMeasures(Wire):
    """What one model did for one task under one release."""

    task: str
    provider: str
    model: str
    release: str
    attempts: int
    errors: dict[str, int]
    repairs: int
    latency_ms: Latency
    usd: str | None
    unpriced_calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int


class BreakerState(Wire):
    """Whether calls to a model pass (closed), none does (open), or one may try (half-open)."""

    provider: str
    model: str
    state: Literal["closed", "open", "half-open"]


class Measures(Wire):
    """All that is measured over a window."""

    window: Window
    release: str | None
    emails: Emails
    releases: list[Emails]
    checked: Checked
    stages: list[Stage]
    routes: list[RouteMeasures]
    breakers: list[BreakerState]


def measure(
    engine: Engine, window: Window, now: datetime, release: str | None, breakers: Mapping[tuple[str, str], Literal["closed", "open", "half-open"]]
) -> Measures:
    """Add up the window that ends now, of one release or of all."""
    since = now - WINDOWS[window]
    with reading(engine) as session:
        rows = _tickets(session, since, release)
        stages, attempts = _stages(session, since, release), _routes(session, since, release)
    names = sorted({row.release for row in rows if row.release})
    return Measures(
        window=window,
        release=release,
        emails=_emails(release, rows),
        releases=[_emails(name, [row for row in rows if row.release == name]) for name in names],
        checked=_checked(rows),
        stages=stages,
        routes=attempts,
        breakers=[BreakerState(provider=provider, model=model, state=state) for (provider, model), state in sorted(breakers.items())],
    )


def latency(values: Iterable[float | None]) -> Latency:
    """Return the percentiles of what is known."""
    known = [value for value in values if value is not None]
    if not known:
        return Latency(count=0, p50=None, p95=None, p99=None)
    p50, p95, p99 = (round(float(one), 2) for one in np.percentile(known, (50, 95, 99)))
    return Latency(count=len(known), p50=p50, p95=p95, p99=p99)


def _tickets(session: Session, since: datetime, release: str | None) -> list[Any]:
    query = select(
        Ticket.outcome, Ticket.release, Ticket.degraded, Ticket.latency_ms, Ticket.usd, Ticket.unpriced_calls, Ticket.sentences, Ticket.struck
    )
    query = query.where(Ticket.email_id >= ids.earliest(since)).order_by(Ticket.email_id.desc()).limit(MOST_ROWS)
    return list(session.execute(query.where(Ticket.release == release) if release else query).all())


def _emails(release: str | None, rows: list[Any]) -> Emails:
    by_status: dict[str, int] = defaultdict(int)
    for row in rows:
        by_status[row.outcome] += 1
    return Emails(
        release=release,
        by_status=dict(by_status),
        degraded=sum(row.degraded for row in rows),
        latency_ms=latency(row.latency_ms for row in rows),
        usd=_sum([row.usd for row in rows]),
        unpriced_calls=sum(row.unpriced_calls for row in rows),
    )


def _checked(rows: list[Any]) -> Checked:
    struck: dict[str, int] = dict.fromkeys(LINKS, 0)
    for row in rows:
        for link, count in (row.struck or {}).items():
            struck[link] = struck.get(link, 0) + count
    return Checked(sentences=sum(row.sentences or 0 for row in rows), struck=struck)


def _stages(session: Session, since: datetime, release: str | None) -> list[Stage]:
    query = select(Span.stage, Span.ms, Span.error).where(Span.at >= since).order_by(Span.at.desc()).limit(MOST_ROWS)
    times: dict[str, list[float]] = defaultdict(list)
    errors: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in session.execute(query.where(Span.release == release) if release else query):
        times[row.stage].append(row.ms)
        if row.error:
            errors[row.stage][row.error] += 1
    return [Stage(stage=stage, latency_ms=latency(values), errors=dict(errors[stage])) for stage, values in times.items()]


def _routes(session: Session, since: datetime, release: str | None) -> list[RouteMeasures]:
    query = select(Attempt).where(Attempt.at >= since).order_by(Attempt.at.desc()).limit(MOST_ROWS)
    groups: dict[tuple[str, str, str, str], list[Attempt]] = defaultdict(list)
    for one in session.scalars(query.where(Attempt.release == release) if release else query):
        groups[one.task, one.provider, one.model, one.release].append(one)
    return [_route(key, rows) for key, rows in sorted(groups.items())]


def _route(key: tuple[str, str, str, str], rows: list[Attempt]) -> RouteMeasures:
    errors: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.error:
            errors[row.error] += 1
    task, provider, model, release = key
    return RouteMeasures(
        task=task,
        provider=provider,
        model=model,
        release=release,
        attempts=len(rows),
        errors=dict(errors),
        repairs=sum(row.repair > 0 for row in rows),
        latency_ms=latency(row.ms for row in rows),
        usd=_sum([row.usd for row in rows]),
        unpriced_calls=sum(row.usd is None for row in rows),
        input_tokens=sum(row.input_tokens or 0 for row in rows),
        cached_tokens=sum(row.cached_tokens or 0 for row in rows),
        output_tokens=sum(row.output_tokens or 0 for row in rows),
    )


def _sum(costs: list[Decimal | None]) -> str | None:
    """Sum what is known; null where something was spent and none of it is known."""
    known = [cost for cost in costs if cost is not None]
    return wire.usd(sum(known, Decimal(0))) if known or not costs else None


def waiting(engine: Engine, now: datetime) -> dict[str, float]:
    """Return how many emails are due, how many are in hand, and the age of the oldest due one in seconds."""
    state = select(
        func.count(case((Email.state == "pending", 1))), func.count(case((Email.state == "processing", 1))), func.min(Email.received_at)
    ).where(Email.due_at > EVER)  # a range, which an index answers; of what is finished it is null
    with reading(engine) as session:
        pending, processing, oldest = session.execute(state).one()
    return {"pending": pending, "processing": processing, "oldest_s": (now - oldest).total_seconds() if oldest else 0.0}
