"""Decides whether a run is good enough: absolute floors, and no worse than the release in use, by rules in a file."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evals import compare
from evals.compare import Apart, Difference
from evals.results import ALL, Measure, Results
from evals.scorers import metrics
from evals.scores import Total

RULES = Path(__file__).parent / "gate.toml"
SURE = 0.05  # largest probability of chance with which a difference counts as shown
MOST_UNSCORED = 0.05  # share of a rule's cases that may be without a score
MOST_LOST = 0.1  # share of the cases that the release in use was measured on which may be edited or missing
MOST_UNPLAYED = 0.25  # share of a task's calls that a recording may lack: the one that ships lacks 17 % of the answers, for 80 cases came after it
SHOWN = 8  # cases named for a broken rule

NONE_APART = Apart((), (), ())

Decision = Literal["pass", "fail", "not enough evidence"]


class GateError(Exception):
    """The file of rules is wrong. The message names the file and the rule."""


class Rule(BaseModel):
    """What one metric must be on one slice.

    `at_least` or `at_most` bound the value itself; `margin` is by how much it may be worse than in the release in use; with fewer than
    `fewest` cases, or fewer that the release in use was measured on too, nothing is decided.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: str
    slice: str = ALL
    at_least: float | None = None
    at_most: float | None = None
    margin: float | None = Field(None, ge=0)
    fewest: int = Field(20, ge=1)
    why: str = ""

    @model_validator(mode="after")
    def _bounds_something(self) -> "Rule":
        if self.metric not in metrics.KNOWN:
            raise ValueError(f"unknown scorer {self.metric!r}; there are: {', '.join(metrics.KNOWN)}")
        if self.at_least is None and self.at_most is None and self.margin is None:
            raise ValueError(f"the rule for {self.metric!r} needs at_least, at_most or margin")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rule: list[Rule]


@dataclass(frozen=True)
class Ruling:
    """What became of one rule: the decision, the sentence that says why, what was measured, and the cases that speak against the run."""

    rule: Rule
    decision: Decision
    says: str
    measure: Measure | None = None
    difference: Difference | None = None
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What became of all rules. `against` is the release that the run was compared with, None where there was none; `apart` the cases that could
    not be compared with it. `part`: only a part of the suite was run, which may fail but never passes. `unplayed` says what a recording did not
    answer, where that is too much to speak of its model: neither does such a run pass.
    """

    decision: Decision
    rulings: tuple[Ruling, ...]
    against: str | None
    apart: Apart = NONE_APART
    part: bool = False
    unplayed: str = ""

    @property
    def broken(self) -> tuple[Ruling, ...]:
        """The rules that were not passed, failures first."""
        return tuple(sorted((one for one in self.rulings if one.decision != "pass"), key=lambda one: one.decision != "fail"))


def load(path: Path = RULES) -> tuple[Rule, ...]:
    """Read the rules. Raises GateError naming the file, the line of the rule and the field."""
    try:
        text = path.read_text("utf-8")
        data = tomllib.loads(text)
    except FileNotFoundError as exc:
        raise GateError(f"there is no file of gate rules at {path}") from exc
    except tomllib.TOMLDecodeError as exc:
        raise GateError(f"{path}: {exc}") from exc
    try:
        return tuple(_File.model_validate(data).rule)
    except ValidationError as exc:
        fault = exc.errors(include_url=False)[0]
        starts = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == "[[rule]]"]
        place = fault["loc"][1] if len(fault["loc"]) > 1 else None
        line = starts[place] if isinstance(place, int) and place < len(starts) else 1
        raise GateError(f"{path}:{line}: {'.'.join(map(str, fault['loc'][2:])) or 'rule'}: {fault['msg']}") from exc


def verdict(results: Results, rules: Sequence[Rule], before: Results | None = None, part: bool = False, alone: bool = False) -> Verdict:
    """Hold a run against the rules, and against the stored run of the release in use. Without any rule nothing is decided.

    `alone` says outright that there is no run before, as of a first release: then margins pass. Where it is not said, they decide nothing.
    """
    rulings = tuple(_rule(rule, results, before, alone) for rule in rules)
    decisions = {one.decision for one in rulings}
    unplayed = _unplayed(results)
    decision: Decision = "fail" if "fail" in decisions else "not enough evidence" if part or unplayed or decisions != {"pass"} else "pass"
    against, apart = (before.header.release, compare.apart(before, results)) if before else (None, NONE_APART)
    return Verdict(decision, rulings, against, apart, part, unplayed)


def _unplayed(results: Results) -> str:
    """Say of which tasks a recording answered too few calls with the prompts of this run; nothing where none stood for a model."""
    tasks = results.extra.get("replay", {}).get("tasks", {})
    short = [
        f"{counts['unmeasured']} of {counts['calls']} calls to {task}"
        for task, counts in tasks.items()
        if counts["unmeasured"] > MOST_UNPLAYED * counts["calls"]
    ]
    lacks = f"no answer to these prompts was recorded for {' and '.join(short)}; at most {100 * MOST_UNPLAYED:g} % of a task's may lack one"
    return lacks if short else ""


def _rule(rule: Rule, results: Results, before: Results | None, alone: bool) -> Ruling:
    measure = results.measure(rule.metric, rule.slice)
    failed = results.unscored(rule.metric, rule.slice)
    scored = measure.estimate.n if measure else 0
    if failed and len(failed) > MOST_UNSCORED * (scored + len(failed)):
        error = next(iter(failed.values()))
        says = f"{len(failed)} of {scored + len(failed)} cases could not be scored ({error})"
        return Ruling(rule, "fail", says, measure, cases=tuple(failed)[:SHOWN])
    if measure is None or scored < rule.fewest:
        return Ruling(rule, "not enough evidence", f"only {scored} cases were scored, and the rule asks for {rule.fewest}", measure)
    floor = _floor(rule, results, measure)
    against = _margin(rule, rule.margin, results, before, alone, measure) if rule.margin is not None else None
    for ruling in (floor, against):
        if ruling and ruling.decision == "fail":
            return ruling
    return next(
        (ruling for ruling in (floor, against) if ruling and ruling.decision != "pass"), against or floor or Ruling(rule, "pass", "", measure)
    )


def _floor(rule: Rule, results: Results, measure: Measure) -> Ruling | None:
    """Hold the value against its bound. Below it, the rule fails where the whole interval is; otherwise there are too few cases to tell."""
    value, low, high = measure.estimate.value, measure.estimate.low, measure.estimate.high
    if rule.at_least is not None:
        asked, short, surely = f"must be at least {rule.at_least:g}", value < rule.at_least, high is not None and high < rule.at_least
    elif rule.at_most is not None:
        asked, short, surely = f"must be at most {rule.at_most:g}", value > rule.at_most, low is not None and low > rule.at_most
    else:
        return None
    if not short:
        return Ruling(rule, "pass", f"{shown(measure)}, {asked}", measure)
    says = f"{shown(measure)}, {asked}" + ("" if surely else "; the interval reaches it, so more cases are needed to be sure")
    return Ruling(rule, "fail" if surely else "not enough evidence", says, measure, cases=_bad(results, rule)[:SHOWN])


def _margin(rule: Rule, margin: float, results: Results, before: Results | None, alone: bool, measure: Measure) -> Ruling:
    """Hold the value against the stored run of the release in use; where there is none, it passes only if that was said."""
    if before:
        return _non_inferior(rule, margin, results, before, measure)
    if alone:
        return Ruling(rule, "pass", f"{shown(measure)}; its margin of {margin:g} is held against no release, as was asked for", measure)
    return Ruling(rule, "not enough evidence", f"{shown(measure)}; there is no stored run to hold its margin of {margin:g} against", measure)


def _non_inferior(rule: Rule, margin: float, results: Results, before: Results, measure: Measure) -> Ruling:
    """Compare with the release in use, case by case. Worse by more than the margin fails where chance is unlikely, else more cases are needed."""
    change = compare.difference(before, results, rule.metric, rule.slice)
    if change is None or change.n < rule.fewest:
        shared = f"only {change.n} of these cases were" if change else "none of these cases was"
        says = f"{shown(measure)}; {shared} measured in release {before.header.release} as {'they are' if change else 'it is'} now"
        return Ruling(rule, "not enough evidence", f"{says}, and the margin asks for {rule.fewest}", measure, change)
    says = f"{shown(measure)}; in release {before.header.release} {change.before:.3g} on the same {change.n} cases, so {abs(change.effect):.3g} "
    says += f"{'worse' if change.effect < 0 else 'better'} [{change.low:+.3g}, {change.high:+.3g}], p {change.p:.2g}"
    lost = _lost(rule, results, before)
    if change.effect >= -margin and len(lost) > MOST_LOST * (change.n + len(lost)):
        says += f"; but {len(lost)} more that it was measured on were edited or are missing: check release {before.header.release} again first"
        return Ruling(rule, "not enough evidence", says, measure, change, lost[:SHOWN])
    if change.effect >= -margin:
        return Ruling(rule, "pass", says, measure, change)
    decision: Decision = "fail" if change.p < SURE else "not enough evidence"
    says += f"; at most {margin:g} worse is allowed" + ("" if decision == "fail" else "; that may be chance, so more cases are needed to be sure")
    return Ruling(rule, decision, says, measure, change, change.worse[:SHOWN])


def _lost(rule: Rule, results: Results, before: Results) -> tuple[str, ...]:
    """Return the cases that the release in use was measured on and this run was not, for they were edited or are missing."""
    apart = compare.apart(before, results)
    inside = results.inside(rule.slice) | before.inside(rule.slice)
    scored = before.by_metric.get(metrics.source(rule.metric), {})
    return tuple(case for case in (*apart.edited, *apart.missing) if case in scored and case in inside)


def _bad(results: Results, rule: Rule) -> tuple[str, ...]:
    """Return the cases that pull the value down, the worst first."""
    declared = metrics.declared(rule.metric)
    if isinstance(declared, Total) and declared.at is None:
        labels = results.labels(declared.source, rule.slice)
        return tuple(case for case, label in labels.items() if label.split(">")[0] != label.split(">")[1])
    values = results.values(rule.metric, rule.slice)
    lower = rule.at_most is not None
    bad = {case: value for case, value in values.items() if (value > 0 if lower else value < 1)}
    return tuple(sorted(bad, key=lambda case: -bad[case] if lower else bad[case]))


def shown(measure: Measure) -> str:
    """Write a measured value with its interval."""
    one = measure.estimate
    bounds = "" if one.low is None or one.high is None else f" [{one.low:.3g}, {one.high:.3g}]"
    return f"{one.value:.3g}{bounds} on {one.n} cases"
