"""The monitors' history thins out as it ages, and the newest state of each is known without it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, event, insert, select

from ops.watch import traffic
from service import ids
from service.storage import database, emails, locks, measures, readings
from service.storage.database import reading, writing
from service.storage.spending import Spending
from service.storage.tables import Attempt, MonitorReading, MonitorState

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def row(at: datetime, monitor: str = "fallback", tripped: bool = False) -> dict[str, object]:
    return {"id": ids.new(at), "at": at, "monitor": monitor, "release": "r1", "window_s": 60.0, "sample": 9, "value": 0.1, "tripped": tripped}


def history(engine: Engine, minutes: int, monitors: tuple[str, ...] = ("fallback",)) -> None:
    rows = [row(NOON - timedelta(minutes=number), monitor) for number in range(minutes) for monitor in monitors]
    with writing(engine) as session:
        session.execute(insert(MonitorReading), rows)


def ages(engine: Engine) -> list[timedelta]:
    with reading(engine) as session:
        return sorted(NOON - at for at in session.scalars(select(MonitorReading.at)))


def test_a_day_is_kept_whole_and_what_is_older_thinned_out(engine: Engine) -> None:
    history(engine, 3 * 24 * 60)
    readings.roll_up(engine, NOON)
    kept = ages(engine)
    assert sum(age < timedelta(days=1) for age in kept) == 24 * 60
    assert 2 * 80 <= sum(age >= timedelta(days=1) for age in kept) <= 2 * 90
    readings.roll_up(engine, NOON)
    assert ages(engine) == kept


def test_every_monitor_keeps_its_line_and_a_month_is_the_end(engine: Engine) -> None:
    history(engine, 3 * 24 * 60, ("fallback", "discards"))
    with writing(engine) as session:
        session.execute(insert(MonitorReading), [row(NOON - timedelta(days=31))])
    readings.roll_up(engine, NOON)
    with reading(engine) as session:
        counts = Counter(session.scalars(select(MonitorReading.monitor)))
    assert counts["fallback"] == counts["discards"]
    assert max(ages(engine)) < timedelta(days=30)


def test_what_was_thinned_out_an_hour_ago_is_left_alone(engine: Engine) -> None:
    history(engine, 2 * 24 * 60)
    readings.roll_up(engine, NOON - timedelta(hours=1))
    before = len(ages(engine))
    readings.roll_up(engine, NOON, NOON - timedelta(hours=1))
    assert before - 5 * 17 <= len(ages(engine)) < before  # an hour of whole readings, in stretches


@pytest.mark.parametrize("said", [(True, False), (False, True), (True, True)])
def test_the_newest_word_of_a_monitor_counts(engine: Engine, said: tuple[bool, bool]) -> None:
    for number, tripped in enumerate(said):
        with writing(engine) as session:
            readings.keep(session, [row(NOON + timedelta(seconds=number), tripped=tripped), row(NOON, "discards")])
    with reading(engine) as session:
        states = {one.monitor: one.tripped for one in session.scalars(select(MonitorState))}
    assert states == {"fallback": said[-1], "discards": False}


PLANS = {
    "the newest mails of a release": (lambda engine: traffic.recent(engine, "r1", NOON, 200), "tickets"),
    "the newest mails of all": (lambda engine: traffic.recent(engine, None, None, 200), "tickets"),
    "the mail that waits": (lambda engine: measures.waiting(engine, NOON), "emails"),
    "what was spent": (lambda engine: emails.spent_since(engine, NOON), "attempts"),
    "the readings of a month ago": (lambda engine: readings.roll_up(engine, NOON), "monitor_readings"),
}


@pytest.mark.parametrize("what", PLANS)
def test_what_is_asked_again_and_again_reads_an_index_and_sorts_nothing(sqlite: Engine, what: str) -> None:
    statements: list[tuple[str, object]] = []
    event.listen(sqlite, "before_cursor_execute", lambda connection, cursor, statement, values, *_: statements.append((statement, values)))
    ask, table = PLANS[what]
    ask(sqlite)
    asked = [one for one in statements if f"FROM {table}" in one[0]]
    assert asked
    for statement, values in asked:
        with sqlite.connect() as connection:
            plan = [line[3] for line in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
        assert all("USING" in line and "INDEX" in line for line in plan if line.startswith(("SCAN", "SEARCH"))), plan
        assert not any("TEMP B-TREE" in line for line in plan), plan


def test_the_days_spending_counts_what_is_settled_and_what_is_new(engine: Engine) -> None:
    now = NOON
    spending = Spending(engine, lambda: now)

    def spend(at: datetime) -> None:
        call = {"task": "extract", "provider": "p", "model": "m", "ms": 1.0, "repair": 0, "usd": Decimal("0.5"), "release": "r1"}
        with writing(engine) as session:
            session.execute(insert(Attempt).values(owner_id="x", run=1, place=0, at=at, **call))

    spend(NOON - timedelta(hours=3))
    spend(NOON - timedelta(minutes=5))
    assert spending.since(NOON - timedelta(hours=12)) == 1
    spend(NOON - timedelta(minutes=1))
    assert spending.since(NOON - timedelta(hours=12)) == Decimal("1.5")
    spend(NOON - timedelta(hours=2))  # what a lost try paid for comes late
    now = NOON + timedelta(minutes=2)
    assert spending.since(NOON - timedelta(hours=12)) == 2
    assert spending.since(now - timedelta(minutes=4)) == Decimal("0.5")


def test_one_process_holds_a_lock_until_it_gives_it_up_or_is_gone(engine: Engine) -> None:
    assert locks.take(engine, "watcher", "one", 60)
    assert locks.take(engine, "watcher", "one", 60)
    assert not locks.take(engine, "watcher", "two", 60)
    assert locks.take(engine, "other", "two", 60)
    locks.give_up(engine, "watcher", "two")
    assert not locks.take(engine, "watcher", "two", 60)
    locks.give_up(engine, "watcher", "one")
    assert locks.take(engine, "watcher", "two", -1)  # it died: its time has run out
    assert locks.take(engine, "watcher", "one", 60)


def test_a_database_of_the_release_before_brings_along_what_had_tripped(tmp_path: Path) -> None:
    engine = database.open_engine(f"sqlite:///{tmp_path}/old.db")
    upgrade(engine, "0001_first")
    rows = [row(NOON), row(NOON + timedelta(seconds=1), tripped=True), row(NOON, "discards", True), row(NOON + timedelta(seconds=1), "discards")]
    with writing(engine) as session:
        session.execute(insert(MonitorReading), rows)
    database.migrate(engine)
    with reading(engine) as session:
        assert {one.monitor: one.tripped for one in session.scalars(select(MonitorState))} == {"fallback": True, "discards": False}
    engine.dispose()


def upgrade(engine: Engine, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    with engine.execution_options(writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)
