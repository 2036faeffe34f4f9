"""What the rows of closed stretches of time add up to, kept beside them, so that a look at a month does not read every row of it.

The database itself drops a stretch as soon as a row of it is written, changed or erased (triggers of migration 0006), whichever release does that; the
watcher adds it up again within the hour, and until then its rows are read. So what is told is what the rows say, stretch or no stretch.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Engine, Select, and_, delete, insert, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from service import ids
from service.storage.database import reading, writing
from service.storage.tables import PICO, Attempt, Span, StretchTotal, Ticket

KEEP_FOR = timedelta(days=31)  # longer than the longest window that is asked for
ROLL_EVERY = timedelta(hours=1)
AT_ONCE = 240  # stretches added up between two looks of the watcher
IN_ONE = 6  # of them in one transaction: mail must not wait for a month
MOST_ROWS = 200_000  # read where nothing was added up yet; the newest ones
DIGITS = 6  # leading digits of an id that tickets of one stretch share: 2 ** 24 milliseconds, 4.7 hours
HOUR = "%Y-%m-%d %H"
STRUCK = "struck "  # before the link of the check, among the sums of tickets

Key = tuple[str | None, ...]  # what is told apart; the release comes last


@dataclass
class Total:
    """What some rows add up to: their number, how often each word (an outcome, an error) was said, sums by name, and what is known of their cost.

    `ms` holds how long each took, for percentiles, in pieces and in no order.
    """

    rows: int = 0
    words: dict[str, int] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)
    pico: int = 0
    priced: int = 0
    ms: list[npt.NDArray[np.float64]] = field(default_factory=list)

    def add(self, other: "Total") -> None:
        """Take in what other rows add up to."""
        self.rows += other.rows
        for mine, others in ((self.words, other.words), (self.sums, other.sums)):
            for name, number in others.items():
                mine[name] = mine.get(name, 0) + number
        self.pico += other.pico
        self.priced += other.priced
        self.ms += other.ms

    @property
    def usd(self) -> Decimal | None:
        """The sum of the costs that are known; None where there were rows and none of their costs is."""
        return Decimal(self.pico) / PICO if self.priced or not self.rows else None


Groups = dict[Key, Total]


@dataclass(frozen=True)
class Row:
    """What one row adds."""

    at: Any
    key: Key
    word: str | None
    ms: float | None
    usd: Decimal | None = None
    sums: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Source:
    """A table whose rows are added up. `at` is the column by which they lie in time, and `low` a moment as it is told there.

    `label` names the stretch of a value of that column, `bounds` gives the values at which a stretch begins and the next one does.
    """

    name: str
    at: InstrumentedAttribute[Any]
    columns: tuple[InstrumentedAttribute[Any], ...]
    row: Callable[[Any], Row]
    low: Callable[[datetime], Any]
    label: Callable[[Any], str]
    bounds: Callable[[str], tuple[Any, Any]]


def _ticket(row: Any) -> Row:
    struck = ((f"{STRUCK}{link}", count) for link, count in (row.struck or {}).items())
    sums = (("degraded", int(row.degraded)), ("unpriced", row.unpriced_calls), ("sentences", row.sentences or 0), *struck)
    return Row(row.email_id, (row.release,), row.outcome, row.latency_ms, row.usd, sums)


def _span(row: Any) -> Row:
    return Row(row.at, (row.stage, row.release), row.error or None, row.ms)


def _attempt(row: Any) -> Row:
    tokens = ((name, getattr(row, name) or 0) for name in ("input_tokens", "cached_tokens", "output_tokens"))
    return Row(
        row.at, (row.task, row.provider, row.model, row.release), row.error or None, row.ms, row.usd, (("repairs", int(row.repair > 0)), *tokens)
    )


def _ids(label: str) -> tuple[str, str]:
    return label, f"{int(label, 16) + 1:0{DIGITS}x}"


def _hours(label: str) -> tuple[datetime, datetime]:
    start = datetime.fromisoformat(f"{label}:00+00:00")
    return start, start + timedelta(hours=1)


def _moment(at: datetime) -> datetime:
    return at


def _hour(at: datetime) -> str:
    return f"{at.astimezone(UTC):{HOUR}}"


TICKETS = Source(
    "tickets", Ticket.email_id,
    (Ticket.email_id, Ticket.outcome, Ticket.release, Ticket.degraded, Ticket.latency_ms, Ticket.usd, Ticket.unpriced_calls, Ticket.sentences, Ticket.struck),
    _ticket, ids.earliest, lambda id: str(id)[:DIGITS], _ids,
)  # fmt: skip
SPANS = Source("spans", Span.at, (Span.at, Span.stage, Span.ms, Span.error, Span.release), _span, _moment, _hour, _hours)
ATTEMPTS = Source(
    "attempts", Attempt.at,
    (Attempt.at, Attempt.task, Attempt.provider, Attempt.model, Attempt.release, Attempt.error, Attempt.repair, Attempt.ms, Attempt.usd,
     Attempt.input_tokens, Attempt.cached_tokens, Attempt.output_tokens),
    _attempt, _moment, _hour, _hours,
)  # fmt: skip
SOURCES = (TICKETS, SPANS, ATTEMPTS)


def since(session: Session, source: Source, moment: datetime, release: str | None = None) -> Groups:
    """Add up the rows since a moment, of one release or of all; what was met last in time comes first."""
    found: Groups = {}
    for _, groups in by_stretch(session, source, moment):
        for key, total in groups.items():
            if release is None or key[-1] == release:
                found.setdefault(key, Total()).add(total)
    return found


def by_stretch(session: Session, source: Source, moment: datetime) -> Iterator[tuple[str, Groups]]:
    """Give what the rows since a moment add up to, stretch by stretch, newest first: as it is kept, and from the rows where it is not."""
    low = source.low(moment)
    kept = {row.stretch: row for row in session.execute(_kept(source).where(StretchTotal.stretch > source.label(low)))}
    found = {label: _opened(row.groups, row.ms) for label, row in kept.items()}
    for start, end in _gaps(source, low, sorted(kept)):
        within = source.at >= start if end is None else and_(source.at >= start, source.at < end)
        found.update(_grouped(source, map(source.row, session.execute(_rows(source, within).limit(MOST_ROWS)))))
    yield from sorted(found.items(), reverse=True)


def _kept(source: Source) -> Select[str, list[Any], bytes]:
    return select(StretchTotal.stretch, StretchTotal.groups, StretchTotal.ms).where(StretchTotal.source == source.name)


def _gaps(source: Source, low: Any, kept: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    """Give the ranges that no kept stretch covers; the last one has no end."""
    for label in kept:
        start, end = source.bounds(label)
        if start > low:
            yield low, start
        low = end
    yield low, None


def _rows(source: Source, within: ColumnElement[bool]) -> Select[Any]:
    return select(*source.columns).where(within).order_by(source.at.desc())


def _grouped(source: Source, rows: Iterable[Row]) -> dict[str, Groups]:
    """Add up rows, newest first, by stretch."""
    found: dict[str, Groups] = {}
    times: dict[tuple[str, Key], list[float]] = {}
    for row in rows:
        label = source.label(row.at)
        total = found.setdefault(label, {}).setdefault(row.key, Total())
        total.rows += 1
        if row.word:
            total.words[row.word] = total.words.get(row.word, 0) + 1
        for name, number in row.sums:
            total.sums[name] = total.sums.get(name, 0) + number
        if row.usd is not None:
            total.pico, total.priced = total.pico + int(row.usd * PICO), total.priced + 1
        if row.ms is not None:
            times.setdefault((label, row.key), []).append(row.ms)
    for (label, key), ms in times.items():
        found[label][key].ms.append(np.array(ms))
    return found


def _closed(groups: Groups) -> dict[str, Any]:
    """Return the columns that keep what a stretch adds up to."""
    times = [np.concatenate(total.ms) if total.ms else np.empty(0) for total in groups.values()]
    listed = [
        [list(key), total.rows, total.words, total.sums, str(total.pico), total.priced, len(ms)]
        for (key, total), ms in zip(groups.items(), times, strict=True)
    ]
    return {"groups": listed, "ms": b"".join(ms.astype("<f8").tobytes() for ms in times)}


def _opened(listed: list[Any], content: bytes) -> Groups:
    times, place, found = np.frombuffer(content, "<f8"), 0, {}
    for key, rows, words, sums, pico, priced, count in listed:
        found[tuple(key)] = Total(rows, words, sums, int(pico), priced, [times[place : place + count]] if count else [])
        place += count
    return found


def roll_up(engine: Engine, now: datetime, most: int = AT_ONCE) -> int:
    """Add up the stretches of a month that are over and not added up, up to `most`, newest first; drop older ones. Return how many were added up."""
    done = 0
    for source in SOURCES:
        first, open_now = source.label(source.low(now - KEEP_FOR)), source.label(source.low(now))
        with writing(engine) as session:
            session.execute(delete(StretchTotal).where(StretchTotal.source == source.name, StretchTotal.stretch < first))
        with reading(engine) as session:
            kept = set(session.scalars(select(StretchTotal.stretch).where(StretchTotal.source == source.name)))
        for some in _runs(source, [label for label in _labels(source, first, open_now) if label not in kept][done - most :] if done < most else []):
            _add_up(engine, source, some)
            done += len(some)
    return done


def _labels(source: Source, first: str, until: str) -> Iterator[str]:
    while first < until:
        yield first
        first = source.label(source.bounds(first)[1])


def _runs(source: Source, labels: Sequence[str]) -> Iterator[list[str]]:
    """Cut stretches into those that follow each other without a gap, few enough for one transaction; the newest first."""
    run: list[str] = []
    for label in reversed(labels):
        if run and (len(run) == IN_ONE or source.label(source.bounds(label)[1]) != run[0]):
            yield run
            run = []
        run.insert(0, label)
    if run:
        yield run


def _add_up(engine: Engine, source: Source, labels: Sequence[str]) -> None:
    """Keep what stretches in a row add up to, while nobody writes rows that could belong to them: on SQLite whoever writes is alone."""
    within = source.at >= source.bounds(labels[0])[0], source.at < source.bounds(labels[-1])[1]
    with writing(engine) as session:
        if engine.dialect.name == "postgresql":
            session.execute(text(f"LOCK TABLE {source.name} IN SHARE MODE"))
        found = _grouped(source, map(source.row, session.execute(_rows(source, and_(*within)))))
        session.execute(delete(StretchTotal).where(StretchTotal.source == source.name, StretchTotal.stretch.in_(labels)))
        session.execute(insert(StretchTotal), [{"source": source.name, "stretch": label, **_closed(found.get(label, {}))} for label in labels])
