import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from ingestion.mail import message
from ops.watch import traffic
from service import intake, pipeline
from service.pipeline import Desk
from service.releases.serving import NoDesk
from service.storage import database, emails, heartbeats, leases, ticket_queries
from service.telemetry.prometheus import Metrics
from service.worker import Worker
from tests.service import fakes


def now() -> datetime:
    return datetime.now(UTC)


def received(engine: Engine, *subjects: str) -> list[str]:
    return [emails.receive(engine, intake.arrival(fakes.mail(subject), now()), now()).id for subject in subjects]


def status(engine: Engine, id: str) -> str:
    view = ticket_queries.get(engine, id)
    assert view
    return view.status


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another thread does; the limit only ends a test that has failed."""
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.01)


def one_desk(key: str) -> Desk:
    return fakes.desk()


def make(engine: Engine, choose: Callable[[str], Desk] = one_desk, threads: int = 2) -> Worker:
    return Worker(engine, choose, Metrics(), threads, poll=0.02, pause=0.01)


def test_accepted_emails_are_seen_to_their_end(engine: Engine) -> None:
    ids = received(engine, "Charged twice", "unknown thing", "thanks")
    working = make(engine)
    working.start()
    until(lambda: all(status(engine, id) != "processing" for id in ids))
    working.stop()
    assert [status(engine, id) for id in ids] == ["answered", "handedOver", "discarded"]


def test_a_ticket_tells_how_much_of_a_long_mail_no_model_read(sqlite: Engine) -> None:
    long = fakes.mail("Charged twice", text="I was charged twice.\n" + "The statement is attached below, line by line.\n" * 1000)
    ids = [emails.receive(sqlite, intake.arrival(raw, now()), now()).id for raw in (long, fakes.mail("Charged twice"))]
    working = make(sqlite)
    working.start()
    until(lambda: all(status(sqlite, id) != "processing" for id in ids))
    working.stop()
    views = [ticket_queries.get(sqlite, id) for id in ids]
    told = [view.unread for view in views if view]
    assert 30_000 < told[0] < 47_000
    assert told[1] == 0


def test_who_submits_can_wait_for_the_end(sqlite: Engine) -> None:
    working = make(sqlite)
    working.start()
    [id] = received(sqlite, "Charged twice")
    working.expect(id).result(timeout=20)
    assert status(sqlite, id) == "answered"
    working.stop()


def test_an_email_that_breaks_something_fails_after_three_tries_and_stops_nobody(engine: Engine) -> None:
    ids = received(engine, "explode", "Charged twice")
    working = make(engine, threads=1)
    working.start()
    until(lambda: all(status(engine, id) != "processing" for id in ids))
    working.stop()
    assert [status(engine, id) for id in ids] == ["failed", "answered"]
    trace = ticket_queries.trace(engine, ids[0])
    assert trace
    assert trace.failed == "RuntimeError in stage extract"
    assert [(span.stage, span.error) for span in trace.spans] == [
        ("receive", None),
        ("parse", None),
        ("screen", None),
        ("extract", "RuntimeError"),
        ("store", None),
    ]


def test_a_fault_that_passes_costs_a_try_and_not_the_email(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    handle, faults = pipeline.handle, iter([OSError(), OSError()])

    def shaky(*args: Any) -> Any:
        if fault := next(faults, None):
            raise fault
        return handle(*args)

    monkeypatch.setattr(pipeline, "handle", shaky)
    [id] = received(sqlite, "Charged twice")
    working = make(sqlite, threads=1)
    working.start()
    until(lambda: status(sqlite, id) != "processing")
    working.stop()
    assert status(sqlite, id) == "answered"


def test_mail_left_by_a_process_that_died_is_picked_up_at_the_next_start(engine: Engine) -> None:
    [id] = received(engine, "Charged twice")
    host, number, _ = leases.holder().split(" ")
    assert leases.take(engine, f"{host} {number} before-the-restart", now(), 3600)
    working = make(engine)
    working.start()
    until(lambda: status(engine, id) != "processing")
    working.stop()
    assert status(engine, id) == "answered"


def test_mail_accepted_by_another_process_is_found_without_being_told(sqlite: Engine) -> None:
    working = make(sqlite)
    working.start()
    [id] = received(sqlite, "Charged twice")  # nobody calls submit
    until(lambda: status(sqlite, id) == "answered")
    working.stop()


@pytest.mark.parametrize("restarts", [leases.MOST_LOST, leases.MOST_LOST + 1, 40])
def test_mail_whose_workers_died_in_every_try_goes_to_a_person_and_ends_no_more_workers(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, restarts: int
) -> None:
    [id] = received(engine, "Charged twice")
    for number in range(restarts):
        assert leases.take(engine, f"elsewhere {number} x", now() + timedelta(hours=number), 60)
    monkeypatch.setattr(pipeline, "handle", lambda *given: pytest.fail("it was tried once more"))
    later = now() + timedelta(days=2)
    assert Worker(engine, one_desk, Metrics(), 0, now=lambda: later).run(id)
    view, trace = ticket_queries.get(engine, id), ticket_queries.trace(engine, id)
    assert view
    assert view.handed_over
    assert trace
    assert (view.outcome, view.handed_over.reason, trace.failed) == ("handedOver", "not_handled", None)
    assert leases.take(engine, "elsewhere 99 x", later + timedelta(days=1), 60) is None
    (seen,) = traffic.recent(engine, None, None, 10)
    assert seen.reason == "not_handled"


def test_without_a_desk_mail_waits_untouched_until_there_is_one(sqlite: Engine) -> None:
    ready = threading.Event()

    def choose(key: str) -> Desk:
        if not ready.is_set():
            raise NoDesk("there is no help centre yet")
        return fakes.desk()

    [id] = received(sqlite, "Charged twice")
    working = make(sqlite, choose)
    with pytest.raises(NoDesk):
        working.run(id)
    working.start()
    assert status(sqlite, id) == "processing"
    ready.set()
    until(lambda: status(sqlite, id) == "answered")
    working.stop()


def test_stopping_finishes_what_is_in_hand_and_leaves_the_rest(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, handle = threading.Event(), threading.Event(), pipeline.handle

    def slow(*args: Any) -> Any:
        begun.set()
        go_on.wait(20)
        return handle(*args)

    monkeypatch.setattr(pipeline, "handle", slow)
    first, second = received(sqlite, "Charged twice", "Charged twice again")
    working = make(sqlite, threads=1)
    working.start()
    assert begun.wait(20)
    threading.Timer(0.05, go_on.set).start()
    working.stop()
    assert (status(sqlite, first), status(sqlite, second)) == ("answered", "processing")


def test_each_email_is_handled_by_the_desk_of_its_key(sqlite: Engine) -> None:
    keys: list[str] = []

    def choose(key: str) -> Desk:
        keys.append(key)
        return fakes.desk("canary" if key else "r1")

    [id] = received(sqlite, "Charged twice")
    assert make(sqlite, choose).run(id)
    view = ticket_queries.get(sqlite, id)
    assert view
    assert view.release == "canary"
    assert keys[-1].startswith("bytes:")


def test_bytes_that_turn_out_to_be_no_email_are_not_tried_again(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> Any:
        raise message.NotAnEmail("it has no header")

    [id] = received(sqlite, "Charged twice")
    monkeypatch.setattr(pipeline, "handle", refuse)
    assert make(sqlite).run(id)
    assert status(sqlite, id) == "failed"


def test_a_database_that_is_away_for_a_while_does_not_end_the_workers(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    take, faults = leases.take, iter([OperationalError("x", {}, OSError()) for _ in range(3)])

    def away(*args: Any) -> Any:
        if fault := next(faults, None):
            raise fault
        return take(*args)

    monkeypatch.setattr(leases, "take", away)
    [id] = received(sqlite, "Charged twice")
    working = make(sqlite, threads=1)
    working.start()
    until(lambda: status(sqlite, id) == "answered")
    working.stop()


@pytest.mark.parametrize("error", [ImportError("Using SOCKS proxy"), FileNotFoundError(2, "no such file"), KeyError("date"), SystemExit(1)])
def test_no_error_keeps_accepted_mail_from_being_handled_when_it_has_passed(sqlite: Engine, error: BaseException) -> None:
    errors = iter([error] * 6)

    def choose(key: str) -> Desk:
        if raised := next(errors, None):
            raise raised
        return fakes.desk()

    [id] = received(sqlite, "Charged twice")
    working = make(sqlite, choose)
    working.start()
    until(lambda: status(sqlite, id) == "answered")
    working.stop()


def test_a_thread_that_dies_is_replaced_and_told(sqlite: Engine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("service.logs.failed", lambda event, error, **facts: told.append(event))
    deaths = iter([SystemExit(), GeneratorExit()])

    def choose(key: str) -> Desk:
        if death := next(deaths, None):
            raise death
        return fakes.desk()

    working = make(sqlite, choose, threads=1)
    working.start()
    [id] = received(sqlite, "Charged twice")
    until(lambda: status(sqlite, id) == "answered")
    working.stop()
    assert told == ["worker.died", "worker.died"]


@pytest.mark.parametrize("restarts", [1, 3, 9])
def test_restarts_are_not_the_fault_of_the_mail_in_hand(sqlite: Engine, restarts: int) -> None:
    [id] = received(sqlite, "Charged twice")
    for number in range(restarts):
        assert leases.take(sqlite, f"elsewhere {number} x", now() + timedelta(hours=number), 60)
    assert Worker(sqlite, one_desk, Metrics(), 0, now=lambda: now() + timedelta(days=1)).run(id)
    assert status(sqlite, id) == "answered"


def test_stopping_waits_as_long_as_a_mail_may_take_and_gives_back_what_takes_longer(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, handle = threading.Event(), threading.Event(), pipeline.handle

    def slow(*args: Any) -> Any:
        begun.set()
        go_on.wait(20)
        return handle(*args)

    monkeypatch.setattr(pipeline, "handle", slow)
    [id] = received(sqlite, "Charged twice")
    working = make(sqlite, threads=1)
    working.start()
    assert begun.wait(20)
    assert working._longest > fakes.desk().release.budgets.email_seconds
    working.stop(timeout=0.05)
    again = leases.take(sqlite, "elsewhere 1 x", now(), 60)  # at once, and it counts as nobody's fault
    assert again
    assert (again.id, again.lost, again.faults) == (id, 1, 0)
    go_on.set()
    until(lambda: not working._threads[0].is_alive())
    assert status(sqlite, id) == "processing"  # who lost its lease saves nothing


def test_the_mail_of_a_worker_on_another_host_that_died_is_taken_over_in_seconds(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.worker.BEAT_S", 0.05)
    monkeypatch.setattr("service.worker.SILENT_S", 0.4)
    [id] = received(engine, "Charged twice")
    assert leases.take(engine, "far 1 a", now(), 3600)
    heartbeats.beat(engine, "far 1 a")  # its last
    working = make(engine)
    working.start()
    until(lambda: status(engine, id) == "answered")
    working.stop()


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), RuntimeError("can't start new thread"), KeyError("at")])
def test_no_error_ends_the_signs_of_life(sqlite: Engine, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr("service.worker.BEAT_S", 0.01)
    told: list[tuple[str, BaseException]] = []
    monkeypatch.setattr("service.logs.failed", lambda event, error, **facts: told.append((event, error)))
    beat, errors = heartbeats.beat, iter([error] * 3)

    def shaky(engine: Engine, name: str) -> None:
        if raised := next(errors, None):
            raise raised
        beat(engine, name)

    monkeypatch.setattr(heartbeats, "beat", shaky)
    working = make(sqlite)
    working.start()
    until(lambda: leases.holder() in heartbeats.living(sqlite, timedelta(seconds=10)))
    assert not working.is_dead
    working.stop()
    assert told == [("worker.no_heartbeat", error)] * 3


def test_a_worker_whose_signs_of_life_have_ended_all_the_same_is_dead(sqlite: Engine) -> None:
    working = make(sqlite)
    assert working.is_dead  # before it is started
    working._heart = threading.Thread(target=lambda: None)
    working.start()
    until(lambda: working.is_dead)
    assert all(thread.is_alive() for thread in working._threads)
    working.stop()
    assert not working.is_dead


def test_a_worker_goes_by_the_clock_of_the_database(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = now() + timedelta(hours=1)
    monkeypatch.setattr(database, "now", lambda session: ahead)
    assert make(engine)._now() == ahead
