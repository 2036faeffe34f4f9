"""Small charts as coordinates: drawn by the server as SVG in the very rows that hold their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """A stretch of a row, in percent of its width."""

    left: float
    width: float


@dataclass(frozen=True)
class Line:
    """A line through values, in a box of `width` by `height`, and the height at which the threshold stands."""

    points: str
    last: tuple[float, float]
    threshold: float | None
    width: int
    height: int


def bar(value: float | None, most: float, start: float = 0.0) -> Bar:
    """Return a value as a stretch of the row in which `most` fills all; a value that is there is seen."""
    if value is None or most <= 0:
        return Bar(0.0, 0.0)
    left = min(100.0, max(0.0, start / most * 100))
    return Bar(round(left, 2), round(min(100.0 - left, max(0.6, value / most * 100)), 2))


def line(values: Sequence[float], threshold: float | None, width: int = 160, height: int = 34) -> Line | None:
    """Return a line through values, oldest first; None where there are none."""
    if not values:
        return None
    known = [*values, *([threshold] if threshold is not None else [])]
    low, high = min(0.0, *known), max(known)
    span = (high - low) or 1.0
    inner, pad = height - 8, 4

    def y(value: float) -> float:
        return round(pad + inner - (value - low) / span * inner, 1)

    step = (width - 2 * pad) / max(1, len(values) - 1)
    places = [(round(pad + at * step, 1), y(value)) for at, value in enumerate(values)]
    if len(places) == 1:
        places = [(pad, places[0][1]), (width - pad, places[0][1])]
    return Line(" ".join(f"{x},{at}" for x, at in places), places[-1], None if threshold is None else y(threshold), width, height)
