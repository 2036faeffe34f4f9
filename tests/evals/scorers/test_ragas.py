"""ragas' offline metrics are taken as they come, but for what is no score."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from evals.scorers import ragas
from evals.scorers.ragas import NotApplicable, Sample
from tests.evals.material import FEE, OTHER, answer, found, question_case, seen

pytestmark = pytest.mark.filterwarnings("ignore")  # ragas and what it pulls in warn of their own age


class FakeEncoder:
    """Gives every text the same direction, but for its length."""

    name, dimensions = "fake", 2

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        rows = np.array([[1.0, len(text) / 100] for text in texts], dtype=np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def _sample() -> Sample:
    passages = {"billing.md": [("Fees", FEE.text)], "other.md": [("More", OTHER.text)]}
    (sample,) = ragas.samples([question_case(headings=("fees",))], [seen(answer=answer(), search=found(FEE, OTHER))], passages)
    return sample


def test_scores_without_a_judge() -> None:
    scored = ragas.score([_sample()], FakeEncoder())
    values = {name: one.value for name, one in scored.scores.items() if one}
    assert values["id_context_precision"] == 0.5
    assert values["id_context_recall"] == 1
    assert values["non_llm_context_recall"] == 1
    assert values["string_presence"] == 1
    assert set(scored.unscored.values()) == {0}
    assert "faithfulness" not in scored.scores


@pytest.mark.parametrize("value", [math.nan, math.inf, -5e15, 1.2])
def test_counts_what_is_no_score(value: float) -> None:
    assert ragas._values(lambda sample: value, [_sample()]) == ([], 1)


def test_counts_a_metric_that_crashes_and_leaves_out_what_does_not_apply() -> None:
    def crashes(sample: Sample) -> float:
        raise ValueError("no")

    def silent(sample: Sample) -> float:
        raise NotApplicable

    assert ragas._values(crashes, [_sample()]) == ([], 1)
    assert ragas._values(silent, [_sample()]) == ([], 0)


def test_scores_an_even_part_of_many_questions() -> None:
    assert ragas.score([_sample()] * 7, FakeEncoder(), most=3).questions == 3


def test_makes_no_sample_of_a_question_without_an_answer() -> None:
    assert ragas.samples([question_case(answerable=False)], [seen(search=found(FEE))], {}) == []
