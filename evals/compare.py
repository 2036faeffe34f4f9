"""Two runs compared case by case: how much better or worse each metric became, and how sure that is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from evals import intervals, scores
from evals.intervals import Numbers
from evals.results import ALL, PLACES, Results
from evals.scorers import metrics as scorers
from evals.scores import Total

RESAMPLES = 1000


@dataclass(frozen=True)
class Difference:
    """A metric on a slice in two runs, over the cases that both scored.

    `effect` is how much better the second run is, so a negative one is always worse, whichever direction the metric has; `low` and `high` are
    its 95 % interval. `p` is the one-sided probability of an effect as bad as this one if there were no difference.
    """

    metric: str
    slice: str
    n: int
    before: float
    after: float
    effect: float
    low: float
    high: float
    p: float
    worse: tuple[str, ...]
    better: tuple[str, ...]


def difference(before: Results, after: Results, metric: str, of: str = ALL) -> Difference | None:
    """Compare two runs on a metric and slice, as the second run has it; None where they share no scored case.

    Yes and no: McNemar's exact test. Numbers: a permutation test of the mean. Macro-F1 and percentiles: the bootstrap over cases.
    """
    declared = scorers.declared(metric)
    if isinstance(declared, Total) and declared.at is None:
        return _macro_f1(before, after, declared, of)
    old, new = before.values(metric), after.values(metric, of)
    shared = _shared(before, after, old, new)
    if not shared:
        return None
    sign = -1.0 if _lower_is_better(metric) else 1.0
    first, second = (np.round(np.array([values[case] for case in shared]), PLACES) for values in (old, new))
    gains = sign * (second - first)
    worse, better = _moved(shared, gains)
    if isinstance(declared, Total) and declared.at is not None:
        at = declared.at
        values = float(np.percentile(first, at)), float(np.percentile(second, at))
        low, high, p = _resampled(np.stack([first, second]), lambda rows: sign * (np.percentile(rows[1], at) - np.percentile(rows[0], at)))
        return Difference(metric, of, len(shared), *values, sign * (values[1] - values[0]), low, high, p, worse, better)
    bounds = intervals.mean(gains.tolist())
    low, high = (bounds.value if bound is None else bound for bound in (bounds.low, bounds.high))
    p = _mcnemar(gains) if set(np.unique(np.concatenate([first, second]))) <= {0.0, 1.0} else _permuted(gains)
    return Difference(metric, of, len(shared), float(first.mean()), float(second.mean()), bounds.value, low, high, p, worse, better)


def differences(before: Results, after: Results) -> list[Difference]:
    """Compare two runs on every metric and slice."""
    names = [one.name for one in scorers.DECLARED if one.better != "neither"]
    found = (difference(before, after, name, of) for name in names for of in sorted(after.members))
    return [one for one in found if one is not None]


@dataclass(frozen=True)
class Apart:
    """The cases that two runs do not share: changed between them, in the first alone, in the second alone. Nothing is compared by them."""

    edited: tuple[str, ...]
    missing: tuple[str, ...]
    new: tuple[str, ...]


def apart(before: Results, after: Results) -> Apart:
    """Return the cases by which two runs are not compared; those of splits that the second run left out do not count as missing."""
    old, new = before.cases, after.cases
    splits = {f"split={name}" for name in after.header.splits}
    wanted = [case for case in old if splits & set(before.slices.get(case, ()))]
    edited = tuple(sorted(case for case in old.keys() & new.keys() if old[case] != new[case]))
    return Apart(edited, tuple(sorted(set(wanted) - new.keys())), tuple(sorted(new.keys() - old.keys())))


def _shared(before: Results, after: Results, old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """Return the cases that both runs scored and that are the same in both."""
    return sorted(case for case in old.keys() & new.keys() if before.cases.get(case) == after.cases.get(case))


def _lower_is_better(metric: str) -> bool:
    declared = scorers.declared(metric)
    return declared is not None and declared.better == "lower"


def _moved(cases: Sequence[str], gains: Numbers) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the cases that became worse, the worst first, and those that became better."""
    order = np.argsort(gains, kind="stable")
    return tuple(cases[place] for place in order if gains[place] < 0), tuple(cases[place] for place in order[::-1] if gains[place] > 0)


def _mcnemar(gains: Numbers) -> float:
    """Return the one-sided exact probability (McNemar 1947) that the second run is no worse."""
    lost, won = int((gains < 0).sum()), int((gains > 0).sum())
    return float(stats.binomtest(lost, lost + won, 0.5, alternative="greater").pvalue) if lost + won else 1.0


def _permuted(gains: Numbers) -> float:
    moved = gains[gains != 0]
    if len(moved) < 2:
        return 0.5 if len(moved) and moved[0] < 0 else 1.0
    test = stats.permutation_test(
        (moved,), np.mean, permutation_type="samples", alternative="less", n_resamples=RESAMPLES * 2, vectorized=True, rng=np.random.default_rng(intervals.SEED)
    )  # fmt: skip
    return float(test.pvalue)


def _macro_f1(before: Results, after: Results, declared: Total, of: str) -> Difference | None:
    old, new = before.labels(declared.source), after.labels(declared.source, of)
    shared = _shared(before, after, old, new)
    if not shared:
        return None
    rows = np.array([[old[case] for case in shared], [new[case] for case in shared]])
    values = intervals.macro_f1(rows[0]), intervals.macro_f1(rows[1])
    low, high, p = _resampled(rows, lambda drawn: intervals.macro_f1(drawn[1]) - intervals.macro_f1(drawn[0]), 300)
    gains = np.array([float(_is_right(new[case])) - float(_is_right(old[case])) for case in shared])
    return Difference(declared.name, of, len(shared), *values, values[1] - values[0], low, high, p, *_moved(shared, gains))


def _is_right(label: str) -> bool:
    right, _, given = label.partition(">")
    return right == given


def _resampled(rows: npt.NDArray[Any], statistic: Callable[[npt.NDArray[Any]], float], resamples: int = RESAMPLES) -> tuple[float, float, float]:
    """Return the interval of a statistic over cases drawn anew, and the share of draws in which it is not below zero."""
    if np.array_equal(rows[0], rows[1]):
        return 0.0, 0.0, 1.0
    rng = np.random.default_rng(intervals.SEED)
    drawn = np.array([statistic(rows[:, rng.integers(0, rows.shape[1], rows.shape[1])]) for _ in range(resamples)])
    low, high = np.quantile(drawn, [(1 - intervals.LEVEL) / 2, (1 + intervals.LEVEL) / 2])
    return float(low), float(high), float((drawn >= 0).mean())


def by_case(before: Results, after: Results) -> Mapping[str, list[tuple[str, str, str]]]:
    """Return, for every case with any change, the metrics that changed with their values before and after."""
    changes: dict[str, list[tuple[str, str, str]]] = {}
    for metric, given in after.by_metric.items():
        if not scorers.unit(metric).share and scorers.unit(metric) is not scores.LABEL:
            continue
        earlier = before.by_metric.get(metric, {})
        for case in _shared(before, after, earlier, given):
            score = given[case]
            if earlier[case].value != score.value:
                changes.setdefault(case, []).append((metric, _shown(earlier[case].value), _shown(score.value)))
    return dict(sorted(changes.items()))


def _shown(value: float | str | None) -> str:
    return "not scored" if value is None else value if isinstance(value, str) else f"{value:g}"
