"""What a scorer gives: a value with its reason, or the record of its own failure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from evals.cases import Case
from evals.observation import Observed

Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class Unit:
    """What the values of a metric are. `share`: between 0 and 1, shown as a share. `judges`: a value short of the best speaks against its case."""

    name: str
    share: bool = False
    judges: bool = False
    digits: int = 1


CASES = Unit("share of cases", share=True, judges=True, digits=3)  # yes or no for each case
SHARE = Unit("share", share=True, judges=True, digits=3)  # of something within each case
SCORE = Unit("score", share=True, digits=3)
LABEL = Unit("label")
MARGIN = Unit("over the floor", digits=3)
COUNT = Unit("count")
MS = Unit("ms")
USD = Unit("USD", digits=5)


@dataclass(frozen=True)
class Verdict:
    """What one scorer says of one case: yes or no, a number, or a label; and why."""

    value: bool | float | str
    reason: str = ""


Scorer = Callable[[Any, Observed], Verdict | None]


@dataclass(frozen=True)
class Metric:
    """A scorer with its name and direction. `families` are the case classes it is for; it gives None where it does not apply.

    `group` is the headline it stands under, none where it is not worth a first look. `quiet`: its reasons say nothing that the value does not.
    `first` names it among the few numbers that are looked at first.
    """

    name: str
    score: Scorer
    families: tuple[type, ...]
    says: str
    better: Better = "higher"
    unit: Unit = CASES
    group: str | None = None
    quiet: bool = False
    first: str = ""


@dataclass(frozen=True)
class Total:
    """A number made of all scores of a metric together: a percentile, or with `at` None the macro-averaged F1 of its labels."""

    name: str
    source: str
    says: str
    better: Better = "higher"
    unit: Unit = SCORE
    group: str | None = None
    at: int | None = None
    first: str = ""


@dataclass(frozen=True)
class Judged:
    """A metric whose values a model gives as judge, where one is asked."""

    name: str
    says: str
    better: Better = "higher"
    unit: Unit = CASES
    group: str | None = None
    first: str = ""


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
