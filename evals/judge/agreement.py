"""How far somebody's verdicts agree with the labels: Cohen's kappa with its interval, and where they part."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from evals import intervals
from evals.intervals import Estimate

RESAMPLES = 500
YES, NO = "True", "False"


@dataclass(frozen=True)
class Rated:
    """One verdict beside the right one. Cases with the same `material` are drawn together, for they are not independent.

    `given` is a verdict, a score that a cut makes one, or None where there is none.
    """

    case: str
    sort: str
    material: str
    right: str
    given: str | float | None


@dataclass(frozen=True)
class Wrong:
    """A case that was judged otherwise than it is labelled."""

    case: str
    sort: str
    right: str
    given: str


@dataclass(frozen=True)
class Agreement:
    """Agreement of one rater on one question: kappa with its interval, plain agreement, where they part, and the cases without a verdict.

    `counts` has the number of cases by `right>given`, `sorts` by how they were made (wrong, judged). Of a score: `cut` is where it becomes yes,
    `area` the probability that a yes has the higher score of a yes and a no.
    """

    rater: str
    question: str
    kappa: Estimate | None
    agreed: Estimate | None
    counts: Mapping[str, int]
    sorts: Mapping[str, tuple[int, int]]
    wrong: tuple[Wrong, ...]
    unscored: tuple[str, ...]
    cut: float | None = None
    cut_in_hindsight: bool = False
    area: Estimate | None = None


def measure(rater: str, question: str, rated: Sequence[Rated], cut: float | None = None) -> Agreement:
    """Hold verdicts against the labels. Scores become yes from `cut` on, or where it is None from where they then agree best, which flatters them."""
    judged = [one for one in rated if one.given is not None]
    scores = [one for one in judged if isinstance(one.given, float)]
    unscored = tuple(one.case for one in rated if one.given is None)
    area, in_hindsight = None, False
    if scores:
        in_hindsight = cut is None
        cut = best_cut(scores) if cut is None else cut
        area = _resampled(scores, lambda drawn: _area([one.right for one in drawn], [float(one.given or 0.0) for one in drawn]))
        judged = [replace(one, given=YES if float(one.given or 0.0) >= cut else NO) for one in judged]
    if not judged:
        return Agreement(rater, question, None, None, {}, {}, (), unscored)
    sorts = {
        sort: (sum(one.given != one.right for one in judged if one.sort == sort), sum(one.sort == sort for one in judged))
        for sort in dict.fromkeys(one.sort for one in judged)
    }
    return Agreement(
        rater=rater,
        question=question,
        kappa=_resampled(judged, lambda drawn: kappa(_columns(drawn))),
        agreed=intervals.share([float(one.given == one.right) for one in judged]),
        counts=dict(Counter(f"{one.right}>{one.given}" for one in judged)),
        sorts=sorts,
        wrong=tuple(Wrong(one.case, one.sort, one.right, str(one.given)) for one in judged if one.given != one.right),
        unscored=unscored,
        cut=cut if scores else None,
        cut_in_hindsight=in_hindsight,
        area=area,
    )


def kappa(rows: npt.NDArray[np.str_]) -> float:
    """Return Cohen's kappa (1960) of two columns of labels; 0 where chance alone explains everything."""
    one, two = rows[:, 0], rows[:, 1]
    observed = float(np.mean(one == two))
    expected = float(sum(np.mean(one == name) * np.mean(two == name) for name in np.union1d(one, two)))
    return (observed - expected) / (1 - expected) if expected < 1 else 0.0


def best_cut(scored: Sequence[Rated]) -> float:
    """Return the score from which on yes agrees best with the labels."""
    right = np.array([one.right for one in scored])
    values = np.array([float(one.given or 0.0) for one in scored])
    cuts = np.unique(values)
    return float(max(cuts, key=lambda cut: kappa(np.stack([right, np.where(values >= cut, YES, NO)], axis=1))))


def _area(right: Sequence[str], scores: Sequence[float]) -> float:
    """Return the area under the ROC curve: how often a yes scores above a no, a tie counting half; not a number without both."""
    given, yes = np.array(scores), np.array(right) == YES
    if yes.all() or not yes.any():
        return float("nan")
    difference = given[yes][:, None] - given[~yes][None, :]
    return float(np.mean((difference > 0) + 0.5 * (difference == 0)))


def _columns(rated: Sequence[Rated]) -> npt.NDArray[np.str_]:
    return np.array([(one.right, str(one.given)) for one in rated])


def _resampled(rated: Sequence[Rated], statistic: Callable[[Sequence[Rated]], float]) -> Estimate:
    """Estimate a statistic with the percentile bootstrap over materials."""
    groups: dict[str, list[Rated]] = {}
    for one in rated:
        groups.setdefault(one.material, []).append(one)
    listed = list(groups.values())
    found = intervals.resampled(
        np.arange(len(listed)), lambda drawn: statistic([one for place in drawn for one in listed[place]]), resamples=RESAMPLES
    )
    return replace(found, n=len(rated))
