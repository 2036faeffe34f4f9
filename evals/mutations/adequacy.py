"""How many seeded weakenings the gate catches, and how many harmless changes it blocks."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from evals import gate, intervals, run, scores
from evals.bench import Bench
from evals.cases import OWN, Case, Suite
from evals.gate import Decision, Rule, Verdict
from evals.intervals import Estimate
from evals.mutations.lab import Lab
from evals.mutations.weakenings import Mutation
from evals.observation import Observed
from evals.results import ALL, Header, Results, slices
from evals.scorers.metrics import METRICS

ENOUGH = 0.95  # share of weakenings that a gate must catch to be trusted


@dataclass(frozen=True)
class Tried:
    """What the gate said of one mutation, in how many seconds and cases, and by which rules.

    `error`: it could not even be built, which counts as caught.
    """

    mutation: Mutation
    decision: Decision
    broken: tuple[str, ...]
    seconds: float
    error: str | None = None
    cases: int = 0

    @property
    def caught(self) -> bool:
        """Tell whether the gate failed it."""
        return self.decision == "fail"


@dataclass(frozen=True)
class Adequacy:
    """The gate's showing over all mutations, with the seconds it took."""

    tried: tuple[Tried, ...]
    baseline: Verdict
    seconds: float

    @property
    def weakenings(self) -> list[Tried]:
        """The mutations that must be caught."""
        return [one for one in self.tried if one.mutation.kind == "weakening"]

    @property
    def benign(self) -> list[Tried]:
        """The mutations that must pass."""
        return [one for one in self.tried if one.mutation.kind == "benign"]

    @property
    def missed(self) -> list[str]:
        """The weakenings that were not caught."""
        return [one.mutation.name for one in self.weakenings if not one.caught]

    @property
    def blocked(self) -> list[str]:
        """The harmless changes that did not pass."""
        return [one.mutation.name for one in self.benign if one.decision != "pass"]

    def rate(self) -> Estimate:
        """Return the share of weakenings caught, with its Wilson interval."""
        return intervals.share([float(one.caught) for one in self.weakenings])

    def as_data(self) -> dict[str, object]:
        """Return what `--json` prints."""
        return {
            "mutations": len(self.weakenings),
            "caught": sum(one.caught for one in self.weakenings),
            "benign": len(self.benign),
            "benignBlocked": len(self.blocked),
            "missed": self.missed,
        }


def keep(found: Adequacy, data_dir: Path, at: datetime) -> Path:
    """Write the showing where the console looks for it."""
    rate = found.rate()
    content = found.as_data() | {
        "share": rate.value,
        "low": rate.low,
        "high": rate.high,
        "seconds": round(found.seconds),
        "at": at.isoformat(timespec="seconds"),
    }
    path = data_dir / "reports" / "adequacy.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content) + "\n", "utf-8")
    return path


def measure(
    mutations: Sequence[Mutation],
    suite: Suite,
    bench: Bench,
    lab: Lab,
    rules: Sequence[Rule],
    now: datetime,
    tell: Callable[[Tried], None] | None = None,
) -> Adequacy:
    """Run the suite on the unchanged desk and on every mutation of it, and hold each against the gate with the unchanged one as the release in use."""
    began = time.perf_counter()
    before = _results(suite, suite.cases, run.observe(suite, lab.offices, clock=lab.clock), bench, now, "unchanged")
    tried = []
    for mutation in mutations:
        one = _try(mutation, suite, bench, lab, rules, before, now)
        tried.append(one)
        if tell:
            tell(one)
    return Adequacy(tuple(tried), gate.verdict(before, rules, before), time.perf_counter() - began)


def _try(mutation: Mutation, suite: Suite, bench: Bench, lab: Lab, rules: Sequence[Rule], before: Results, now: datetime) -> Tried:
    began = time.perf_counter()
    try:
        changed = mutation.change(replace(lab))  # a copy, so that each mutation begins with the same source of chance
    except Exception as exc:  # whatever stops a weakened desk from being built stops it from being released
        return Tried(mutation, "fail", (), time.perf_counter() - began, f"{type(exc).__name__}: {exc}")
    results, verdict = _held(mutation.name, suite, bench, changed, rules, before, now)
    broken = tuple(f"{one.decision}: {one.rule.metric} ({one.rule.slice})" for one in verdict.broken)
    return Tried(mutation, verdict.decision, broken, time.perf_counter() - began, cases=len(results.members[ALL]))


def _held(name: str, suite: Suite, bench: Bench, lab: Lab, rules: Sequence[Rule], before: Results, now: datetime) -> tuple[Results, Verdict]:
    """Run the suite part by part, until a rule whose cases were all run fails: so it would at the end, whatever the other cases say."""
    cases: list[Case] = []
    seen: list[Observed] = []
    for part in parts(suite):
        seen.extend(run.observe(suite, lab.offices, clock=lab.clock, cases=part))
        cases.extend(part)
        done = {case.id for case in cases}
        results = _results(suite, cases, seen, bench, now, name)
        verdict = gate.verdict(results, [rule for rule in rules if before.inside(rule.slice) <= done], before)
        if verdict.decision == "fail":
            break
    return results, verdict


def parts(suite: Suite) -> list[list[Case]]:
    """Return the cases by kind (mail, question, attack) of our own companies and of foreign ones, the smallest part first: what rules ask for."""
    found: dict[tuple[str, bool], list[Case]] = defaultdict(list)
    for case in suite.cases:
        found[type(case).__name__, case.company == OWN].append(case)
    return sorted(found.values(), key=len)


def _results(suite: Suite, cases: Sequence[Case], seen: Sequence[Observed], bench: Bench, now: datetime, name: str) -> Results:
    header = Header(name, now.isoformat(), name, "", (), run.made_of(bench), 0.0)
    given = [one for case, done in zip(cases, seen, strict=True) for one in scores.score(METRICS, case, done)]
    listed = slices(suite.cases)
    return Results(header, {case.id: listed[case.id] for case in cases}, tuple(given))
