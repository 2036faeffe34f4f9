"""The evals as the check of a release asks them: which cases, by which rules, against which release."""

import re
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
from evals.results import ReportError
from evals.run import Progress, Ran
from ops import release_check
from ops.release_check import Exam, Examined
from service.bootstrap import Parts
from service.pipeline import Desk
from service.release import Release
from service.releases import moves

JOBS = 2
SHOWN = 6  # broken rules told


def before(parts: Parts, name: str, wanted: str | None = None, alone: bool = False) -> str | None:
    """Return the release that a release is held against: the one wanted, else the one in use, else, for the one in use itself, the newest that was
    made before it and passed. None where there is none, or where `alone` says so: of a first release, or of the one in use, whose past was edited.

    Raises ReportError where the one wanted has no report, and where a release is not to be held against those that there are.
    """
    releases, in_use = parts.settings.releases_dir, moves.active(parts.engine)
    if wanted == name:
        raise ReportError(f"release {name} cannot be held against itself: name another one")
    if wanted is not None:
        run.named(releases, wanted)
        return wanted
    passed = [one for one in run.reported(releases) if one != name and release_check.has_passed(releases / one)]
    if alone and passed and name != in_use:
        raise ReportError(f"release {name} is not the first: there is a passing report of {', '.join(passed)}")
    if alone:
        return None
    if name != in_use:
        return in_use
    made = {one.name: (one.created, _numbered(one.name)) for one in moves.listed(parts.engine, releases) if not one.fault}
    earlier = [one for one in passed if one in made and name in made and made[one] < made[name]]
    return max(earlier, key=lambda one: made[one], default=None)


def _numbered(name: str) -> list[str | int]:
    """Split a name at its numbers, so that r9 comes before r10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"([0-9]+)", name)]


def full(parts: Parts, against: str | None, now: datetime, progress: Progress | None = None, replay: Path | None = None, alone: bool = False) -> Exam:
    """Return the exam of a real check: the suite but for its locked split, on the suite's help centres, whatever help centre the release serves.

    The run is put on record with its reports, passed or not. `progress` gets (done, of). `replay` is a recording that stands for the hosted
    model of the release. `alone` says that margins are held against nothing. Raises RecordingError where the recording is of a model that the
    release does not ask, ReportError.
    """
    suite = cases.load().only(cases.OPEN_SPLITS)
    stored = run.stored(parts.settings.releases_dir, against) if against else None
    recording = recordings.load(replay) if replay else None

    def sit(chosen: Release, desk: Desk, snapshot: str) -> Examined:
        if recording:
            recordings.of_release(recording, chosen)
        bench = benches.open_bench(parts.settings, suite, chosen.name, recording=recording)
        ran = run.run(suite, bench, now, progress=progress, jobs=JOBS)
        verdict = gate.verdict(ran.results, gate.load(), stored, alone=alone)
        suites.conclude(parts, ran, verdict, stored, now)
        return _examined(ran, verdict)

    return sit


def short(parts: Parts, suite: Suite, rules: tuple[Rule, ...], against: str | None, now: datetime) -> Exam:
    """Return an exam of some cases on the release's own snapshot."""
    stored = run.stored(parts.settings.releases_dir, against) if against else None

    def sit(chosen: Release, desk: Desk, snapshot: str) -> Examined:
        ran = run.run(suite, Bench(parts, chosen, desk, desk, snapshot), now, jobs=JOBS)
        return _examined(ran, gate.verdict(ran.results, rules, stored))

    return sit


def _examined(ran: Ran, verdict: Verdict) -> Examined:
    reasons = (*((verdict.unplayed,) if verdict.unplayed else ()), *(report.explain(one) for one in verdict.broken[:SHOWN]))
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
