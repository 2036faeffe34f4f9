"""The scores of one run, and what they add up to for every metric and slice."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from evals import intervals, scores
from evals.cases import OWN, AttackCase, Case, MailCase
from evals.intervals import Estimate
from evals.scorers import metrics
from evals.scores import Better, Score, Total

FORMAT = 1
SHORT = 12  # characters of a hash that people are shown
PLACES = 4  # to which values are stored: a run is compared with a stored one no more finely
ALL = "all"
AND = " & "  # between the names of slices, where the cases that are in all of them are meant
FEWEST_TAGGED = 8  # a tag with fewer cases is no slice


class ReportError(Exception):
    """A stored report cannot be read. The message names the file."""


@dataclass(frozen=True)
class Header:
    """What was run: enough to tell whether two runs are of the same thing."""

    run: str
    at: str
    release: str
    suite: str
    splits: tuple[str, ...]
    made_of: Mapping[str, Any]
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The beginning of the hash of the code that ran, `unknown` in reports of old."""
        return str(self.made_of.get("code", ""))[:SHORT] or "unknown"


@dataclass(frozen=True)
class Measure:
    """One metric on one slice. `drop` is the smallest drop that so many cases would show; `unscored` counts what no value could be given for."""

    metric: str
    slice: str
    estimate: Estimate
    better: Better
    unscored: int = 0
    drop: float | None = None


@dataclass(frozen=True)
class Results:
    """All scores of one run. `slices` gives the slices that each case is in, `cases` a hash of each case, for one that was changed is another."""

    header: Header
    slices: Mapping[str, tuple[str, ...]]
    scores: tuple[Score, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)
    cases: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_metric(self) -> Mapping[str, Mapping[str, Score]]:
        """The scores of each metric, by case."""
        table: dict[str, dict[str, Score]] = defaultdict(dict)
        for one in self.scores:
            table[one.metric][one.case] = one
        return table

    @cached_property
    def members(self) -> Mapping[str, frozenset[str]]:
        """The cases of each slice."""
        table: dict[str, set[str]] = defaultdict(set)
        for case, names in self.slices.items():
            for name in names:
                table[name].add(case)
        return {name: frozenset(cases) for name, cases in table.items()}

    def inside(self, of: str) -> frozenset[str]:
        """Return the cases of a slice, or of several at once (`family=mail & company=own`)."""
        return frozenset.intersection(*(self.members.get(name, frozenset()) for name in of.split(AND)))

    def values(self, metric: str, of: str = ALL) -> dict[str, float]:
        """Return the numbers of a metric on a slice, by case."""
        inside = self.inside(of)
        given = self.by_metric.get(metrics.source(metric), {})
        return {case: one.value for case, one in given.items() if case in inside and isinstance(one.value, float)}

    def labels(self, metric: str, of: str = ALL) -> dict[str, str]:
        """Return the labels of a metric on a slice, by case."""
        inside = self.inside(of)
        return {case: one.value for case, one in self.by_metric.get(metric, {}).items() if case in inside and isinstance(one.value, str)}

    def unscored(self, metric: str, of: str = ALL) -> dict[str, str]:
        """Return the cases of a slice whose scorer failed, with the error."""
        inside = self.inside(of)
        return {case: one.error for case, one in self.by_metric.get(metrics.source(metric), {}).items() if case in inside and one.error}

    def measure(self, metric: str, of: str = ALL) -> Measure | None:
        """Return what a metric comes to on a slice, None where nothing was scored."""
        failed, declared = len(self.unscored(metric, of)), metrics.declared(metric)
        if isinstance(declared, Total):
            estimate = self._total(declared, of)
            return Measure(metric, of, estimate, declared.better, failed) if estimate else None
        values = list(self.values(metric, of).values())
        if not values:
            return None
        better = declared.better if declared else "higher"
        if declared is None or declared.unit is not scores.CASES:
            return Measure(metric, of, intervals.mean(values), better, failed)
        estimate = intervals.share(values)
        wanted = estimate.value if better == "higher" else 1 - estimate.value
        return Measure(metric, of, estimate, better, failed, intervals.detectable_drop(wanted, estimate.n))

    def _total(self, declared: Total, of: str) -> Estimate | None:
        if declared.at is None:
            labels = np.array(list(self.labels(declared.source, of).values()))
            return intervals.resampled(labels, intervals.macro_f1, resamples=300) if len(labels) else None
        values = np.array(list(self.values(declared.name, of).values()))
        at = declared.at
        return intervals.resampled(values, lambda rows, axis=-1: np.percentile(rows, at, axis=axis), vectorized=True) if len(values) else None

    def measures(self) -> list[Measure]:
        """Return every metric on every slice that has scores."""
        others = [name for name in self.by_metric if name not in metrics.KNOWN]
        names = [name for name in (*metrics.KNOWN, *others) if metrics.unit(name) is not scores.LABEL]
        found = (self.measure(name, of) for name in names for of in sorted(self.members))
        return [one for one in found if one is not None]


def slices(cases: Iterable[Case]) -> dict[str, tuple[str, ...]]:
    """Return the slices that each case is in."""
    listed = list(cases)
    counts: dict[str, int] = defaultdict(int)
    for case in listed:
        for tag in set(case.tags):
            counts[tag] += 1
    return {case.id: (ALL, *_of(case), *(f"tag={tag}" for tag in dict.fromkeys(case.tags) if counts[tag] >= FEWEST_TAGGED)) for case in listed}


def _of(case: Case) -> Sequence[str]:
    company = [f"company={OWN}"] if case.company == OWN else ["company=foreign", f"company={case.company}"]
    common = [f"split={case.split}", f"kind={case.kind}", *company]
    if isinstance(case, MailCase):
        tongue = "en" if case.language == "en" else "other"
        return [*common, "family=mail", f"urgency={case.expected.urgency or 'null'}", f"language={tongue}", f"trade={case.trade}"]
    if isinstance(case, AttackCase):
        return [*common, "family=attack", f"channel={case.channel}"]
    return [*common, "family=question", f"answerable={'yes' if case.answerable else 'no'}"]


def save(results: Results, path: Path, more: Mapping[str, Any]) -> None:
    """Write the results as JSON, with the measures and whatever else belongs to the report."""
    tables: dict[str, dict[str, Any]] = {"scores": {}, "reasons": {}, "unscored": {}}
    for metric, given in results.by_metric.items():
        tables["scores"][metric] = {case: _short(one.value) for case, one in given.items() if one.error is None}
        if reasons := {case: one.reason for case, one in given.items() if one.reason and not _quiet(metric)}:
            tables["reasons"][metric] = reasons
        if failed := {case: one.error for case, one in given.items() if one.error}:
            tables["unscored"][metric] = failed
    header = {**results.header.__dict__, "splits": list(results.header.splits), "notes": list(results.header.notes)}
    measures = [
        {
            "metric": one.metric,
            "slice": one.slice,
            "value": _short(one.estimate.value),
            "low": _short(one.estimate.low),
            "high": _short(one.estimate.high),
            "n": one.estimate.n,
            "better": one.better,
            "unit": metrics.unit(one.metric).name,
            "share": metrics.unit(one.metric).share,
            "unscored": one.unscored,
            "smallestDetectableDrop": _short(one.drop),
        }
        for one in results.measures()
    ]
    content = {
        "format": FORMAT,
        **header,
        **more,
        "measures": measures,
        "slices": results.slices,
        "cases": results.cases,
        **tables,
        "extra": results.extra,
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=None, separators=(",", ":")) + "\n", "utf-8")


def read(path: Path) -> Results:
    """Read results that `save` wrote. Raises ReportError naming the file."""
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["format"] != FORMAT:
            raise ReportError(f"{path}: format {content['format']}, this version reads {FORMAT}")
        given = [
            Score(metric, case, float(value) if isinstance(value, int | float) else value, content["reasons"].get(metric, {}).get(case, ""))
            for metric, table in content["scores"].items()
            for case, value in table.items()
        ]
        failed = [Score(metric, case, None, error=error) for metric, table in content["unscored"].items() for case, error in table.items()]
        fields = ("run", "at", "release", "suite", "made_of", "seconds")
        header = Header(**{name: content[name] for name in fields}, splits=tuple(content["splits"]), notes=tuple(content["notes"]))
        return Results(
            header,
            {case: tuple(names) for case, names in content["slices"].items()},
            (*given, *failed),
            content.get("extra", {}),
            content.get("cases", {}),
        )
    except FileNotFoundError as exc:
        raise ReportError(f"there is no report at {path}") from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise ReportError(f"{path}: not a report of this suite ({type(exc).__name__}: {exc})") from exc


def _quiet(metric: str) -> bool:
    return metric in metrics.BY_NAME and metrics.BY_NAME[metric].quiet


def _short(value: float | str | None) -> float | str | None:
    return round(value, PLACES) if isinstance(value, float) else value
