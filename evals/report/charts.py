"""What the plots of a report show, as numbers that its template draws: no script, no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.results import Measure, Results

URGENCIES = ("high", "medium", "low", "null")
WIDTH, HEIGHT = 480, 260  # of the curve's box


@dataclass(frozen=True)
class Rate:
    """A share as a dot with its interval, in percent of a row."""

    name: str
    n: int
    value: float
    low: float
    high: float
    lower: bool


@dataclass(frozen=True)
class Rates:
    """A plot of shares, one a row."""

    title: str
    rows: tuple[Rate, ...]


@dataclass(frozen=True)
class Curve:
    """Risk against coverage as a line in a box, with its operating points by name."""

    points: str
    marks: tuple[tuple[str, float, float], ...]
    width: int = WIDTH
    height: int = HEIGHT


def rates(measures: Sequence[Measure], title: str) -> Rates:
    """Lay out shares with their intervals: by metric, or by slice where they are all of one metric."""
    by_slice = len({one.metric for one in measures}) == 1 and len(measures) > 1
    return Rates(title, tuple(_rate(one, one.slice.partition("=")[2] if by_slice else one.metric) for one in measures))


def _rate(one: Measure, name: str) -> Rate:
    value = one.estimate.value
    low, high = (value if bound is None else bound for bound in (one.estimate.low, one.estimate.high))
    return Rate(name, one.estimate.n, round(100 * value, 1), round(100 * low, 1), round(100 * high, 1), one.better == "lower")


def confusion(results: Results) -> list[tuple[str, list[tuple[int, float]]]]:
    """Return the rows of right urgencies with the counts of given ones, and what share of its row each is."""
    table = {right: dict.fromkeys(URGENCIES, 0) for right in URGENCIES}
    for label in results.labels("urgency_label").values():
        right, _, given = label.partition(">")
        table[right][given] += 1
    return [(right, [(count, round(count / max(1, sum(row.values())), 2)) for count in row.values()]) for right, row in table.items()]


def risk_coverage(found: Mapping[str, Any]) -> Curve:
    """Lay out risk against coverage."""
    line = " ".join("{},{}".format(*_place(point["coverage"], point["risk"])) for point in found["points"])
    names = (("at_floor", "at the floor"), ("end_to_end", "whole path: answers not right and complete"))
    return Curve(line, tuple((name, *_place(found[key]["coverage"], found[key]["risk"])) for key, name in names if found.get(key)))


def _place(coverage: float, risk: float) -> tuple[float, float]:
    return round(coverage * WIDTH, 1), round((1 - risk) * HEIGHT, 1)
