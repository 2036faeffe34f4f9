"""What says the opposite of its evidence is seen by its words: opposites, and words that turn a rule round."""

import pytest

from service.stages.check import evidence, polarity
from service.stages.check.evidence import Passage
from tests.service.stages.check.material import BagsOfTokens


def described(sentence: str, text: str) -> list[float]:
    return polarity.describe(sentence, evidence.choose(sentence, [Passage("", "", text)], BagsOfTokens()))


def test_gives_a_number_for_each_feature() -> None:
    assert len(described("The pool opens at nine.", "The pool opens at nine.")) == polarity.COUNT


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("Deposits are accepted by cheque.", "Deposits by cheque are refused."),
        ("Parking is free for guests.", "Parking is charged for guests."),
        ("The desk is closed on Sundays.", "The desk is open on Sundays."),
    ],
)
def test_an_opposite_of_what_the_evidence_says_is_counted(sentence: str, text: str) -> None:
    assert described(sentence, text)[0] == 1
    assert described(text, text)[0] == 0


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("You may cancel even if the van has left.", "You may cancel only if the van has not left."),
        ("Bicycles may be brought whether or not you booked.", "Bicycles may be brought only where you booked."),
    ],
)
def test_a_concession_beside_a_restriction_is_counted(sentence: str, text: str) -> None:
    concession = -7
    assert described(sentence, text)[concession] > 0
    assert described(text, text)[concession] == 0
