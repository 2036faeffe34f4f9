"""What is gained by answering less: risk against coverage, and where the release stands on that curve."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from evals import intervals
from evals.cases import QuestionCase
from evals.intervals import Estimate
from evals.observation import Observed
from evals.scorers import answers, retrieval

DEPTH = 5  # passages in which the right article must be for a search to count as right


@dataclass(frozen=True)
class Point:
    """Answering the `coverage` most confident questions, `risk` of them go wrong; `confidence` is the least confident one's, over the floor."""

    coverage: float
    risk: float
    confidence: float


@dataclass(frozen=True)
class Curve:
    """Risk against coverage of the search (El-Yaniv and Wiener 2010), its area, and how well confidence tells answerable from not (AUROC).

    A search is right when its question has an answer and a right article is among the first DEPTH passages. `at_floor` is where the floor cuts
    the curve, `end_to_end` where the whole path ends: share answered, and of the answers the share that is not right and complete.
    """

    points: tuple[Point, ...]
    area: float
    auroc: Estimate | None
    at_floor: Point | None
    end_to_end: Point | None


def curve(cases: Sequence[QuestionCase], observed: Sequence[Observed]) -> Curve | None:
    """Draw the curve of the questions that were searched; None where there are none."""
    pairs = [(case, seen) for case, seen in zip(cases, observed, strict=True) if seen.search is not None]
    if not pairs:
        return None
    margins = np.array([seen.search.confidence - seen.search.floor for _, seen in pairs if seen.search])
    right = np.array([case.answerable and retrieval.hit_at(retrieval.ranked(seen), case.articles, DEPTH) for case, seen in pairs])
    order = np.argsort(-margins, kind="stable")
    risks = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    points = tuple(Point((place + 1) / len(order), float(risks[place]), float(margins[number])) for place, number in enumerate(order))
    above = [point for point in points if point.confidence >= 0]
    given = [answers.is_right(case, seen) for case, seen in pairs if seen.answer is not None]
    end = Point(len(given) / len(pairs), 1 - sum(given) / len(given), 0.0) if given else None
    return Curve(points, float(risks.mean()), _auroc(pairs, margins), above[-1] if above else None, end)


def _auroc(pairs: Sequence[tuple[QuestionCase, Observed]], margins: intervals.Numbers) -> Estimate | None:
    answerable = np.array([case.answerable for case, _ in pairs])
    if answerable.all() or not answerable.any():
        return None
    rows = np.stack([margins, answerable.astype(float)], axis=1)

    def area(rows: intervals.Numbers) -> float:
        positive, negative = rows[rows[:, 1] == 1, 0], rows[rows[:, 1] == 0, 0]
        if not len(positive) or not len(negative):
            return 0.5  # a draw of one class alone tells nothing
        return float(stats.mannwhitneyu(positive, negative).statistic) / (len(positive) * len(negative))

    return intervals.resampled(rows, area, resamples=300)
