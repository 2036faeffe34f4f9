"""What the rows of a window of time add up to: how mail ended, how long stages took, what routes cost."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
from sqlalchemy import Engine, case, func, select

from service import wire
from service.answers import LINKS
from service.storage import totals
from service.storage.database import reading
from service.storage.tables import Email
from service.storage.totals import Groups, Key, Total
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
    start = now - WINDOWS[window]
    with reading(engine) as session:
        ended, timed, called = (totals.since(session, source, start, release) for source in totals.SOURCES)
    by_release = {key[0]: total for key, total in ended.items() if key[0]}
    every = _whole(ended.values())
    return Measures(
        window=window,
        release=release,
        emails=_emails(release, every),
        releases=[_emails(name, by_release[name]) for name in sorted(by_release)],
        checked=_checked(every),
        stages=_stages(timed),
        routes=[_route(key, total) for key, total in sorted(called.items())],
        breakers=[BreakerState(provider=provider, model=model, state=state) for (provider, model), state in sorted(breakers.items())],
    )


def _latency(total: Total) -> Latency:
    """Return the percentiles of what is known."""
    known = np.concatenate(total.ms) if total.ms else np.empty(0)
    if not known.size:
        return Latency(count=0, p50=None, p95=None, p99=None)
    p50, p95, p99 = (round(float(one), 2) for one in np.percentile(known, (50, 95, 99)))
    return Latency(count=known.size, p50=p50, p95=p95, p99=p99)


def _whole(parts: Iterable[Total]) -> Total:
    whole = Total()
    for part in parts:
        whole.add(part)
    return whole


def _emails(release: str | None, total: Total) -> Emails:
    return Emails(
        release=release,
        by_status=dict(total.words),
        degraded=total.sums.get("degraded", 0),
        latency_ms=_latency(total),
        usd=wire.usd(total.usd),
        unpriced_calls=total.sums.get("unpriced", 0),
    )


def _checked(total: Total) -> Checked:
    struck = {name.removeprefix(totals.STRUCK): count for name, count in total.sums.items() if name.startswith(totals.STRUCK)}
    return Checked(sentences=total.sums.get("sentences", 0), struck={**dict.fromkeys(LINKS, 0), **struck})


def _stages(groups: Groups) -> list[Stage]:
    stages: dict[str, Total] = defaultdict(Total)
    for (stage, _), total in groups.items():
        stages[str(stage)].add(total)
    return [Stage(stage=stage, latency_ms=_latency(total), errors=dict(total.words)) for stage, total in stages.items()]


def _route(key: Key, total: Total) -> RouteMeasures:
    task, provider, model, release = map(str, key)
    return RouteMeasures(
        task=task,
        provider=provider,
        model=model,
        release=release,
        attempts=total.rows,
        errors=dict(total.words),
        repairs=total.sums.get("repairs", 0),
        latency_ms=_latency(total),
        usd=wire.usd(total.usd),
        unpriced_calls=total.rows - total.priced,
        input_tokens=total.sums.get("input_tokens", 0),
        cached_tokens=total.sums.get("cached_tokens", 0),
        output_tokens=total.sums.get("output_tokens", 0),
    )


def waiting(engine: Engine, now: datetime) -> dict[str, float]:
    """Return how many emails are due, how many are in hand, and the age of the oldest due one in seconds."""
    state = select(
        func.count(case((Email.state == "pending", 1))), func.count(case((Email.state == "processing", 1))), func.min(Email.received_at)
    ).where(Email.due_at > EVER)  # a range, which an index answers; of what is finished it is null
    with reading(engine) as session:
        pending, processing, oldest = session.execute(state).one()
    return {"pending": pending, "processing": processing, "oldest_s": (now - oldest).total_seconds() if oldest else 0.0}
