"""Agreement with the labels is kappa, and what has no verdict is counted apart."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from evals.judge import agreement
from evals.judge.agreement import Rated


def _rated(*pairs: tuple[str, str | float | None]) -> list[Rated]:
    return [Rated(f"case-{place}", "right", f"passage {place}", right, given) for place, (right, given) in enumerate(pairs)]


def test_is_cohens_kappa() -> None:
    one, two = list("aabbbcca"), list("abbbacca")
    assert agreement.kappa(np.array([one, two]).T) == pytest.approx(cohen_kappa_score(one, two))
    assert agreement.kappa(np.array([["a", "a"], ["a", "a"]])) == 0


def test_counts_where_verdicts_part_and_what_has_none() -> None:
    found = agreement.measure("somebody", "supported", _rated(("True", "True"), ("False", "True"), ("True", "False"), ("False", None)))
    assert found.counts == {"True>True": 1, "False>True": 1, "True>False": 1}
    assert [one.case for one in found.wrong] == ["case-1", "case-2"]
    assert found.unscored == ("case-3",)
    assert found.sorts == {"right": (2, 3)}


def test_makes_a_score_yes_from_its_cut_on_and_says_where_the_cut_was_chosen_in_hindsight() -> None:
    rated = _rated(*(("True", 0.9), ("True", 0.4), ("False", 0.5), ("False", 0.1)) * 6)
    fixed, chosen = agreement.measure("a", "answers", rated, 0.95), agreement.measure("a", "answers", rated)
    assert fixed.counts == {"True>False": 12, "False>False": 12}
    assert not fixed.cut_in_hindsight
    assert chosen.cut_in_hindsight
    assert chosen.cut in (0.4, 0.9)
    assert chosen.area is not None
    assert chosen.area.value == pytest.approx(roc_auc_score([1, 1, 0, 0], [0.9, 0.4, 0.5, 0.1]))


def test_scores_nothing_where_nobody_gave_a_verdict() -> None:
    found = agreement.measure("somebody", "supported", _rated(("True", None)))
    assert found.kappa is None
    assert found.unscored == ("case-0",)
