"""Intervals come from scipy and say what textbooks say."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from evals import intervals


def test_gives_wilsons_interval() -> None:
    estimate = intervals.share([1.0] * 8 + [0.0] * 2)
    assert estimate.value == 0.8
    assert (estimate.low, estimate.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Wilson 1927, as in any table


def test_is_not_sure_of_a_clean_sheet() -> None:
    estimate = intervals.share([1.0] * 10)
    assert estimate.high == 1
    assert estimate.low is not None
    assert estimate.low < 0.75


def test_narrows_with_more_cases() -> None:
    few, many = intervals.mean([0.0, 0.5, 1.0] * 5), intervals.mean([0.0, 0.5, 1.0] * 50)
    assert few.low is not None
    assert many.low is not None
    assert few.low < many.low < 0.5


def test_gives_the_same_interval_every_time() -> None:
    assert intervals.mean([0.1, 0.9, 0.4, 0.3]) == intervals.mean([0.1, 0.9, 0.4, 0.3])


def test_gives_no_bounds_to_a_single_case() -> None:
    assert (intervals.mean([0.4]).low, intervals.mean([0.4]).high) == (None, None)


@pytest.mark.parametrize(("rate", "n"), [(0.8, 100), (0.95, 60), (0.5, 400)])
def test_finds_the_drop_that_a_simulated_sample_shows(rate: float, n: int) -> None:
    drop = intervals.detectable_drop(rate, n)
    assert drop is not None
    least = rate - stats.norm.ppf(0.95) * np.sqrt(rate * (1 - rate) / n)
    draws = np.random.default_rng(1).binomial(n, rate - drop, 4000) / n
    assert (draws < least).mean() == pytest.approx(0.8, abs=0.06)


def test_says_where_no_drop_could_be_shown() -> None:
    assert intervals.detectable_drop(0.1, 5) is None
    assert intervals.detectable_drop(0.9, 1) is None


def test_averages_f1_over_the_classes() -> None:
    right, given = ["high", "high", "low", "null", "medium"], ["high", "low", "low", "null", "high"]
    labels = np.array([f"{a}>{b}" for a, b in zip(right, given, strict=True)])
    assert intervals.macro_f1(labels) == pytest.approx(f1_score(right, given, average="macro", zero_division=0))
