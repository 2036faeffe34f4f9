import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from service import intake
from service.storage import emails, leases
from tests.service import fakes

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
SOON = NOON + timedelta(seconds=1)
HERE = leases.holder().split(" ")[0]


def received(engine: Engine, subject: str, at: datetime = NOON) -> str:
    return emails.receive(engine, intake.arrival(fakes.mail(subject), at), at).id


def test_the_longest_due_email_comes_first(engine: Engine) -> None:
    late, early = received(engine, "late", SOON), received(engine, "early", NOON)
    taken = [leases.take(engine, "host 1 a", SOON, 60) for _ in range(3)]
    assert [lease.id if lease else None for lease in taken] == [early, late, None]


def test_workers_that_reach_for_mail_at_once_never_get_the_same(engine: Engine) -> None:
    ids = {received(engine, str(number)) for number in range(20)}
    taken: list[str] = []

    def work(name: str) -> None:
        while lease := leases.take(engine, name, SOON, 60):
            taken.append(lease.id)

    threads = [threading.Thread(target=work, args=[f"host {number} a"]) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(ids)


def test_a_lease_that_ran_out_goes_to_another_worker(engine: Engine) -> None:
    id = received(engine, "one")
    assert leases.take(engine, "host 1 a", NOON, 60)
    assert leases.take(engine, "host 2 b", NOON + timedelta(seconds=59), 60) is None
    second = leases.take(engine, "host 2 b", NOON + timedelta(seconds=60), 60)
    assert second
    assert (second.id, second.tries) == (id, 2)


def test_one_email_can_be_asked_for(engine: Engine) -> None:
    received(engine, "first")
    wanted = received(engine, "second")
    lease = leases.take(engine, "host 1 a", NOON, 60, only=wanted)
    assert lease
    assert lease.id == wanted


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_a_dead_process_of_this_host_held_is_due_at_once(engine: Engine) -> None:
    id = received(engine, "one")
    assert leases.take(engine, f"{HERE} {ended_process()} old", NOON, 3600)
    assert leases.recover(engine, leases.holder(), SOON) == 1
    lease = leases.take(engine, leases.holder(), SOON, 60)
    assert lease
    assert lease.id == id


def test_what_an_earlier_process_of_the_same_number_held_is_due_at_once(engine: Engine) -> None:
    received(engine, "one")
    assert leases.take(engine, f"{HERE} {os.getpid()} earlier", NOON, 3600)
    assert leases.recover(engine, leases.holder(), SOON) == 1


def test_what_the_living_and_other_hosts_hold_is_left_to_them(engine: Engine) -> None:
    for number, holder in enumerate([leases.holder(), f"{HERE} {os.getppid()} x", f"elsewhere {ended_process()} x"]):
        received(engine, str(number))
        assert leases.take(engine, holder, NOON, 3600)
    assert leases.recover(engine, leases.holder(), SOON) == 0


def test_a_receiver_whose_clock_is_ahead_does_not_keep_mail_waiting(engine: Engine) -> None:
    now = datetime.now(UTC)
    id = received(engine, "from tomorrow", now + timedelta(hours=1))
    lease = leases.take(engine, "host 1 a", now + timedelta(seconds=5), 60)
    assert lease
    assert lease.id == id


def test_the_mail_of_a_worker_that_fell_silent_is_due_at_once_and_no_others(engine: Engine) -> None:
    received(engine, "one"), received(engine, "two")
    first, second = leases.take(engine, "far 1 a", NOON, 3600), leases.take(engine, "far 2 b", NOON, 3600)
    assert first
    assert second
    assert leases.take_over(engine, ["far 1 a"], SOON) == 1
    again = leases.take(engine, "host 3 c", SOON, 60)
    assert again
    assert again.id == first.id
    assert leases.take(engine, "host 3 c", SOON, 60) is None
    assert leases.take_over(engine, [], SOON) == 0
