import numpy as np

from service.stages.check import alignment, evidence
from service.stages.check.evidence import Evidence, Passage
from service.text.word_runs import Floats
from tests.service.stages.check.material import BagsOfTokens

FERRY = Passage(
    "Crossings",
    "Fares",
    "A kayak is carried free of charge on weekdays. A caravan is charged by its length. Pets are not admitted to the lounge, unless they are guide dogs. "
    "A Saver fare cannot be changed. A Flex fare can be changed once.",
)
GAP, TURNED, LEFT_OUT, WORST_CLAUSE = 2, 29, 23, 17  # places in the row: lead of the best unit, negations turned over the same words, …


def described(sentence: str, passage: Passage = FERRY) -> Floats:
    return alignment.describe(sentence, evidence.choose(sentence, [passage], BagsOfTokens()), BagsOfTokens())


def test_a_row_has_the_shape_it_says_whatever_is_compared() -> None:
    for sentence in ("A kayak is carried free of charge on weekdays.", "?", "", "x" * 5000, "word " * 400):
        assert described(sentence).shape == (alignment.COUNT,)
        assert np.isfinite(described(sentence)).all()
    assert alignment.describe("Anything.", Evidence((Passage("", "", ""),), ()), BagsOfTokens()).tolist() == [0.0] * alignment.COUNT


def test_a_turned_negation_shows_over_the_same_words() -> None:
    assert described("Pets are admitted to the lounge.")[TURNED] > described("Pets are not admitted to the lounge.")[TURNED]


def test_a_condition_that_is_left_out_shows() -> None:
    kept = described("Pets are not admitted to the lounge, unless they are guide dogs.")
    assert described("Pets are not admitted to the lounge.")[LEFT_OUT] > kept[LEFT_OUT]


def test_a_clause_that_no_unit_carries_shows() -> None:
    true = described("A caravan is charged by its length.")
    glued = described("A caravan is charged by its length, and breakfast on deck costs nothing.")
    assert glued[WORST_CLAUSE] < true[WORST_CLAUSE]


def test_a_subject_from_another_unit_takes_from_the_best_units_lead() -> None:
    assert described("A caravan is carried free of charge on weekdays.")[0] < described("A kayak is carried free of charge on weekdays.")[0]
