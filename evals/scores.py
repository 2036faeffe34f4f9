"""What a scorer gives: a value with its reason, or the record of its own failure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from evals.cases import Case
from evals.observation import Observed

Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class Verdict:
    """What one scorer says of one case: yes or no, a number, or a label; and why."""

    value: bool | float | str
    reason: str = ""


Scorer = Callable[[Any, Observed], Verdict | None]


@dataclass(frozen=True)
class Metric:
    """A scorer with its name and direction. `families` are the case classes it is for; it gives None where it does not apply.

    `unit` says how it is shown: a share of cases, a mean of numbers, or counts of labels.
    """

    name: str
    score: Scorer
    families: tuple[type, ...]
    says: str
    better: Better = "higher"
    unit: Literal["share", "mean", "label"] = "share"


@dataclass(frozen=True)
class Score:
    """A metric's value for one case. Yes and no are 1 and 0; a scorer that crashed has an `error` and no value."""

    metric: str
    case: str
    value: float | str | None
    reason: str = ""
    error: str | None = None


def score(metrics: Iterable[Metric], case: Case, seen: Observed) -> list[Score]:
    """Apply every metric that is for this kind of case. A scorer that crashes is recorded as a failure, never as a zero."""
    scores = []
    for metric in metrics:
        if not isinstance(case, metric.families):
            continue
        try:
            verdict = metric.score(case, seen)
        except Exception as exc:  # the outer edge of scoring: the crash is the record
            scores.append(Score(metric.name, case.id, None, error=f"{type(exc).__name__}: {exc}"))
            continue
        if verdict is not None:
            value = verdict.value if isinstance(verdict.value, str) else float(verdict.value)
            if value != value:
                scores.append(Score(metric.name, case.id, None, error="not a number"))
            else:
                scores.append(Score(metric.name, case.id, value, verdict.reason))
    return scores
