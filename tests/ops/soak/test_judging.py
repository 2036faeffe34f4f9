"""What the soak calls a fault, from records made by hand."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from ops.soak import judging, mails
from ops.soak.judging import Ended, Kill, Verdict
from ops.soak.provider import Call

KILLED_AT = 100.0
EXTRACT, ANSWER = (1, "extract", 0), (1, "answer", 0)


def call(task: str = "extract", by: str = "first", finished: float | None = 90.0, mail: int = 1) -> Call:
    return Call(mail, task, 0, by, (finished or 90.0) - 0.4, finished)


def judged(*calls: Call, kept: tuple[Any, ...] = (), booked: Any = None, ids: tuple[str, ...] = ("a",), outcomes: Any = ("answered",)) -> Verdict:
    """Judge one mail, whose calls are booked once each where nothing else is said."""
    kill = Kill("first", KILLED_AT, frozenset(kept))
    on_record = Counter({one.key for one in calls}) if booked is None else Counter(booked)
    return judging.judge(1, {1: set(ids)}, calls, [kill], Ended({1: outcomes}, on_record))


def test_calls_that_were_asked_once_and_booked_are_no_fault() -> None:
    found = judged(call(), call("answer"), call("verify", by="second", finished=110.0))
    assert found.faults == {}
    assert (found.accepted, found.calls, found.finished_calls, found.in_flight, found.lost_at_a_kill) == (1, 3, 3, 0, 0)


def test_a_reply_that_was_kept_and_asked_for_again_is_a_fault_however_soon_the_kill_came() -> None:
    assert judged(call(finished=99.9), call(by="second", finished=120.0), kept=(EXTRACT,), booked={EXTRACT: 2}).faults == {"repeated": 1}


def test_a_reply_that_was_written_long_before_the_kill_and_asked_for_again_is_a_fault() -> None:
    assert judged(call(finished=KILLED_AT - 2 * judging.WINDOW_S), call(by="second", finished=120.0), booked={EXTRACT: 2}).faults == {"repeated": 1}


def test_a_call_that_was_asked_again_in_the_same_life_is_a_fault() -> None:
    assert judged(call(by="second", finished=120.0), call(by="second", finished=130.0), booked={EXTRACT: 2}).faults == {"repeated": 1}


def test_a_reply_lost_between_its_last_byte_and_its_commit_is_told_apart() -> None:
    found = judged(call(finished=KILLED_AT - 0.05), call(by="second", finished=120.0))
    assert found.faults == {}
    assert (found.lost_at_a_kill, found.longest_window_ms, found.finished_calls) == (1, 50, 2)


@pytest.mark.parametrize("finished", [None, KILLED_AT + 0.1])
def test_a_call_that_was_not_replied_to_while_its_server_lived_was_in_flight(finished: float | None) -> None:
    found = judged(call(finished=finished), call(by="second", finished=120.0))
    assert found.faults == {}
    assert (found.in_flight, found.lost_at_a_kill) == (1, 0)


def test_a_finished_call_without_its_cost_on_record_is_a_fault() -> None:
    assert judged(call(), call("answer"), booked={EXTRACT: 1}).faults == {"unbooked": 1}
    assert judged(call(finished=99.9), kept=(EXTRACT,), booked={}).faults == {"unbooked": 1}


def test_more_costs_on_record_than_calls_are_a_fault() -> None:
    assert judged(call(), booked={EXTRACT: 2, ANSWER: 1}).faults == {"booked_twice": 2}


@pytest.mark.parametrize("outcomes", [(), ("failed",), (None,)])
def test_an_accepted_mail_that_did_not_end_well_is_lost(outcomes: tuple[str | None, ...]) -> None:
    assert judged(call(), outcomes=outcomes).faults == {"lost": 1}


def test_a_mail_with_two_tickets_is_doubled() -> None:
    assert judged(call(), ids=("a", "b")).faults == {"doubled": 1}
    assert judged(call(), outcomes=("answered", "discarded")).faults == {"doubled": 1}


def test_a_call_about_no_mail_that_was_accepted_is_a_fault() -> None:
    assert judged(replace(call(), mail=2)).faults == {"unknown": 1}


def test_every_mail_is_known_by_its_word_and_no_two_are_the_same() -> None:
    made = list(mails.unique(700))
    assert [mails.number(raw.decode("utf-8", "replace").partition("Message-ID")[2]) for raw in made] == list(range(700))
    assert mails.number("See invoice 12345, Qzabc and Qzabcdef.") is None
