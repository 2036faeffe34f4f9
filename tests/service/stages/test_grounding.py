"""What a passage does not support never reaches a customer."""

import numpy as np
import pytest

from retrieval.passages import Found, Passage
from service.answers import Draft, DraftSentence, HandedOver
from service.local.classifier import Weigher
from service.local.events import Head
from service.release import Checks
from service.stages import grounding
from service.stages.grounding import Checker
from tests.service.local.bags import Bags

PASSAGE = "Refunds take five working days. Shipping costs are not refunded.\n\n| Plan | Price |\n|---|---|\n| Small | £4 |\n| Large | £9 |"
ROWS = [
    {"passage": f"The {thing} costs {price} euro. It arrives in {price} days.", "sentence": sentence, "supported": good}
    for thing, price in [("kettle", 5), ("lamp", 7), ("chair", 9), ("table", 12), ("mug", 3), ("rug", 40)]
    for sentence, good in [
        (f"The {thing} costs {price} euro.", True),
        (f"It costs {price} euro for the {thing}.", True),
        (f"The {thing} costs {price + 1} euro.", False),
        ("Elephants never forget a birthday.", False),
    ]
]


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(Bags(), grounding.learn(ROWS, Bags()))


def draft(*sentences: tuple[str, str]) -> Draft:
    return Draft(tuple(DraftSentence(text, (label,)) for text, label in sentences), {"p1": Found(Passage("1", "a.md", "A", "", PASSAGE), 1.0, 0.5)})


def test_keeps_a_quoted_sentence_with_its_citation(checker: Checker) -> None:
    answer = grounding.check(draft(("Refunds take five working days.", "p1")), checker, Checks())
    assert answer.text == "Refunds take five working days."
    assert [(one.id, one.quote) for one in answer.citations] == [("p1", "Refunds take five working days.")]


def test_keeps_a_quoted_table_row(checker: Checker) -> None:
    assert grounding.check(draft(("Plan: Large; Price: £9", "p1")), checker, Checks()).sentences[0].support == 1.0


def test_strikes_a_sentence_that_its_passage_does_not_support(checker: Checker) -> None:
    made = draft(("Refunds take five working days.", "p1"), ("Elephants never forget a birthday.", "p1"))
    answer = grounding.check(made, checker, Checks())
    assert [one.text for one in answer.sentences] == ["Refunds take five working days."]
    assert [one.text for one in answer.struck] == ["Elephants never forget a birthday."]


def test_strikes_a_sentence_that_cites_nothing_that_was_found(checker: Checker) -> None:
    made = draft(("Refunds take five working days.", "p1"), ("Refunds take five working days.", "p9"))
    assert grounding.check(made, checker, Checks()).struck[0].why == "cites no passage that was found"


def test_hands_over_when_most_of_the_draft_is_unsupported(checker: Checker) -> None:
    with pytest.raises(HandedOver) as caught:
        grounding.check(
            draft(("Elephants never forget a birthday.", "p1"), ("Tigers swim.", "p1"), ("Refunds take five working days.", "p1")), checker, Checks()
        )
    assert caught.value.reason == "unsupported"
    assert caught.value.draft is not None


def test_keeps_everything_when_the_release_switches_the_check_off(checker: Checker) -> None:
    answer = grounding.check(draft(("Elephants never forget a birthday.", "p1")), checker, Checks(grounding=False))
    assert len(answer.sentences) == 1


def test_a_changed_number_supports_less(checker: Checker) -> None:
    right, _ = checker.support("It costs 5 euro to send it.", ["To send it costs 5 euro."])
    wrong, _ = checker.support("It costs 6 euro to send it.", ["To send it costs 5 euro."])
    assert wrong < right


def test_a_weigher_without_opinion_is_undecided() -> None:
    width = len(grounding.FEATURES)
    head = Head(np.zeros((width + width * (width + 1) // 2, 2), np.float32), np.zeros(2, np.float32))
    nothing = Weigher(head, np.zeros(width, np.float32), np.ones(width, np.float32))
    assert Checker(Bags(), nothing).support("Tigers swim.", [PASSAGE])[0] == pytest.approx(0.5)
