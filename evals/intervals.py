"""How sure a measured number is: intervals at 95 % and the smallest drop that a sample can show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

LEVEL = 0.95
RESAMPLES = 2000
SEED = 20261123
POWER = 0.8
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A number measured on `n` cases with its interval; the bounds are None where there are too few to give any."""

    value: float
    low: float | None
    high: float | None
    n: int


def share(values: Sequence[float]) -> Estimate:
    """Estimate the share of ones among zeros and ones, with the Wilson interval."""
    count, n = int(sum(values)), len(values)
    bounds = stats.binomtest(count, n).proportion_ci(LEVEL, method="wilson")
    return Estimate(count / n, float(bounds.low), float(bounds.high), n)


def mean(values: Sequence[float]) -> Estimate:
    """Estimate a mean, with the percentile bootstrap interval."""
    return resampled(np.asarray(values, dtype=np.float64), np.mean, vectorized=True)


def resampled(values: npt.NDArray[Any], statistic: Callable[..., Any], vectorized: bool = False, resamples: int = RESAMPLES) -> Estimate:
    """Estimate any statistic of an array of cases, with the percentile bootstrap interval. The same values always give the same interval."""
    value, n = float(statistic(values)), len(values)
    if n < 2:
        return Estimate(value, None, None, n)
    if vectorized and np.ptp(values) == 0:
        return Estimate(value, value, value, n)
    source: npt.NDArray[Any] = values if vectorized else np.arange(n)
    drawn = statistic if vectorized else lambda places: statistic(values[places])
    found = stats.bootstrap(
        (source,), drawn, n_resamples=resamples, confidence_level=LEVEL, method="percentile", vectorized=vectorized, rng=np.random.default_rng(SEED)
    ).confidence_interval
    low, high = float(found.low), float(found.high)
    return Estimate(value, None if np.isnan(low) else low, None if np.isnan(high) else high, n)


def detectable_drop(rate: float, n: int, alpha: float = 0.05) -> float | None:
    """Return the smallest drop of a rate that n cases would show with power .8 (one-sided, normal approximation); None where none would."""
    if n < 2 or rate <= 0:
        return None
    z = stats.norm.ppf(1 - alpha)

    def short(drop: float) -> float:
        lower = rate - drop
        spread = np.sqrt(max(rate * (1 - rate), 0.25 / n) / n)
        spread_lower = np.sqrt(max(lower * (1 - lower), 0.25 / n) / n)
        return float(stats.norm.cdf((drop - z * spread) / spread_lower)) - POWER

    if short(rate) < 0:
        return None
    return float(optimize.brentq(short, 1e-9, rate))


def macro_f1(labels: npt.NDArray[np.str_]) -> float:
    """Return the macro-averaged F1 of labels written `right>given`, over the classes that occur in either."""
    pairs = np.char.partition(labels, ">")
    right, given = pairs[:, 0], pairs[:, 2]
    scores = []
    for name in np.union1d(right, given):
        both = np.sum((right == name) & (given == name))
        scores.append(2 * both / (np.sum(right == name) + np.sum(given == name)))
    return float(np.mean(scores))
