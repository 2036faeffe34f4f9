"""Moves of releases: whatever happens, one is in use."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import Engine, delete

from service.releases import moves
from service.releases.moves import CannotMove, NoWayBack, Standing
from service.storage import audit, database
from service.storage.audit import Who
from service.storage.tables import ReleaseMove

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
NAMES = ("r1", "r2", "r3")
STEPS = some.lists(
    some.one_of(
        some.tuples(some.just("activate"), some.sampled_from(NAMES)),
        some.tuples(some.just("canary"), some.sampled_from(NAMES), some.integers(-5, 120)),
        some.tuples(some.just("gate"), some.sampled_from(NAMES)),
        some.tuples(some.just("roll_back"), some.sampled_from((None, *NAMES))),
    ),
    max_size=12,
)


def take(engine: Engine, step: tuple[object, ...], now: datetime) -> None:
    kind, *rest = step
    try:
        if kind == "activate":
            moves.activate(engine, str(rest[0]), "ana", "why", now)
        elif kind == "canary":
            moves.canary(engine, str(rest[0]), int(str(rest[1])), "ana", "why", now)
        elif kind == "gate":
            moves.gate(engine, str(rest[0]), "ana", "why", now)
        else:
            moves.roll_back(engine, "ana", "why", now, leaving=rest[0])  # type: ignore[arg-type]
    except (CannotMove, NoWayBack):
        pass


def states(engine: Engine) -> dict[str, str]:
    """The newest state of each release, as the rows alone tell it."""
    found = {"r1": "active"}
    for move in moves.history(engine):
        found[move.release] = move.to_state
    return found


@given(steps=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_moves_leaves_exactly_one_release_in_use_and_at_most_one_canary(sqlite: Engine, steps: list[tuple[object, ...]]) -> None:
    with database.writing(sqlite) as session:
        session.execute(delete(ReleaseMove))
    for number, step in enumerate(steps):
        take(sqlite, step, NOON + timedelta(seconds=number))
        by_rows = states(sqlite)
        standing = moves.standing(sqlite)
        assert [name for name, state in by_rows.items() if state == "active"] == [standing.active]
        assert [name for name, state in by_rows.items() if state == "canary"] == ([standing.canary] if standing.canary else [])
        assert standing.serves("any mail") in (standing.active, standing.canary)


class Crash(Exception):
    pass


@pytest.mark.parametrize("step", [("activate", "r3"), ("canary", "r3", 10), ("roll_back", None)])
@pytest.mark.parametrize("fatal", [1, 2, 3])
def test_a_crash_in_the_middle_of_a_move_leaves_what_was(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, step: tuple[object, ...], fatal: int
) -> None:
    moves.activate(engine, "r2", "ana", "why", NOON)
    moves.canary(engine, "r4", 20, "ana", "why", NOON)
    before, written, write = moves.standing(engine), 0, moves._move

    def dying(*args: object) -> None:
        nonlocal written
        written += 1
        write(*args)  # type: ignore[arg-type]
        if written == fatal:
            raise Crash

    monkeypatch.setattr(moves, "_move", dying)
    try:
        take(engine, step, NOON)
        finished = True
    except Crash:
        finished = False
    assert finished or moves.standing(engine) == before
    assert list(states(engine).values()).count("active") == 1


def test_tells_what_was_in_production_at_any_time(engine: Engine) -> None:
    moves.activate(engine, "r2", "ana", "better", NOON)
    moves.canary(engine, "r3", 10, "ana", "try", NOON + timedelta(hours=1))
    moves.roll_back(engine, "ana", "worse", NOON + timedelta(hours=2))
    moves.roll_back(engine, "ana", "worse too", NOON + timedelta(hours=3))
    assert moves.standing(engine, NOON - timedelta(hours=1)).active == "r1"
    assert moves.standing(engine, NOON + timedelta(minutes=30)).active == "r2"
    during = moves.standing(engine, NOON + timedelta(minutes=90))
    assert (during.active, during.canary, during.percent) == ("r2", "r3", 10)
    assert moves.standing(engine, NOON + timedelta(hours=2, minutes=30)) == moves.standing(engine, NOON + timedelta(minutes=30))
    assert moves.standing(engine, NOON + timedelta(hours=4)).active == "r1"


def test_moves_of_the_same_millisecond_and_of_clocks_that_differ_keep_their_order(engine: Engine) -> None:
    for number in range(8):
        moves.activate(engine, f"r{number % 2 + 2}", "ana", "why", NOON - timedelta(seconds=number))
    assert moves.active(engine) == "r3"
    listed = moves.history(engine)
    assert [move.at for move in listed] == sorted(move.at for move in listed)


def test_two_watchers_roll_back_once(engine: Engine) -> None:
    moves.activate(engine, "r2", "ana", "why", NOON)
    moves.activate(engine, "r3", "ana", "why", NOON)
    assert moves.roll_back(engine, "watcher", "tripped", NOON, leaving="r3").restored == "r2"
    with pytest.raises(NoWayBack, match="r3 is not in production"):
        moves.roll_back(engine, "watcher", "tripped", NOON, leaving="r3")
    assert moves.active(engine) == "r2"


def test_a_rollback_does_not_go_back_to_what_was_rolled_back_from(engine: Engine) -> None:
    for name in ("r2", "r3"):
        moves.activate(engine, name, "ana", "why", NOON)
    moves.roll_back(engine, "ana", "why", NOON)
    moves.activate(engine, "r4", "ana", "why", NOON)
    assert moves.roll_back(engine, "ana", "why", NOON).restored == "r2"
    assert moves.roll_back(engine, "ana", "why", NOON).restored == "r1"
    with pytest.raises(NoWayBack, match="no other release"):
        moves.roll_back(engine, "ana", "why", NOON)


@pytest.mark.parametrize("percent", [0, -1, 101, 1000])
def test_refuses_a_canary_of_an_impossible_share(sqlite: Engine, percent: int) -> None:
    with pytest.raises(CannotMove, match=f"not {percent}"):
        moves.canary(sqlite, "r2", percent, "ana", "why", NOON)


def test_refuses_the_release_in_use_as_its_own_canary(sqlite: Engine) -> None:
    with pytest.raises(CannotMove, match="r1 is in use already"):
        moves.canary(sqlite, "r1", 10, "ana", "why", NOON)


def test_a_canary_takes_its_share_of_the_mail_and_each_mail_always_the_same_way() -> None:
    standing = Standing(canary="r2", percent=10)
    served = [standing.serves(f"id:{number}") for number in range(4000)]
    assert 300 < served.count("r2") < 500
    assert served == [standing.serves(f"id:{number}") for number in range(4000)]
    assert standing.serves("") == "r1"
    assert {Standing(canary="r2", percent=100).serves(f"id:{number}") for number in range(200)} == {"r2"}


@pytest.mark.parametrize("why", ["\x00", "slow\x00er", "it says \ud800"])
def test_a_reason_with_what_no_database_keeps_is_kept_without_it(engine: Engine, why: str) -> None:
    moves.activate(engine, "r2", "ana", "better", NOON)
    moves.roll_back(engine, "ana", why, NOON)
    kept = moves.history(engine)[-1].why
    assert kept == why.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")


@pytest.mark.parametrize(
    ("moved", "line"),
    [
        (lambda engine, by: moves.gate(engine, "r4", "ana@x.example", "why", LATER, by), ("release gate", "r4", None)),
        (
            lambda engine, by: moves.canary(engine, "r4", 10, "ana@x.example", "why", LATER, by),
            ("release canary", "r4", {"percent": 10, "force": False}),
        ),
        (lambda engine, by: moves.activate(engine, "r4", "ana@x.example", "why", LATER, by, force=True), ("release activate", "r4", {"force": True})),
        (lambda engine, by: moves.activate(engine, "r2", "ana@x.example", "why", LATER, by), ("release activate", "r2", {"force": False})),
        (lambda engine, by: moves.roll_back(engine, "ana@x.example", "why", LATER, by=by), ("release rollback", "r3", {"restored": "r2"})),
        (lambda engine, by: moves.roll_back(engine, "ana@x.example", "why", LATER, "r2", by), ("release rollback", "r2", {"restored": "r1"})),
    ],
)
def test_a_move_leaves_one_line_in_the_audit_log_with_who_it_was_and_no_reason(
    engine: Engine, moved: Callable[[Engine, Who], object], line: tuple[str, str, dict[str, object] | None]
) -> None:
    moves.activate(engine, "r2", "ana", "why", NOON)
    moves.canary(engine, "r3", 20, "ana", "why", NOON)
    before = audit.page(engine, 100)
    moved(engine, Who("bo (command line)", "operator"))
    (new,) = audit.page(engine, 100)[: -len(before)]
    assert (new.who, new.role, new.action, new.subject, new.detail) == ("bo (command line)", "operator", *line)


def test_what_moves_nothing_leaves_no_line(engine: Engine) -> None:
    moves.gate(engine, "r1", "ana", "why", NOON)
    moves.activate(engine, "r1", "ana", "why", NOON)
    for refused in (lambda: moves.canary(engine, "r1", 10, "ana", "why", NOON), lambda: moves.roll_back(engine, "ana", "why", NOON)):
        with pytest.raises((CannotMove, NoWayBack)):
            refused()
    assert audit.page(engine, 10) == []


def test_a_move_and_its_line_are_written_both_or_not_at_all(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise Crash

    monkeypatch.setattr(audit, "write", full)
    for step in (("gate", "r2"), ("canary", "r2", 10), ("activate", "r2")):
        with pytest.raises(Crash):
            take(engine, step, NOON)
    assert moves.history(engine) == []
