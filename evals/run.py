"""Runs every case of a suite once and scores it many times."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from evals import abstention, cache, observation, results, scores, weighing
from evals.bench import Bench
from evals.cache import Cache
from evals.cases import Case, MailCase, QuestionCase, Suite
from evals.observation import Clock, Observed, Offices
from evals.results import Header, ReportError, Results
from evals.scorers.metrics import METRICS
from evals.scores import Metric
from service.prompting import PromptFolder

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Ran:
    """A suite that was run: its scores, and what became of each case, in the suite's order."""

    suite: Suite
    results: Results
    observed: tuple[Observed, ...]


def run(
    suite: Suite,
    bench: Bench,
    now: datetime,
    metrics: Sequence[Metric] = METRICS,
    progress: Progress | None = None,
    jobs: int = 1,
    clock: Clock = time.perf_counter,
    cached: Cache | None = None,
) -> Ran:
    """Run all cases of a suite on a bench and score them. `progress` gets (done, of); what `cached` holds is not run again, and counted."""
    began = time.perf_counter()
    seen = observe(suite, bench.offices, progress, jobs, clock, cached)
    header = Header(
        run=f"{now:%Y%m%dT%H%M%S}-{bench.release.name}",
        at=now.isoformat(timespec="seconds"),
        release=bench.release.name,
        suite=digest(suite),
        splits=tuple(sorted({case.split for case in suite.cases})),
        made_of=made_of(bench),
        seconds=0.0,
        notes=bench.notes,
    )
    scored = score(suite, seen, metrics)
    extra: dict[str, Any] = {"stages": stages(seen), "abstention": _abstention(suite, seen), "outcomes": outcomes(suite, seen)}
    if cached:
        extra["reused"] = len(cached.reused)
    if bench.player:
        extra["replay"] = bench.player.as_data()
    header = Header(**{**header.__dict__, "seconds": round(time.perf_counter() - began, 1)})
    return Ran(suite, Results(header, results.slices(suite.cases), scored, extra, digests(suite)), seen)


def observe(
    suite: Suite,
    offices: Offices,
    progress: Progress | None = None,
    jobs: int = 1,
    clock: Clock = time.perf_counter,
    cached: Cache | None = None,
    cases: Sequence[Case] | None = None,
) -> tuple[Observed, ...]:
    """Run all cases, or `cases` of them, `jobs` at the same time, and return what became of them in the order given."""
    weigh, weighed = weighing.weigher(offices.own), weighing.weighed(suite)
    cases = suite.cases if cases is None else cases

    def one(case: Case) -> Observed:
        if cached and (kept := cached.get(case.id)):
            return kept
        seen = observation.observe(case, suite, offices, clock, weigh if case.id in weighed else None)
        if cached:
            cached.put(seen)
        return seen

    seen: list[Observed] = []
    for done in _mapped(one, cases, jobs):
        seen.append(done)
        if progress:
            progress(len(seen), len(cases))
    return tuple(seen)


def _mapped(function: Callable[[Case], Observed], cases: Iterable[Case], jobs: int) -> Iterator[Observed]:
    if jobs <= 1:
        yield from map(function, cases)
        return
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(function, cases)


def score(suite: Suite, seen: Iterable[Observed], metrics: Sequence[Metric] = METRICS) -> tuple[scores.Score, ...]:
    """Apply the metrics to what became of each case."""
    return tuple(one for case, done in zip(suite.cases, seen, strict=True) for one in scores.score(metrics, case, done))


def made_of(bench: Bench) -> dict[str, Any]:
    """Return the hashes of everything that can change a result: release, prompts file by file, snapshots, code."""
    release = bench.release.model_dump(mode="json", exclude={"name", "created", "why"})
    return {
        "release": release,
        "prompts": {
            folder.name: _files(folder, bench.parts.settings.prompts_dir)
            for folder in (bench.desk.extract_prompt, bench.desk.answer_prompt, bench.desk.verify_prompt)
            if folder is not None
        },
        "snapshot": bench.snapshot,
        "planted": bench.planted_snapshot,
        "foreign": dict(bench.snapshots),
        "code": cache.code(),
    }


def _files(folder: PromptFolder, prompts_dir: Path) -> dict[str, Any]:
    place = prompts_dir / folder.name / folder.version
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(place.iterdir()) if path.is_file()} if place.is_dir() else {}
    return {"version": folder.version, "sha256": folder.sha256, "files": files}


def changed(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """List in words what differs between what two runs were made of; whether their code does is unknown where one of them does not say."""
    found = []
    for name, one in now.get("prompts", {}).items():
        files, older = one["files"], before.get("prompts", {}).get(name, {}).get("files", {})
        found += [f"{name} {one['version']}/{file}" for file in sorted({*files, *older}) if files.get(file) != older.get(file)]
    found += [
        f"release.toml: {key}" for key, value in now.get("release", {}).items() if key not in _PROMPTS and value != before.get("release", {}).get(key)
    ]
    abroad, earlier = now.get("foreign", {}), before.get("foreign", {})
    found += [f"the help centre of {name}" for name in sorted(abroad.keys() & earlier.keys()) if abroad[name] != earlier[name]]
    planted, code = ((now.get(name), before.get(name)) for name in ("planted", "code"))  # runs of old do not say
    if now.get("snapshot") != before.get("snapshot"):
        found.append("the snapshot of the help centre")
    elif all(planted) and planted[0] != planted[1]:
        found.append("the attackers' articles")
    if not all(code):
        return [*found, "the code (unknown)"]
    return [*found, "the code"] if code[0] != code[1] else found


_PROMPTS = ("extract_prompt", "answer_prompt", "verify_prompt")


_SILENT = frozenset({"company", "answer", "units"})  # fields that came later: where a case does not use them, its hash is what it was


def _unset(case: Case) -> frozenset[str]:
    return frozenset(type(case).model_fields) - case.model_fields_set


def digests(suite: Suite) -> dict[str, str]:
    """Return a hash of every case, its mail included."""
    return {
        case.id: hashlib.sha256(
            case.model_dump_json(exclude=set(_SILENT & _unset(case))).encode() + (suite.raw(case) if isinstance(case, MailCase) else b"")
        ).hexdigest()[:12]
        for case in suite.cases
    }


def digest(suite: Suite) -> str:
    """Return a hash of all cases together."""
    return hashlib.sha256("".join(digests(suite).values()).encode()).hexdigest()[:16]


def stages(seen: Iterable[Observed]) -> dict[str, dict[str, float]]:
    """Return the percentiles of every stage's time in milliseconds."""
    times: dict[str, list[float]] = {}
    for one in seen:
        for span in one.spans:
            times.setdefault(span.stage, []).append(span.ms)
    return {
        stage: {"n": len(values)} | {f"p{at}": round(float(np.percentile(values, at)), 2) for at in (50, 95, 99)} for stage, values in times.items()
    }


def outcomes(suite: Suite, seen: Iterable[Observed]) -> dict[str, dict[str, int]]:
    """Count how the cases of each kind ended, hand-overs by reason."""
    table: dict[str, dict[str, int]] = {}
    for case, one in zip(suite.cases, seen, strict=True):
        ended = f"{one.ended}: {one.why}" if one.ended == "handedOver" else one.ended
        row = table.setdefault(case.kind, {})
        row[ended] = row.get(ended, 0) + 1
    return table


def _abstention(suite: Suite, seen: Sequence[Observed]) -> dict[str, Any] | None:
    pairs = [(case, one) for case, one in zip(suite.cases, seen, strict=True) if isinstance(case, QuestionCase)]
    found = abstention.curve([case for case, _ in pairs], [one for _, one in pairs])
    return asdict(found) if found else None


def stored(releases: Path, release: str) -> Results | None:
    """Return the stored run of a release, None where it has none. Raises ReportError where it cannot be read."""
    path = releases / release / "report.json"
    return results.read(path) if path.is_file() else None


def reported(releases: Path) -> list[str]:
    """Return the names of the releases that have a stored run, by name."""
    return sorted(path.parent.name for path in releases.glob("*/report.json"))


def named(releases: Path, release: str) -> Results:
    """Return the stored run of a release that was asked for by name. Raises ReportError naming those that there are."""
    there = reported(releases)
    found = stored(releases, release) if release in there else None
    if found is None:
        raise ReportError(f"release {release!r} has no stored report to compare with; there are: {', '.join(there) or 'none'}")
    return found
