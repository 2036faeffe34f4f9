"""A reply that was paid for is kept before it is used: whatever ends a try, no finished call is made again, and none is booked nowhere."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError

from service import intake
from service.models.kept import prompt_hash
from service.storage import database, emails, leases, ticket_queries
from service.storage.database import reading
from service.storage.tables import Attempt
from service.telemetry.prometheus import Metrics
from service.worker import Worker
from tests.peers.material import extract_call
from tests.service import fakes
from tests.service.storage.paid import COST, LONG_AGO, Killed, Paid, desk, kept


def worker(engine: Engine, *models: Paid, days: int = 0) -> Worker:
    made = desk(*models)
    return Worker(engine, lambda key: made, Metrics(), 0, now=lambda: datetime.now(UTC) + timedelta(days=days))


def receive(engine: Engine, subject: str = "Charged twice") -> str:
    now = datetime.now(UTC)
    return emails.receive(engine, intake.arrival(fakes.mail(subject), now), now).id


def paid(engine: Engine, id: str) -> Decimal:
    with reading(engine) as session:
        return session.scalar(select(func.sum(Attempt.usd)).where(Attempt.owner_id == id)) or Decimal(0)


def killed(engine: Engine, id: str, model: Paid, monkeypatch: pytest.MonkeyPatch, days: int = 0, where: str = "save") -> None:
    """Let a process take up a mail, and die at the latest moment, when all is done but nothing saved."""

    def dies(*args: Any, **kwargs: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(emails, where, dies)
        with pytest.raises(Killed):
            worker(engine, model, days=days).run(id)


def test_a_mail_taken_up_again_pays_for_nothing_a_second_time(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    model, id = Paid(), receive(engine)
    killed(engine, id, model, monkeypatch)
    assert emails.spent_since(engine, LONG_AGO) == 2 * COST  # on record though nothing was saved
    killed(engine, id, model, monkeypatch, days=1)
    assert worker(engine, model, days=2).run(id)
    view = ticket_queries.get(engine, id)
    assert view
    assert view.cost
    assert (view.status, len(model.calls), Decimal(view.cost.usd or 0)) == ("answered", 2, 2 * COST)
    assert paid(engine, id) == emails.spent_since(engine, LONG_AGO) == 2 * COST
    assert kept(engine) == 0


def test_an_answer_that_was_no_answer_is_not_bought_again_either(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    model, spare, id = Paid(fails=9), Paid(provider="paid", name="spare"), receive(engine)
    with monkeypatch.context() as patch:
        patch.setattr(emails, "save", lambda *args: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            worker(engine, model, spare).run(id)
    assert worker(engine, model, spare, days=1).run(id)
    assert (len(model.calls), len(spare.calls)) == (2, 2)
    assert paid(engine, id) == 4 * COST


def test_a_try_that_failed_pays_once_and_the_next_one_reads(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    model, id = Paid(), receive(engine)
    with monkeypatch.context() as patch:
        patch.setattr(emails, "save", lambda *args: (_ for _ in ()).throw(KeyError("ours")))
        assert worker(engine, model).run(id)
    assert paid(engine, id) == 2 * COST
    assert worker(engine, model, days=1).run(id)
    assert (len(model.calls), paid(engine, id), emails.spent_since(engine, LONG_AGO)) == (2, 2 * COST, 2 * COST)


def test_what_a_lost_try_paid_for_in_vain_is_booked_all_the_same(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    model, other, id = Paid(), Paid(name="other"), receive(engine)
    killed(engine, id, model, monkeypatch)
    assert worker(engine, other, days=1).run(id)  # another release is in use by now
    assert (len(other.calls), paid(engine, id), kept(engine)) == (2, 4 * COST, 0)


def test_a_mail_that_was_given_up_and_is_sent_again_keeps_what_it_cost(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    model, id = Paid(), receive(engine)
    with monkeypatch.context() as patch:
        patch.setattr(emails, "save", lambda *args: (_ for _ in ()).throw(KeyError("ours")))
        for day in range(leases.MOST_TRIES):
            assert worker(engine, model, days=day).run(id)
    view = ticket_queries.get(engine, id)
    assert view
    assert view.status == "failed"
    assert receive(engine) == id
    assert worker(engine, model, days=9).run(id)
    assert (len(model.calls), paid(engine, id)) == (2, 2 * COST)


def test_a_reply_that_cannot_be_kept_is_used_all_the_same(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(session: Any) -> None:
        raise OperationalError("insert", {}, OSError("database or disk is full"))

    id = receive(sqlite)
    monkeypatch.setattr(database, "now", full)
    assert worker(sqlite, Paid()).run(id)
    view = ticket_queries.get(sqlite, id)
    assert view
    assert view.status == "answered"


def test_a_hash_is_of_what_is_asked_and_the_same_in_every_process() -> None:
    call = extract_call("I was charged twice.")
    assert prompt_hash(call, "m") == prompt_hash(extract_call("I was charged twice."), "m")
    others = [
        prompt_hash(call, "other"),
        prompt_hash(extract_call("I was charged thrice."), "m"),
        prompt_hash(replace(call, complaints=("no",), rejected=("{}",)), "m"),
        prompt_hash(replace(call, task="answer"), "m"),
    ]
    assert len({prompt_hash(call, "m"), *others}) == 5
