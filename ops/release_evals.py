"""The evals as the check of a release asks them: which cases, by which rules, against which release."""

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from evals import bench as benches
from evals import cases, gate, recordings, results, run
from evals import suite as suites
from evals.bench import Bench
from evals.cases import Suite
from evals.gate import Rule, Verdict
from evals.report import report
from evals.run import Progress, Ran
from ops.release_check import Exam, Examined
from service.bootstrap import Parts
from service.pipeline import Desk
from service.release import Release

JOBS = 2
SHOWN = 6  # broken rules told


def full(parts: Parts, against: str | None, now: datetime, progress: Progress | None = None, replay: Path | None = None) -> Exam:
    """Return the exam of a real check: the suite but for its locked split, on the suite's help centres, whatever help centre the release serves.

    The run is put on record with its reports, passed or not. `progress` gets (done, of). `replay` is a recording that stands for the hosted
    model of the release. Raises RecordingError where it is of a model that the release does not ask.
    """
    suite = cases.load().only(cases.OPEN_SPLITS)
    before = run.stored(parts.settings.releases_dir, against) if against else None
    recording = recordings.load(replay) if replay else None

    def sit(chosen: Release, desk: Desk, snapshot: str) -> Examined:
        if recording:
            recordings.of_release(recording, chosen)
        bench = benches.open_bench(parts.settings, suite, chosen.name, recording=recording)
        ran = run.run(suite, bench, now, progress=progress, jobs=JOBS)
        verdict = gate.verdict(ran.results, gate.load(), before)
        suites.conclude(parts, ran, verdict, before, now)
        return _examined(ran, verdict)

    return sit


def short(parts: Parts, suite: Suite, rules: tuple[Rule, ...], against: str | None, now: datetime) -> Exam:
    """Return an exam of some cases on the release's own snapshot."""
    before = run.stored(parts.settings.releases_dir, against) if against else None

    def sit(chosen: Release, desk: Desk, snapshot: str) -> Examined:
        ran = run.run(suite, Bench(parts, chosen, desk, desk, snapshot), now, jobs=JOBS)
        return _examined(ran, gate.verdict(ran.results, rules, before))

    return sit


def _examined(ran: Ran, verdict: Verdict) -> Examined:
    reasons = tuple(report.explain(one) for one in verdict.broken[:SHOWN])
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "report.json"
        results.save(ran.results, path, {})
        return Examined(verdict.decision, reasons, path.read_text("utf-8"))


def sample(suite: Suite, mails: int, questions: int, attacks: int) -> Suite:
    """Return a few of our own company's development cases of each kind, spread evenly; attacks by mail alone, which need no help centre of their own."""
    dev = suite.only(["dev"])
    by_mail = [case for case in dev.attacks if case.kind == "attack" and case.channel == "email"]
    own_mails, own_questions = ([case for case in some if case.company == cases.OWN] for some in (dev.mails, dev.questions))
    chosen = [*_spread(own_mails, mails), *_spread(own_questions, questions), *_spread(by_mail, attacks)]
    return suite.choosing(chosen)


def _spread(some: Sequence[cases.Case], most: int) -> list[cases.Case]:
    listed = list(some)
    step = max(1, len(listed) // most) if most else 1
    return listed[::step][:most]
