"""What is paid for a question is on record before it is used: whatever ends it, once, and nobody else reads its replies."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import OperationalError

from service import asking
from service.asking import Enquiries
from service.models.circuit_breaker import Breakers
from service.models.costs import Budget, Prices
from service.models.routing import Route, Routes
from service.storage import emails, kept_replies
from service.storage.database import reading, writing
from service.storage.tables import Attempt, KeptReply, Question
from tests.service import fakes
from tests.service.storage.paid import COST, LONG_AGO, PRICE, Killed, Paid, desk, kept


def ask(engine: Engine, model: Paid) -> None:
    Enquiries(engine, None).ask("Who pays?", desk(model))


def follow(engine: Engine, model: Paid) -> None:
    assert len(list(Enquiries(engine, None).follow("Who pays?", desk(model)))) == 2


def counted(engine: Engine) -> tuple[int, int, Decimal]:
    """Return how many questions are stored, how many calls are on record, and what these cost."""
    with reading(engine) as session:
        calls, usd = session.execute(select(func.count(), func.sum(Attempt.usd))).one()
        return session.scalar(select(func.count()).select_from(Question)) or 0, calls, usd or Decimal(0)


ENDS: dict[str, tuple[str, BaseException]] = {
    "killed before it is stored": ("service.storage.emails.save_question", Killed()),
    "the database is away": ("service.storage.emails.save_question", OperationalError("insert", {}, OSError("disk is full"))),
    "our own fault after the reply": ("service.pipeline.chain.check", KeyError("ours")),
}


def ends(raised: BaseException) -> Callable[..., Any]:
    """Return a function that ends in an exception."""

    def raises(*args: Any, **kwargs: Any) -> Any:
        raise raised

    return raises


def lost(engine: Engine, model: Paid, monkeypatch: pytest.MonkeyPatch, how: str = "killed before it is stored") -> None:
    """Ask a question whose reply is paid for, and that is never stored."""
    where, raised = ENDS[how]
    with monkeypatch.context() as patch:
        patch.setattr(where, ends(raised))
        with pytest.raises(type(raised)):
            ask(engine, model)


@pytest.mark.parametrize("asked", [ask, follow])
def test_a_question_that_is_stored_is_paid_and_booked_once_and_keeps_nothing(engine: Engine, asked: Callable[[Engine, Paid], None]) -> None:
    asked(engine, Paid())
    assert (counted(engine), kept(engine), emails.spent_since(engine, LONG_AGO)) == ((1, 1, COST), 0, COST)
    with reading(engine) as session:
        attempt, question = session.scalars(select(Attempt)).one(), session.scalars(select(Question)).one()
    assert (attempt.question_id, attempt.owner_id, attempt.email_id, question.usd) == (question.id, question.id, None, COST)


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("asked", [ask, follow])
def test_what_a_lost_question_cost_is_on_record_at_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, how: str, asked: Callable[[Engine, Paid], None]
) -> None:
    where, raised = ENDS[how]
    monkeypatch.setattr(where, ends(raised))
    with pytest.raises(type(raised)):
        asked(engine, Paid())
    assert (counted(engine), emails.spent_since(engine, LONG_AGO)) == ((0, 0, Decimal(0)), COST)


def test_a_failed_answer_to_a_lost_question_is_on_record_too(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    lost(engine, Paid(fails=9), monkeypatch)
    assert emails.spent_since(engine, LONG_AGO) == COST


@pytest.mark.parametrize("how", ENDS)
def test_the_next_reply_books_what_a_lost_question_cost_and_keeps_no_word_of_it(engine: Engine, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    lost(engine, Paid(), monkeypatch, how)
    ask(engine, Paid())
    assert (counted(engine), kept(engine)) == ((1, 1, COST), 1)  # it may be in hand elsewhere
    with writing(engine) as session:
        session.execute(update(KeptReply).values(at=datetime.now(UTC) - kept_replies.LOST_AFTER))
    ask(engine, Paid())
    assert (counted(engine), kept(engine), emails.spent_since(engine, LONG_AGO)) == ((2, 3, 3 * COST), 0, 3 * COST)


def test_the_same_words_asked_again_are_another_question_and_pay_for_themselves(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Paid()
    lost(engine, model, monkeypatch)
    ask(engine, model)
    assert (len(model.calls), counted(engine), emails.spent_since(engine, LONG_AGO)) == (2, (1, 1, COST), 2 * COST)


def test_a_question_of_the_same_id_reads_what_was_paid_for_it(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Paid()
    monkeypatch.setattr(asking.ids, "new", lambda at: "q")
    lost(engine, model, monkeypatch)
    ask(engine, model)
    assert (len(model.calls), counted(engine), kept(engine), emails.spent_since(engine, LONG_AGO)) == (1, (1, 1, COST), 0, COST)


def test_a_question_that_was_given_up_and_is_stored_all_the_same_is_booked_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    save = emails.save_question

    def late(*args: Any) -> None:
        with writing(engine) as session:
            assert kept_replies.give_up(session) == 1
        assert (counted(engine), kept(engine)) == ((0, 1, COST), 0)
        save(*args)

    monkeypatch.setattr(emails, "save_question", late)
    ask(engine, Paid())
    assert (counted(engine), emails.spent_since(engine, LONG_AGO)) == ((1, 1, COST), COST)


def test_a_question_that_is_stored_while_it_is_given_up_is_booked_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    save = emails.save_question

    def meanwhile(*args: Any) -> None:
        with writing(engine) as session:
            assert kept_replies.give_up(session) == 1
            saving = threading.Thread(target=save, args=args)
            saving.start()
            saving.join(0.3)
            assert saving.is_alive()  # it waits
        saving.join()

    monkeypatch.setattr(emails, "save_question", meanwhile)
    ask(engine, Paid())
    assert (counted(engine), kept(engine), emails.spent_since(engine, LONG_AGO)) == ((1, 1, COST), 0, COST)


def test_the_days_budget_holds_what_a_question_cost_until_it_is_stored(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    day, held, save, model = Budget(None), list[Decimal](), emails.save_question, Paid()
    routes: Any = Routes({"answer": [(Route(model.provider, model.name), model)]}, Breakers(lambda: 0.0), day, Prices([PRICE]))
    monkeypatch.setattr(emails, "save_question", lambda *args: (held.append(day.held), save(*args)))
    Enquiries(sqlite, None).ask("Who pays?", replace(fakes.desk(), routes=routes))
    assert (held, day.held) == ([COST], 0)
