"""What stretches add up to is what their rows say, whatever becomes of the rows, and a look at a month does not read them."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, delete, event, func, insert, select, update

from service import ids
from service.console import operations
from service.storage import backups, database, erasure, measures, reviews, totals
from service.storage.audit import Who
from service.storage.database import reading, writing
from service.storage.measures import Window
from service.storage.tables import Attempt, Email, Span, StretchTotal, Ticket
from service.wire import NewReview

NOW = datetime(2026, 11, 23, 12, 34, 56, 789_000, tzinfo=UTC)  # in the middle of an hour
DAYS = timedelta(days=2)  # of a month these are added up here: what is older is read row by row
FAR = "ana@x.example"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let fewer stretches be added up than in a month."""
    monkeypatch.setattr(totals, "KEEP_FOR", DAYS)


def fill(engine: Engine, mails: int, over: timedelta = DAYS + timedelta(days=1), until: datetime = NOW) -> list[str]:
    """Write tickets of every kind with their stages and calls, spread over a time until a moment; return their ids, oldest first."""
    dice = random.Random(7)
    moments = sorted(until - over * dice.random() for _ in range(mails))
    rows = [(ids.new(at), at, dice) for at in moments]
    with writing(engine) as session:
        session.execute(insert(Email), [_email(id, at, dice) for id, at, dice in rows])
        session.execute(insert(Ticket), [_ticket(id, at, dice) for id, at, dice in rows])
        session.execute(insert(Span), [_span(id, at, dice, place) for id, at, dice in rows for place in range(3)])
        session.execute(insert(Attempt), [_attempt(id, at, dice, task) for id, at, dice in rows for task in ("extract", "answer")])
    return [id for id, _, _ in rows]


def _email(id: str, at: datetime, dice: random.Random) -> dict[str, Any]:
    sender = FAR if dice.random() < 0.2 else "bo@x.example"
    return {"id": id, "key": id, "digest": id, "received_at": at, "subject": "s", "sender": sender, "size": 1, "state": "done"}


def _ticket(id: str, at: datetime, dice: random.Random) -> dict[str, Any]:
    kind = dice.choice(("answered", "handedOver", "discarded", "failed", "processing"))
    struck = {"agreement": dice.randrange(3), "policy": 1} if kind == "answered" else None
    return {
        "email_id": id, "status": kind, "finished_at": None if kind == "processing" else at, "discarded": "noise" if kind == "discarded" else None,
        "handed_over_reason": "policy" if kind == "handedOver" else None, "failed": "boom" if kind == "failed" else None,
        "release": None if kind == "processing" else dice.choice(("r1", "r2")), "degraded": dice.random() < 0.2,
        "latency_ms": None if kind == "processing" else dice.expovariate(0.01), "usd": dice.choice((None, Decimal("0.000123456789"), Decimal("0.1"))),
        "unpriced_calls": dice.randrange(2), "sentences": 3 if struck else None, "struck": struck, "issue_summary": "An export is empty.", "urgency": "low",
    }  # fmt: skip


def _span(id: str, at: datetime, dice: random.Random, place: int) -> dict[str, Any]:
    stage = ("parse", "extract", "answer")[place]
    error = dice.choice((None, None, "Timeout", "Refused"))
    late = at + timedelta(minutes=dice.randrange(300))  # a mail may wait for hours
    return {"owner_id": id, "email_id": id, "place": place, "stage": stage, "at": late, "started_ms": 1.0, "ms": dice.expovariate(0.1), "error": error,
            "release": dice.choice(("r1", "r2"))}  # fmt: skip


def _attempt(id: str, at: datetime, dice: random.Random, task: str) -> dict[str, Any]:
    tokens = {name: dice.choice((None, 0, 400)) for name in ("input_tokens", "cached_tokens", "output_tokens")}
    return {"owner_id": id, "email_id": id, "run": 1, "place": 1, "at": at, "task": task, "provider": "p", "model": dice.choice(("m", "n")),
            "ms": dice.expovariate(0.1), "usd": dice.choice((None, Decimal("0.000000075"))), "repair": dice.randrange(2),
            "error": dice.choice((None, "Timeout")), "release": dice.choice(("r1", "r2")), **tokens}  # fmt: skip


def told(engine: Engine, now: datetime = NOW) -> list[object]:
    """Return all that is asked of history: every window, of all releases and of one, and the costs of days."""
    windows = [(cast("Window", window), release) for window in ("24h", "7d", "30d") for release in (None, "r1")]
    return [*(measures.measure(engine, window, now, release, {}) for window, release in windows), operations.days(engine, now)]


def by_rows(engine: Engine, now: datetime = NOW) -> list[object]:
    """Return the same with nothing added up: every row is read."""
    with writing(engine) as session:
        kept = [dict(row) for row in session.execute(select(*StretchTotal.__table__.columns)).mappings()]
        session.execute(delete(StretchTotal))
    found = told(engine, now)
    with writing(engine) as session:
        session.execute(insert(StretchTotal), kept)
    return found


def roll_up(engine: Engine, now: datetime = NOW) -> None:
    while totals.roll_up(engine, now):
        pass


def stretches(engine: Engine, source: str) -> set[str]:
    with reading(engine) as session:
        return set(session.scalars(select(StretchTotal.stretch).where(StretchTotal.source == source)))


@pytest.mark.parametrize("off", [timedelta(0), timedelta(minutes=34, seconds=56, milliseconds=789), timedelta(hours=7), timedelta(days=-2)])
def test_figures_are_what_the_rows_say_wherever_the_window_begins(engine: Engine, off: timedelta) -> None:
    fill(engine, 120)
    roll_up(engine)
    assert len(stretches(engine, "spans")) == 2 * 24
    assert told(engine, NOW - off) == by_rows(engine, NOW - off)


def test_the_rows_add_up_to_what_they_did_before(engine: Engine) -> None:
    """Hold the figures of a month against the rows themselves, asked for one by one."""
    fill(engine, 120)
    roll_up(engine)
    found = measures.measure(engine, "30d", NOW, None, {})
    with reading(engine) as session:
        tickets, spans, calls = (session.scalars(select(table)).all() for table in (Ticket, Span, Attempt))
    latencies = sorted(one.latency_ms for one in tickets if one.latency_ms is not None)
    assert found.emails.by_status == {name: sum(one.outcome == name for one in tickets) for name in {one.outcome for one in tickets}}
    assert (found.emails.latency_ms.count, found.emails.degraded) == (len(latencies), sum(one.degraded for one in tickets))
    assert found.emails.latency_ms.p50 == round((latencies[(len(latencies) - 1) // 2] + latencies[len(latencies) // 2]) / 2, 2)
    assert Decimal(found.emails.usd or "0") == sum((one.usd or Decimal(0) for one in tickets), Decimal(0))
    assert found.checked.struck["policy"] == sum((one.struck or {}).get("policy", 0) for one in tickets) > 0
    assert {one.stage: (one.latency_ms.count, one.errors.get("Timeout")) for one in found.stages} == {
        stage: (len(mine := [one for one in spans if one.stage == stage]), sum(one.error == "Timeout" for one in mine))
        for stage in {s.stage for s in spans}
    }
    assert sum(one.attempts for one in found.routes) == len(calls)
    assert sum(one.unpriced_calls for one in found.routes) == sum(one.usd is None for one in calls)
    assert sum(one.input_tokens for one in found.routes) == sum(one.input_tokens or 0 for one in calls)


def _reviewed(engine: Engine, listed: list[str], folder: Path) -> None:
    with reading(engine) as session:
        done = session.scalars(select(Ticket.email_id).where(Ticket.outcome == "answered").order_by(Ticket.email_id).limit(3)).all()
    for id in done:
        assert reviews.review(engine, id, NewReview(verdict="reject", reason="wrong"), NOW)


def _forgotten(engine: Engine, listed: list[str], folder: Path) -> None:
    assert erasure.forget(engine, folder, b"k" * 32, FAR, Who("ana", "operator"), NOW).rows["tickets"] > 5


def _expired(engine: Engine, listed: list[str], folder: Path) -> None:
    assert erasure.expire(engine, folder, NOW - timedelta(days=1), NOW) > 50


def _finished_late(engine: Engine, listed: list[str], folder: Path) -> None:
    waits = select(func.min(Ticket.email_id)).where(Ticket.outcome == "processing").scalar_subquery()
    values = {"status": "answered", "finished_at": NOW, "release": "r1", "latency_ms": 9e6}
    with writing(engine) as session:
        assert session.connection().execute(update(Ticket).where(Ticket.email_id == waits).values(values)).rowcount == 1


def _paid_late(engine: Engine, listed: list[str], folder: Path) -> None:
    dice = random.Random(1)
    with writing(engine) as session:
        session.execute(insert(Attempt), [_attempt(id, NOW - timedelta(hours=5 * number), dice, "answer") for number, id in enumerate(listed[:20])])


def _taken_with_its_mail(engine: Engine, listed: list[str], folder: Path) -> None:
    with writing(engine) as session:
        session.execute(delete(Email).where(Email.id.in_(listed[::20])))  # tickets, spans and attempts go with it


def _moved_in_time(engine: Engine, listed: list[str], folder: Path) -> None:
    with writing(engine) as session:
        session.execute(update(Span).where(Span.owner_id == listed[70]).values(at=NOW - timedelta(hours=5)))


@pytest.mark.parametrize("change", [_reviewed, _forgotten, _expired, _finished_late, _paid_late, _taken_with_its_mail, _moved_in_time])
def test_figures_follow_what_becomes_of_rows_long_after(engine: Engine, tmp_path: Path, change: Callable[[Engine, list[str], Path], None]) -> None:
    listed = fill(engine, 120)
    roll_up(engine)
    before = told(engine)
    change(engine, listed, tmp_path)
    after = told(engine)
    assert after == by_rows(engine)
    assert (after == before) == (change is _reviewed)
    roll_up(engine)
    assert told(engine) == after


def test_a_stretch_that_is_not_over_is_not_added_up(engine: Engine) -> None:
    fill(engine, 50)
    roll_up(engine)
    assert max(stretches(engine, "attempts")) == "2026-11-23 11"
    assert not any(ids.earliest(NOW).startswith(label) for label in stretches(engine, "tickets"))


def test_what_is_added_up_goes_when_no_window_reaches_it_any_more(engine: Engine) -> None:
    fill(engine, 50)
    roll_up(engine)
    later = NOW + timedelta(days=40)
    roll_up(engine, later)
    assert min(stretches(engine, "spans")) == f"{later - totals.KEEP_FOR:%Y-%m-%d %H}"


@pytest.mark.parametrize("most", [1, 7, 2_000])
def test_a_long_history_is_added_up_some_at_a_time(sqlite: Engine, most: int) -> None:
    fill(sqlite, 20)
    assert totals.roll_up(sqlite, NOW, most) == min(most, 2 * 2 * 24 + len(stretches(sqlite, "tickets")))
    assert told(sqlite) == by_rows(sqlite)


def test_a_month_is_read_without_its_rows(sqlite: Engine) -> None:
    fill(sqlite, 150, timedelta(days=1), NOW - timedelta(hours=12))
    roll_up(sqlite)
    before = _steps(sqlite)
    with writing(sqlite) as session:
        session.execute(delete(Email))
    fill(sqlite, 800, timedelta(days=1), NOW - timedelta(hours=12))
    roll_up(sqlite)
    assert _steps(sqlite) < before * 1.5


def _steps(engine: Engine) -> int:
    """Count the steps that SQLite takes for the measures of a month, in hundreds."""
    taken = [0]

    def step() -> int:
        taken[0] += 1
        return 0

    def watch(connection: Any, *_: Any) -> None:
        connection.connection.driver_connection.set_progress_handler(step, 100)

    event.listen(engine, "before_cursor_execute", watch)
    try:
        measures.measure(engine, "30d", NOW, None, {})
    finally:
        event.remove(engine, "before_cursor_execute", watch)
    return taken[0]


def test_a_backup_holds_what_is_added_up(sqlite: Engine, tmp_path: Path) -> None:
    listed = fill(sqlite, 100)
    roll_up(sqlite)
    backups.make(sqlite, tmp_path / "copy.db")
    copy = database.open_engine(f"sqlite:///{tmp_path / 'copy.db'}")
    assert told(copy) == told(sqlite)
    with writing(copy) as session:
        session.execute(delete(Email).where(Email.id.in_(listed[::10])))
    assert told(copy) == by_rows(copy)
    copy.dispose()
