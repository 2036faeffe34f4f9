"""The path of one email, where what ends it is decided."""

from dataclasses import replace
from typing import Any

import pytest

from service import pipeline
from service.answers import Answer
from service.outcomes import Outcome
from service.stages import policy
from service.trace import Trace
from tests.service import fakes


class Draftless(fakes.FakeRoutes):
    """Finds an answer in nothing."""

    def complete(self, call: Any, accept: Any, *others: Any) -> Any:
        """Answer tickets as ever, and questions with no sentence."""
        if call.task == "extract":
            return super().complete(call, accept, *others)
        return super().complete(call, lambda completion: accept(replace(completion, text='{"sentences": []}')), *others)


def handled(subject: str, routes: Any = None, events: frozenset[str] = frozenset(), text: str = "I was charged twice.") -> Outcome:
    """Take a mail through a desk that sees these events in it."""
    desk = replace(fakes.desk(), events_seen=lambda screened: events)
    return pipeline.handle(fakes.mail(subject, text=text), replace(desk, routes=routes) if routes else desk, Trace())


@pytest.mark.parametrize(
    ("subject", "text", "routes", "reason"),
    [
        ("Charged twice", "I was charged twice.", Draftless(), "no_answer"),
        ("unknown thing", "What is this?", None, "nothing_found"),
        ("no thanks", "Is Friday the end of it, or what?", None, "unclear"),
    ],
)
def test_a_legal_notice_is_for_a_person_whatever_else_would_have_ended_its_path(subject: str, text: str, routes: Any, reason: str) -> None:
    plain, notice = handled(subject, routes, text=text), handled(subject, routes, frozenset({"legal_notice"}), text)

    assert plain.handed_over
    assert plain.handed_over.reason == reason
    assert notice.handed_over
    assert notice.handed_over.reason == "needs_a_person"
    assert notice.handed_over.detail == policy.grave(frozenset({"legal_notice"}), fakes.desk().release.policy)


def test_what_the_check_left_is_there_whether_it_was_given_or_held_back() -> None:
    given, held = handled("Charged twice"), handled("Charged twice", events=frozenset({"legal_notice"}))

    assert given.checked == given.given
    assert held.given is None
    assert isinstance(held.checked, Answer)
    assert held.checked.checked == 1
