"""Who writes next: whoever has waited longest."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from service.storage import database, heartbeats, turns
from service.storage.database import writing
from service.storage.turns import Turns, WaitedTooLong
from tests.service.test_worker import until


def queued(of: Turns, names: list[str], order: list[str]) -> list[threading.Thread]:
    """Let threads wait for a turn one after the other; each writes its name down when it gets it, `first` before all others."""

    def wait(name: str) -> None:
        with of.take(60, before_all=name == "first"):
            order.append(name)

    threads = []
    for place, name in enumerate(names):
        threads.append(threading.Thread(target=wait, args=(name,)))
        threads[-1].start()
        until(lambda place=place: len(of._waiting) == place + 1)
    return threads


def test_who_came_first_writes_first() -> None:
    of, order = Turns(), list[str]()
    with of.take(60):
        threads = queued(of, list("abcdef"), order)
    for thread in threads:
        thread.join(60)
    assert order == list("abcdef")
    with of.take(0):
        pass


def test_what_must_not_be_late_comes_before_all_who_wait() -> None:
    of, order = Turns(), list[str]()
    with of.take(60):
        threads = queued(of, ["a", "b", "first"], order)
    for thread in threads:
        thread.join(60)
    assert order == ["first", "a", "b"]


def test_a_sign_of_life_is_written_before_all_other_writers(sqlite: Engine) -> None:
    of, order = turns.of(str(sqlite.url.database)), list[str]()
    beat = threading.Thread(target=heartbeats.beat, args=(sqlite, "w"))
    with of.take(60):
        threads = queued(of, ["a", "b"], order)
        others = list(of._waiting)
        beat.start()
        until(lambda: len(of._waiting) == 3)
        assert list(of._waiting)[1:] == others
    for thread in (*threads, beat):
        thread.join(60)
    assert heartbeats.living(sqlite, timedelta(hours=1)) == {"w"}


def test_who_waits_too_long_is_told_so_and_keeps_nobody_from_a_turn() -> None:
    of, order = Turns(), list[str]()
    with of.take(60):
        with pytest.raises(WaitedTooLong), of.take(0):
            pass
        threads = queued(of, ["a"], order)
    threads[0].join(60)
    assert order == ["a"]
    assert issubclass(WaitedTooLong, SQLAlchemyError)  # whoever expects a database's trouble expects this


def test_a_block_that_raises_gives_its_turn_back() -> None:
    of = Turns()
    with pytest.raises(KeyError), of.take(0):
        raise KeyError
    with of.take(0):
        pass


def test_writers_of_one_sqlite_file_write_in_the_order_in_which_they_came(sqlite: Engine) -> None:
    with writing(sqlite) as session:
        session.execute(text("CREATE TABLE told (name TEXT, place INTEGER PRIMARY KEY)"))
    other = database.open_engine(str(sqlite.url))  # of another command in the same process
    of = turns.of(str(sqlite.url.database))

    def write(name: str, engine: Engine) -> None:
        with writing(engine) as session:
            session.execute(text("INSERT INTO told (name) VALUES (:name)"), {"name": name})

    threads = [threading.Thread(target=write, args=(name, engine)) for name, engine in zip("abcdefgh", [sqlite, other] * 4, strict=True)]
    with writing(sqlite):
        for place, thread in enumerate(threads):
            thread.start()
            until(lambda place=place: len(of._waiting) == place + 1)
    for thread in threads:
        thread.join(60)
    with sqlite.connect() as connection:
        assert list(connection.execute(text("SELECT name FROM told ORDER BY place")).scalars()) == list("abcdefgh")
    other.dispose()


def test_files_have_turns_of_their_own(tmp_path: Path) -> None:
    with turns.of(str(tmp_path / "a")).take(0), turns.of(str(tmp_path / "b")).take(0):
        assert turns.of(str(tmp_path / "a")) is turns.of(str(tmp_path / "a"))
