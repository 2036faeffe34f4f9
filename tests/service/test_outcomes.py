import pytest

from ingestion.mail import message
from service import outcomes
from service.answers import Answer, Discarded, HandedOver, Sentence
from service.outcomes import Outcome
from tests.service import fakes

ANSWER = Answer((Sentence("It is returned.", ("p1",), 0.9),), ())


@pytest.mark.parametrize(
    ("handed_over", "discarded", "failed", "said"),
    [
        (None, None, None, "answered"),
        ("policy", None, None, "handedOver"),
        (None, "a newsletter", None, "discarded"),
        (None, None, "boom", "failed"),
        ("policy", None, "boom", "failed"),
        ("policy", "a bounce", None, "discarded"),
        ("", "", "", "answered"),
    ],
)
def test_there_is_one_word_for_every_end(handed_over: object, discarded: object, failed: object, said: str) -> None:
    assert outcomes.ended(handed_over, discarded, failed) == said


def test_an_answer_that_a_person_must_see_first_is_not_given() -> None:
    outcome = Outcome(message.parse(fakes.mail()), answer=ANSWER)
    assert (outcome.ended, outcome.why, outcome.given) == ("answered", "", ANSWER)
    outcome.handed_over = HandedOver("needs_a_person", "safety", ANSWER)
    assert (outcome.ended, outcome.why, outcome.given) == ("handedOver", "needs_a_person", None)


def test_a_discard_tells_its_ground() -> None:
    outcome = Outcome(message.parse(fakes.mail()), discarded=Discarded("this is a bounce", "bounce"))
    assert (outcome.ended, outcome.why, outcome.given) == ("discarded", "this is a bounce", None)
