"""The watcher: what it does when a monitor trips."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, insert, select

from ops.watch import webhook
from ops.watch.drift import Health
from ops.watch.watcher import Trip, Watcher
from service import ids
from service.releases import certificate, moves
from service.releases.certificate import Baseline, Certificate, Share
from service.settings import Settings
from service.storage import audit, incidents
from service.storage.database import reading, writing
from service.storage.tables import Attempt, Email, MonitorReading, Ticket
from tests.service.test_worker import until

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class World:
    """A database, releases r1 and r2 of which r1 passed its gate, and a clock that only the test moves."""

    engine: Engine
    settings: Settings
    at: datetime = NOON

    def watcher(self) -> Watcher:
        return Watcher(self.engine, self.settings, now=lambda: self.at, send=self.send)

    def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        return 204

    def mail(self, release: str, count: int, usd: str = "0", **values: object) -> list[str]:
        made = []
        for _ in range(count):
            self.at += timedelta(seconds=1)
            id = ids.new(self.at)
            made.append(id)
            row = {"status": "answered", "finished_at": self.at, "release": release, "customer_name": "Ana", "urgency": "low", "latency_ms": 50.0}
            with writing(self.engine) as session:
                email = {"key": id, "digest": id, "received_at": self.at, "subject": "", "sender": "", "size": 1, "state": "done"}
                session.execute(insert(Email).values(id=id, **email))
                session.execute(insert(Ticket).values(email_id=id, **(row | values)))
                call = {"task": "extract", "provider": "p", "model": "m", "ms": 1.0, "repair": 0, "usd": Decimal(usd), "release": release}
                session.execute(insert(Attempt).values(owner_id=id, run=1, place=0, at=self.at, **call))
        return made


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> World:
    source = Settings().releases_dir / "r1" / "release.toml"
    for name in ("r1", "r2"):
        (tmp_path / "releases" / name).mkdir(parents=True)
        text = source.read_text("utf-8").replace('name = "r1"', f'name = "{name}"')
        (tmp_path / "releases" / name / "release.toml").write_text(text, "utf-8")
    baseline = Baseline(mails=100, shares={"fallback": Share(hits=1, of=100), "hand_overs": Share(hits=20, of=90)})
    held = Certificate(release="r1", seal="s", snapshot="s", verdict="pass", at=NOON, baseline=baseline)
    (tmp_path / "releases" / "r1" / certificate.CERTIFICATE).write_text(held.model_dump_json(), "utf-8")
    settings = Settings(data_dir=tmp_path, releases_dir=tmp_path / "releases", webhook_url="http://127.0.0.1:9/", webhook_secret=SecretStr("secret"))
    return World(engine, settings)


def only(trips: list[Trip]) -> Trip:
    assert len(trips) == 1
    return trips[0]


def test_ordinary_mail_opens_nothing(world: World) -> None:
    world.mail("r1", 40)
    assert world.watcher().look() == []
    assert incidents.listed(world.engine) == []


def test_a_trip_on_a_canary_rolls_it_back_and_writes_a_note_of_the_mails_it_touched(world: World) -> None:
    world.mail("r1", 20)
    moves.canary(world.engine, "r2", 50, "ana", "try", world.at)
    touched = world.mail("r2", 20, degraded=True)
    world.mail("r1", 20)
    trip = only(world.watcher().look())
    assert (trip.release, trip.role, trip.reading.monitor, trip.rolled_back) == ("r2", "canary", "fallback", True)
    assert moves.standing(world.engine).canary is None
    case = only_incident(world)
    assert case.runbook == "provider-outage"
    assert trip.note is not None
    note = Path(trip.note).read_text("utf-8")
    assert case.note == note
    assert all(id in note for id in touched)
    assert "Mails it touched: 20" in note


def only_incident(world: World) -> incidents.Case:
    listed = incidents.listed(world.engine)
    assert len(listed) == 1
    return listed[0]


def test_a_trip_on_a_fresh_release_goes_back_to_the_one_before(world: World) -> None:
    moves.activate(world.engine, "r2", "ana", "better", world.at)
    world.mail("r2", 20, degraded=True)
    assert only(world.watcher().look()).role == "fresh"
    assert moves.active(world.engine) == "r1"


@pytest.mark.parametrize(("fails", "left", "restored"), [("r2", "r2", "r1"), ("r1", None, None)])
def test_a_rollback_by_the_watcher_is_on_record_once_as_its_own(world: World, fails: str, left: str | None, restored: str | None) -> None:
    if fails == "r2":
        moves.canary(world.engine, "r2", 50, "ana", "try", world.at)
    world.mail(fails, 20, degraded=True)
    for _ in range(2):
        world.watcher().look()
    lines = [(one.who, one.role, one.subject, one.detail) for one in audit.page(world.engine, 10) if one.action == "release rollback"]
    assert lines == ([("watcher", "operator", left, {"restored": restored})] if left else [])


def test_a_trip_on_a_settled_release_opens_an_incident_and_leaves_it_in_use(world: World) -> None:
    moves.activate(world.engine, "r2", "ana", "better", world.at)
    world.at += timedelta(hours=30)
    world.mail("r2", 20, degraded=True)
    watcher = world.watcher()
    trip = only(watcher.look())
    assert (trip.role, trip.rolled_back) == ("settled", False)
    assert watcher.deliver() == 1
    assert moves.active(world.engine) == "r2"
    assert [line.what for line in only_incident(world).timeline] == ["opened", webhook.DELIVERED]


def test_the_first_release_has_no_way_back_and_stays(world: World) -> None:
    world.mail("r1", 20, degraded=True)
    assert only(world.watcher().look()).rolled_back is False
    assert moves.active(world.engine) == "r1"


def test_what_hits_canary_and_release_alike_is_not_the_canarys_fault(world: World) -> None:
    moves.canary(world.engine, "r2", 50, "ana", "try", world.at)
    world.mail("r1", 20, degraded=True)
    world.mail("r2", 20, degraded=True)
    trips = world.watcher().look()
    assert [(trip.release, trip.rolled_back) for trip in trips] == [("r2", False), ("r1", False)]
    assert moves.standing(world.engine).canary == "r2"


def test_an_injection_wave_ends_a_canary_though_it_hits_both(world: World) -> None:
    moves.canary(world.engine, "r2", 50, "ana", "try", world.at)
    for name in ("r1", "r2"):
        world.mail(name, 20, findings=[{"kind": "override"}])
    assert {(trip.release, trip.rolled_back) for trip in world.watcher().look()} == {("r2", True), ("r1", False)}


def test_an_injection_wave_shows_on_a_canary_that_has_little_of_the_mail(world: World) -> None:
    moves.canary(world.engine, "r2", 5, "ana", "try", world.at)
    world.mail("r1", 28, findings=[{"kind": "override"}])
    world.mail("r2", 2, findings=[{"kind": "override"}])
    assert ("r2", "injections", True) in {(trip.release, trip.reading.monitor, trip.rolled_back) for trip in world.watcher().look()}


def test_a_release_forced_past_its_gate_is_held_against_the_one_before(world: World) -> None:
    bad = Certificate(release="r2", seal="s", snapshot="s", verdict="fail", at=NOON, baseline=Baseline(shares={"fallback": Share(hits=99, of=100)}))
    (world.settings.releases_dir / "r2" / certificate.CERTIFICATE).write_text(bad.model_dump_json(), "utf-8")
    moves.activate(world.engine, "r2", "ana", "forced", world.at)
    world.mail("r2", 20, degraded=True)
    assert only(world.watcher().look()).rolled_back


def test_a_trip_pages_once_and_again_only_after_it_has_recovered(world: World) -> None:
    watcher = world.watcher()
    tripped = []
    for faulty, share in [(True, 20), (True, 5), (False, 4), (True, 4), (False, 60), (True, 20)]:
        world.mail("r1", share, degraded=faulty)
        tripped.append(bool(watcher.look()))
    assert tripped == [True, False, False, False, False, True]
    assert len(incidents.listed(world.engine)) == 1


def test_another_process_that_starts_later_does_not_page_again(world: World) -> None:
    world.mail("r1", 20, degraded=True)
    assert len(world.watcher().look()) == 1
    assert world.watcher().look() == []


def test_a_release_that_comes_back_is_judged_by_its_new_mail_alone(world: World) -> None:
    moves.activate(world.engine, "r2", "ana", "better", world.at)
    world.mail("r2", 20, degraded=True)
    world.watcher().look()
    world.at += timedelta(minutes=1)
    moves.activate(world.engine, "r2", "ana", "repaired", world.at)
    assert world.watcher().look() == []
    world.mail("r2", 20, degraded=True)
    assert only(world.watcher().look()).rolled_back


def test_the_days_budget_trips_without_any_sample(world: World) -> None:
    world.mail("r1", 1, usd="17")
    assert {trip.reading.monitor for trip in world.watcher().look()} == {"day_budget", "burn"}


def test_mail_that_cost_too_much_trips(world: World) -> None:
    world.mail("r1", 20, usd="0.03")
    assert "cost_per_email" in {trip.reading.monitor for trip in world.watcher().look()}


def test_readings_are_kept_for_the_console(world: World) -> None:
    world.mail("r1", 20)
    world.watcher().look()
    with reading(world.engine) as session:
        rows = session.scalars(select(MonitorReading).where(MonitorReading.monitor == "fallback")).all()
    assert [(row.release, row.sample, row.value, row.tripped) for row in rows] == [("r1", 20, 0.0, False)]


def test_an_incident_names_no_customer(world: World) -> None:
    world.mail("r1", 20, degraded=True, customer_name="Ana Lopez", issue_summary="Ana cannot sign in")
    world.watcher().look()
    case = only_incident(world)
    assert "Ana" not in str(case)


@pytest.mark.parametrize("role", ["canary", "active"])
def test_a_rollback_made_elsewhere_gets_its_note_once(world: World, role: str) -> None:
    watcher = world.watcher()
    if role == "canary":
        moves.canary(world.engine, "r2", 50, "ana", "try", world.at)
    else:
        moves.activate(world.engine, "r2", "ana", "better", world.at)
    touched = world.mail("r2", 3)
    watcher.look()
    world.at += timedelta(seconds=5)
    moves.roll_back(world.engine, "ben", "customers complain", world.at)
    for _ in range(3):
        watcher.look()
    note = only_incident(world).note or ""
    assert "Who: ben" in note
    assert "customers complain" in note
    assert all(id in note for id in touched)
    assert len(list((world.settings.data_dir / "incidents").glob("*.md"))) == 1


def test_of_several_processes_one_watches_and_another_when_it_has_stopped(world: World) -> None:
    first, second = world.watcher(), world.watcher()
    assert [first._is_mine(), second._is_mine(), first._is_mine(), second._is_mine()] == [True, False, True, False]
    first.start()
    first.stop()
    assert second._is_mine()


def test_a_look_that_fails_in_a_way_nobody_foresaw_is_not_the_last(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = threading.Semaphore(0)

    def fails() -> None:
        looks.release()
        raise KeyError("x")

    watcher = world.watcher()
    monkeypatch.setattr(watcher, "look", fails)
    monkeypatch.setattr("ops.watch.watcher.EVERY_S", 0.01)
    watcher.start()
    assert all(looks.acquire(timeout=20) for _ in range(3))
    watcher.stop()


def no_file(world: World, monkeypatch: pytest.MonkeyPatch) -> Watcher:
    (world.settings.releases_dir / "r1" / "release.toml").unlink()
    return Watcher(world.engine, world.settings, now=lambda: world.at, send=world.send)


def no_help_centre(world: World, monkeypatch: pytest.MonkeyPatch) -> Watcher:
    return Watcher(world.engine, world.settings, Health(world.settings), lambda: world.at, world.send)


def no_reason(world: World, monkeypatch: pytest.MonkeyPatch) -> Watcher:
    monkeypatch.setattr(moves, "standing", lambda engine: 1 / 0)
    return Watcher(world.engine, world.settings, now=lambda: world.at, send=world.send)


@pytest.mark.parametrize("broken", [no_file, no_help_centre, no_reason])
def test_looks_that_all_fail_keep_back_no_webhook_and_no_erasure(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: Callable[[World, pytest.MonkeyPatch], Watcher]
) -> None:
    monkeypatch.setattr("ops.watch.watcher.EVERY_S", 0.01)
    world.settings = world.settings.model_copy(update={"retention_days": 30})
    world.mail("r1", 1)
    world.at += timedelta(days=31)
    incidents.open_or_add(world.engine, "latency", "medium", "r1", "slow", world.at, "latency", {})
    watcher = broken(world, monkeypatch)
    with pytest.raises(Exception):  # noqa: B017, PT011 (whatever it is: without it this would show nothing)
        watcher.look()
    watcher.start()
    try:
        until(lambda: [line.what for line in only_incident(world).timeline] == ["opened", webhook.DELIVERED] and mails_left(world.engine) == 0)
    finally:
        watcher.stop()


def test_a_webhook_that_fails_in_a_way_nobody_foresaw_keeps_back_no_erasure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.watch.watcher.EVERY_S", 0.01)
    monkeypatch.setattr(webhook, "deliver_due", lambda *given: 1 / 0)
    world.settings = world.settings.model_copy(update={"retention_days": 30})
    world.mail("r1", 1)
    world.at += timedelta(days=31)
    watcher = world.watcher()
    watcher.start()
    try:
        until(lambda: mails_left(world.engine) == 0)
    finally:
        watcher.stop()


def mails_left(engine: Engine) -> int:
    with reading(engine) as session:
        return len(session.scalars(select(Email.id)).all())


def test_what_is_older_than_the_settings_let_it_get_is_erased_every_hour(sqlite: Engine, tmp_path: Path) -> None:
    old = datetime(2026, 1, 1, tzinfo=UTC)
    with writing(sqlite) as session:
        values = {"key": "k", "digest": "d", "received_at": old, "subject": "s", "sender": "a", "size": 1, "state": "done"}
        session.execute(insert(Email).values(id=ids.new(old), **values))
        session.execute(insert(Ticket).values(email_id=session.scalar(select(Email.id)), status="answered", finished_at=old))
    moments = iter([old + timedelta(days=29), old + timedelta(days=29, minutes=59), old + timedelta(days=31)])
    watcher = Watcher(sqlite, Settings(data_dir=tmp_path, retention_days=30), now=lambda: next(moments))
    left = []
    for _ in range(3):
        watcher._expire()
        left.append(mails_left(sqlite))
    assert left == [1, 1, 0]
