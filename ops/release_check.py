"""The check of a release: evals, monitors and probes on it before any customer is, kept beside it as its certificate."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ops.watch import drift, monitors, rollback_notes, traffic
from service import bootstrap
from service.bootstrap import Parts, Shelf
from service.pipeline import Desk
from service.release import Release
from service.releases import certificate as certificates
from service.releases.certificate import Baseline, Certificate, Share, Verdict

FEWEST_MAILS = 10
REPORT, FAILED_REPORT = "report.json", "report.failed.json"


@dataclass(frozen=True)
class Examined:
    """What the evals say about a release: their verdict, the sentences that speak against it, and the report, as it is kept."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    report: str | None = None


def offline(parts: Parts, source: str) -> tuple[Parts, str]:
    """Return what desks without any provider are built from, and the words for the mail that the certificate keeps with its baseline."""
    return replace(parts, providers={}), f"{source}, read by the local model alone: a recording stood for the hosted one in the evals"


Exam = Callable[[Release, Desk, str], Examined]  # of a release, by its desk on a snapshot


def check(parts: Parts, chosen: Release, against: str | None, mails: Sequence[bytes], source: str, exam: Exam, now: datetime) -> Certificate:
    """Check a release, and keep certificate, report and probes in its folder; return the certificate. A check that does not pass leaves what
    passed there, which others are compared with, and is kept beside it.

    Besides the evals, the release runs `mails` without storing anything: what its monitors would have tripped on, against the baseline of
    `against` and with the probes of that release, fails it before it reaches a customer, but for how long it took: that judges the
    machine of the check. Raises what building a desk raises.
    """
    settings = parts.settings
    folder = settings.releases_dir / chosen.name
    usable = certificates.usable(chosen, settings)
    snapshot = usable.snapshot
    desk = bootstrap.build(parts, chosen, snapshot)
    examined = exam(chosen, desk, snapshot)
    shelf = bootstrap.shelf(settings.data_dir, chosen, snapshot)
    seen = traffic.played(mails, desk)
    words = drift.unknown_words(shelf.snapshot.index)
    own = drift.make_probes(shelf.snapshot.passages)
    before = certificates.read(settings.releases_dir / against) if against and against != chosen.name else None
    reasons = list(examined.reasons)
    if len(seen) < FEWEST_MAILS:
        reasons.append(f"only {len(seen)} mails to watch it with, at least {FEWEST_MAILS} are needed")
    baseline = before.baseline if before and before.verdict == "pass" else Baseline()
    readings = monitors.take(seen, chosen.monitors, baseline, words)
    reasons += [f"monitor {rollback_notes.told(one)}" for one in readings if one.beyond and not one.monitor.startswith(monitors.LATENCY)]
    reasons += _probes(shelf, settings.releases_dir / (against or ""), chosen, before)
    mine = drift.run_probes(shelf, own)
    learned = monitors.learn(seen, source, words)
    learned = learned.model_copy(update={"shares": {**learned.shares, "probes": Share(hits=mine.of - mine.hits, of=mine.of)}})
    verdict: Verdict = examined.verdict if examined.verdict != "pass" or len(reasons) == len(examined.reasons) else "fail"
    certificate = Certificate(
        release=chosen.name,
        seal=usable.seal,
        snapshot=snapshot,
        verdict=verdict,
        reasons=tuple(reasons) if verdict != "pass" else (),
        at=now,
        against=against,
        baseline=learned,
    )
    return _keep(folder, certificate, examined, own)


def has_passed(folder: Path) -> bool:
    """Tell whether a release's folder holds a run that passed: its check did, or the report says so. Raises ReleaseError for a broken certificate."""
    held = certificates.read(folder)
    if held and held.verdict == "pass":
        return True
    try:
        content = json.loads((folder / REPORT).read_text("utf-8"))
    except (FileNotFoundError, ValueError):  # none, or one that nothing can be compared with
        return False
    said = content.get("verdict") if isinstance(content, dict) else None
    return isinstance(said, dict) and said.get("decision") == "pass"  # `eval run --store` left it


def _probes(shelf: Shelf, folder: Path, chosen: Release, before: Certificate | None) -> list[str]:
    """Return what the probes of the release before say against this one's snapshot."""
    probes = drift.read_probes(folder) if before else ()
    if not probes:
        return []
    probed = drift.run_probes(shelf, probes)
    missed = drift.judged(probed, chosen, before.baseline.shares.get("probes") if before else None)
    return [f"monitor {rollback_notes.told(missed)}: {probed.missed[0]!r} no longer finds its article"] if missed.beyond else []


def _keep(folder: Path, certificate: Certificate, examined: Examined, probes: Sequence[drift.Probe]) -> Certificate:
    """Write what a check leaves, and return the certificate with the name of its report."""
    if beside := certificate.verdict != "pass" and has_passed(folder):
        report, place = folder / FAILED_REPORT, folder / certificates.FAILED
    else:
        report, place = folder / REPORT, folder / certificates.CERTIFICATE
    if examined.report:
        report.write_text(examined.report, "utf-8")
        certificate = certificate.model_copy(update={"report": report.name})
    if not beside:
        drift.write_probes(folder, probes)
        for name in (FAILED_REPORT, certificates.FAILED):
            (folder / name).unlink(missing_ok=True)
    place.write_text(certificate.model_dump_json(indent=1) + "\n", "utf-8")
    return certificate
