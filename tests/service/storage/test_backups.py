"""A copy made while mail comes in is whole, and goes back into its place."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from service import intake
from service.storage import backups, database, emails, heartbeats, ticket_queries
from service.storage.backups import NoBackup
from service.storage.ticket_queries import Filter
from tests.service import fakes

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def receive(engine: Engine, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        emails.receive(engine, intake.arrival(fakes.mail(f"mail {number}", text="word " * 500), NOON), NOON)


def count(engine: Engine) -> int:
    return len(ticket_queries.page(engine, Filter(), 200).tickets)


def test_a_backup_made_while_mail_comes_in_is_whole_and_goes_back(sqlite: Engine, tmp_path: Path) -> None:
    receive(sqlite, 20)
    writing = threading.Thread(target=receive, args=[sqlite, 40, 20])
    writing.start()
    assert backups.make(sqlite, tmp_path / "copies" / "one.db") > 20 * 2500
    writing.join()
    backups.check(tmp_path / "copies" / "one.db")
    aside = backups.put_back(sqlite, tmp_path / "copies" / "one.db", NOON)
    assert 20 <= count(sqlite) <= 60
    assert database.damage(sqlite) is None
    assert aside
    kept = database.open_engine(f"sqlite:///{aside}")
    assert count(kept) == 60
    kept.dispose()


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\0" + b"x" * 5000])
def test_what_is_no_backup_is_refused_and_nothing_is_moved(sqlite: Engine, tmp_path: Path, content: bytes) -> None:
    receive(sqlite, 1)
    (tmp_path / "bad.db").write_bytes(content)
    with pytest.raises(NoBackup, match=r"bad\.db"):
        backups.put_back(sqlite, tmp_path / "bad.db", NOON)
    assert count(sqlite) == 1


def test_a_damaged_backup_is_refused(sqlite: Engine, tmp_path: Path) -> None:
    receive(sqlite, 40)
    backups.make(sqlite, tmp_path / "one.db")
    content = bytearray((tmp_path / "one.db").read_bytes())
    content[-8 * 4096 : -4 * 4096] = b"\xa5" * (4 * 4096)
    (tmp_path / "one.db").write_bytes(content)
    with pytest.raises(NoBackup):
        backups.put_back(sqlite, tmp_path / "one.db", NOON)


def test_a_file_that_is_there_is_not_written_over(sqlite: Engine, tmp_path: Path) -> None:
    (tmp_path / "one.db").write_text("dear")
    with pytest.raises(NoBackup, match="is there already"):
        backups.make(sqlite, tmp_path / "one.db")
    assert (tmp_path / "one.db").read_text() == "dear"


def test_postgresql_has_tools_of_its_own(postgres: Engine, tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match="pg_dump"):
        backups.make(postgres, tmp_path / "one.db")


@pytest.mark.parametrize(("sync", "level"), [("FULL", 2), ("NORMAL", 1)])
def test_a_write_is_on_the_disk_before_it_is_answered_for_unless_a_setting_says_otherwise(tmp_path: Path, sync: database.Sync, level: int) -> None:
    engine = database.open_engine(f"sqlite:///{tmp_path}/x.db", sync)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == level
    engine.dispose()


def test_durable_is_the_default(sqlite: Engine) -> None:
    with sqlite.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_damage_is_found_and_said(sqlite: Engine) -> None:
    receive(sqlite, 40)
    sqlite.dispose()
    path = Path(str(sqlite.url.database))
    content = bytearray(path.read_bytes())
    content[-8 * 4096 : -4 * 4096] = b"\xa5" * (4 * 4096)
    path.write_bytes(content)
    assert database.damage(sqlite)


def test_signs_of_life_tell_who_lives_and_who_has_fallen_silent(engine: Engine) -> None:
    from datetime import timedelta

    for name in ("one", "two"):
        heartbeats.beat(engine, name)
    minute = timedelta(minutes=1)
    assert heartbeats.living(engine, minute) == {"one", "two"}
    assert heartbeats.silent(engine, minute) == frozenset()
    assert heartbeats.silent(engine, -minute) == {"one", "two"}
    heartbeats.end(engine, "one")
    assert heartbeats.living(engine, minute) == {"two"}
