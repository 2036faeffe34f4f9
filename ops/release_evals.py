"""The evals as the check of a release asks them: which cases, by which rules, against which release."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from evals import bench as benches
from evals import cases, gate, results, run
from evals.bench import Bench
from evals.cases import Suite
from evals.gate import Rule
from evals.results import Results
from ops.release_check import Exam, Examined
from service.bootstrap import Parts
from service.pipeline import Desk
from service.release import Release

JOBS = 2
SHOWN = 6  # broken rules told


def full(parts: Parts, against: str | None, now: datetime) -> Exam:
    """Return the exam of a real check: the suite but for its locked split, on the sample help centre, whatever help centre the release serves."""
    suite = cases.load().only(cases.OPEN_SPLITS)
    before = run.stored(parts.settings.releases_dir, against) if against else None

    def sit(chosen: Release, desk: Desk, snapshot: str) -> Examined:
        bench = benches.open_bench(parts.settings, suite, chosen.name)
        return _judged(suite, bench, gate.load(), before, now)

    return sit


def short(parts: Parts, suite: Suite, rules: tuple[Rule, ...], against: str | None, now: datetime) -> Exam:
    """Return an exam of some cases on the release's own snapshot."""
    before = run.stored(parts.settings.releases_dir, against) if against else None

    def sit(chosen: Release, desk: Desk, snapshot: str) -> Examined:
        return _judged(suite, Bench(parts, chosen, desk, desk, snapshot), rules, before, now)

    return sit


def _judged(suite: Suite, bench: Bench, rules: tuple[Rule, ...], before: Results | None, now: datetime) -> Examined:
    ran = run.run(suite, bench, now, jobs=JOBS)
    verdict = gate.verdict(ran.results, rules, before)
    reasons = tuple(f"{one.rule.metric}: {one.says}" for one in verdict.broken[:SHOWN])
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "report.json"
        results.save(ran.results, path, {})
        return Examined(verdict.decision, reasons, path.read_text("utf-8"))


def sample(suite: Suite, mails: int, questions: int, attacks: int) -> Suite:
    """Return a few development cases of each kind, spread evenly over the suite; attacks by mail alone, which need no help centre of their own."""
    dev = suite.only(["dev"])
    by_mail = [case for case in dev.attacks if case.kind == "attack" and case.channel == "email"]
    chosen = [*_spread(dev.mails, mails), *_spread(dev.questions, questions), *_spread(by_mail, attacks)]
    return replace(suite, cases=tuple(chosen))


def _spread(some: Sequence[cases.Case], most: int) -> list[cases.Case]:
    listed = list(some)
    step = max(1, len(listed) // most) if most else 1
    return listed[::step][:most]
