"""One run of the suite from the settings to the reports: what `proofdesk eval run` and a release's check do."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from evals import bench, cache, cases, gate, recordings, results, run
from evals.bench import Bench
from evals.cache import Cache
from evals.cases import QuestionCase, Suite
from evals.gate import Verdict
from evals.judge import calibrated, scoring
from evals.judge.judge import Judge
from evals.recordings import Continued, Recorder
from evals.report import case_view, page, report
from evals.results import Results
from evals.run import Ran
from evals.scorers import metrics as scorers
from service.models import Model, Usage, costs
from service.models.costs import Prices
from service.releases.serving import Parts
from service.settings import Settings
from service.storage import database
from service.storage.tables import EvalRun

CALLS_A_CASE = 2.2  # one for the ticket, one for the answer, some repairs
TOKENS_A_CALL, TOKENS_OUT = 3500, 300  # of a rendered prompt and an answer, on the high side

Progress = Callable[[int, int], None]
Agree = Callable[[tuple[str, Decimal | None] | None], None]  # is told what would be spent, and stops it by raising


class NothingToRun(Exception):
    """The choice of splits, kinds and cases leaves no case."""


class NotStored(Exception):
    """A run is not what its release would give, so it is no report of it. The message says why."""


@dataclass(frozen=True)
class Choice:
    """What is to be run: a release (None: the one in use), splits, and what narrows the cases; `local` leaves hosted models out."""

    release: str | None = None
    splits: tuple[str, ...] = cases.OPEN_SPLITS
    kinds: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    against: str | None = None
    local: bool = False
    ragas: bool = True
    jobs: int = 1
    replay: Path | None = None
    missing: Path | None = None
    fresh: bool = False

    @property
    def whole(self) -> bool:
        """Tell whether it is the suite as the gate wants it: every open split, nothing narrowed."""
        return set(cases.OPEN_SPLITS) <= set(self.splits) and not (self.kinds or self.metrics or self.only)


@dataclass(frozen=True)
class Paths:
    """Where the three forms of a report are."""

    json: Path
    markdown: Path
    html: Path


@dataclass(frozen=True)
class Finished:
    """A run with the gate's verdict, what it was compared with, and where its reports are."""

    ran: Ran
    verdict: Verdict
    before: Results | None
    paths: Paths


def choose(choice: Choice, folder: Path = cases.GOLDEN) -> Suite:
    """Return the cases that were chosen, having read the gate's rules too. Raises CaseError, GateError, UnknownScorer, NothingToRun."""
    scorers.named(choice.metrics)
    gate.load()
    suite = cases.load(folder)
    kept = [
        case
        for case in suite.cases
        if case.split in choice.splits and (not choice.kinds or case.kind in choice.kinds) and (not choice.only or case.id in choice.only)
    ]
    if unknown := [name for name in choice.only if name not in suite.by_id]:
        raise NothingToRun(f"there is no case {', '.join(unknown)} in {folder}")
    if not kept:
        raise NothingToRun(f"no case in {folder} is in {', '.join(choice.splits)} and of kind {', '.join(choice.kinds) or 'any'}")
    return suite.choosing(kept)


def open_bench(settings: Settings, suite: Suite, choice: Choice, progress: Progress | None = None) -> Bench:
    """Build the desks for a choice. Raises RecordingError for a recording that cannot be used, ReportError where nothing can be compared with."""
    if choice.against is not None:
        run.named(settings.releases_dir, choice.against)  # told at once, not after the run
    recording = recordings.load(choice.replay) if choice.replay else None
    missing = choice.missing.open("w", encoding="utf-8") if choice.missing and recording else None
    return bench.open_bench(settings, suite, choice.release, choice.local, progress, recording, missing)


def record(
    settings: Settings, choice: Choice, route: str, out: Path, header: recordings.Header, agree: Agree, progress: Progress | None = None
) -> tuple[int, int]:
    """Run the chosen cases and keep what a hosted route answers, call by call; return how many cases were asked, and how many were there already.

    A file that is there is gone on with: only calls that it has no text for are asked. A new one says in its header what the route pins. `agree` is
    told the price first. Raises NoRoute, and RecordingError where the file is of another model.
    """
    suite, before = choose(choice), recordings.begun(out, header)
    opened = bench.open_bench(settings, suite, choice.release, progress=progress)
    bench.recorded(opened, route, lambda model: model)  # a route that is not there is told before anything is spent or written
    pinned = recordings.parameters(opened.desk.routes.listed(), header.provider, header.model)
    agree(price(opened, suite))  # of all cases: which calls have another prompt today is known only once they are made
    render, lock, asked = bench.rendering(settings), threading.Lock(), set[str]()
    with recordings.opened(out, header.model_copy(update={"parameters": pinned})) as file:

        def taping(model: Model) -> Model:
            return Continued(before, Recorder(model, render, file, lock, asked))

        run.observe(suite, bench.recorded(opened, route, taping).offices, progress, choice.jobs)
    return len(asked), len(before.cases & suite.by_id.keys() - asked)


def storable(choice: Choice, bench: Bench | None = None) -> None:
    """Raise NotStored where a run would be filtered, of another model than the release asks, or of prompts that are not what it pins."""
    if not choice.whole:
        raise NotStored("only a run of every open split, with all kinds, cases and metrics, is kept as a release's report")
    others = {
        "--replay": choice.replay and "a recording would answer for its hosted model",
        "--local": choice.local and "its hosted models would be left out",
        "--against": choice.against is not None and "it would be held against another release than the one in use",
    }
    if said := [f"{option} ({why})" for option, why in others.items() if why]:
        raise NotStored(
            f"a run with {', '.join(said)} is not kept as a release's report: `proofdesk release check NAME` keeps one beside its release"
        )
    if bench and bench.notes:
        raise NotStored(f"this is not what release {bench.release.name} pins: {'; '.join(bench.notes)}")


def price(bench: Bench, suite: Suite) -> tuple[str, Decimal | None] | None:
    """Return which hosted model a run would ask and the most that it is likely to cost, None where it asks none."""
    for pin in bench.release.routes:
        if pin.provider in bench.parts.providers:
            calls = int(len(suite.cases) * CALLS_A_CASE)
            usage = Usage(TOKENS_A_CALL * calls, 0, TOKENS_OUT * calls, 0)
            prices = Prices(costs.load(bench.parts.settings.prices_dir))
            return f"{pin.provider}/{pin.model}", prices.price(pin.provider, pin.model, usage, datetime.now().astimezone())
    return None


def finish(
    bench: Bench, suite: Suite, choice: Choice, now: datetime, progress: Progress | None = None, out: Path | None = None, judge: Judge | None = None
) -> Finished:
    """Run, score, hold against the gate, write the reports and put the run on record. `judge` scores answers and summaries as well."""
    metrics = scorers.named(choice.metrics)
    rules = gate.load()
    releases = bench.parts.settings.releases_dir
    before = run.named(releases, choice.against) if choice.against is not None else run.stored(releases, _in_use(bench))
    ran = run.run(suite, bench, now, metrics, progress, choice.jobs, cached=_cache(choice, bench, suite))
    if choice.ragas and suite.questions and not choice.metrics:
        ran = replace(ran, results=_with_ragas(ran, bench, judge))
    if judge:
        ran = replace(ran, results=_judged(ran, judge, bench.parts.settings.data_dir))
    if choice.metrics:
        rules = tuple(rule for rule in rules if scorers.source(rule.metric) in choice.metrics)
    verdict = gate.verdict(ran.results, rules, before, part=not choice.whole)
    return conclude(bench.parts, ran, verdict, before, now, out)


def _cache(choice: Choice, bench: Bench, suite: Suite) -> Cache | None:
    """Return what earlier runs left, None where every case is to be run: asked so, or where a hosted model or a recording may answer."""
    hosted = any(pin.provider in bench.parts.providers for pin in bench.release.routes)
    if choice.fresh or hosted or bench.player:
        return None
    return cache.of(bench.parts.settings.data_dir, run.made_of(bench), run.digests(suite))


def conclude(parts: Parts, ran: Ran, verdict: Verdict, before: Results | None, now: datetime, out: Path | None = None) -> Finished:
    """Write the reports of a run that was held against the gate, passed or not, and put it on record."""
    paths = write(ran, verdict, before, out or parts.settings.data_dir / "reports" / ran.results.header.run)
    _record(parts, ran, verdict, paths, now)
    return Finished(ran, verdict, before, paths)


def write(ran: Ran, verdict: Verdict, before: Results | None, folder: Path) -> Paths:
    """Write all three forms of a report into a folder, and beside them the cases as the console shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = Paths(folder / "report.json", folder / "report.md", folder / "report.html")
    results.save(ran.results, paths.json, {"verdict": report.as_data(verdict)})
    paths.markdown.write_text(report.markdown(ran, verdict, before), "utf-8")
    listed = case_view.views(ran, before)
    paths.html.write_text(page.html(ran, verdict, before, listed), "utf-8")
    (folder / case_view.FILE).write_text(json.dumps(case_view.as_data(listed), ensure_ascii=False) + "\n", "utf-8")
    return paths


def _in_use(bench: Bench) -> str:
    from service.releases import moves

    return moves.active(bench.parts.engine)


def _with_ragas(ran: Ran, bench: Bench, judge: Judge | None) -> Results:
    from evals.scorers import ragas  # two seconds to import

    snapshots = {name: getattr(desk.index, "snapshot", None) for name, desk in {cases.OWN: bench.desk, **bench.foreign}.items()}
    listed: list[ragas.Sample] = []
    for name, snapshot in snapshots.items():
        passages: dict[str, list[tuple[str, str]]] = {}
        for one in snapshot.passages if snapshot else ():
            passages.setdefault(one.article, []).append((one.heading, one.text))
        pairs = zip(ran.suite.cases, ran.observed, strict=True)
        asked = [(case, seen) for case, seen in pairs if isinstance(case, QuestionCase) and seen.centre == name]
        listed += ragas.samples([case for case, _ in asked], [seen for _, seen in asked], passages)
    own = snapshots[cases.OWN]
    scored = ragas.score(listed, own.encoder, judge=judge) if own and listed else None
    return replace(ran.results, extra={**ran.results.extra, "ragas": scored.as_data()}) if scored else ran.results


def _judged(ran: Ran, judge: Judge, data_dir: Path) -> Results:
    """Add what the judge says, and beside it how far it was found to agree with people."""
    scored = scoring.score(ran.suite, ran.observed, judge)
    found = calibrated.kept(data_dir)
    if found is None or found["model"] != judge.model:
        other = f" (the last one measured was {found['model']})" if found else ""
        found = {"says": f"this judge's agreement with people was not measured{other}: run `proofdesk eval calibrate`"}
    return replace(
        ran.results, scores=(*ran.results.scores, *scored), extra={**ran.results.extra, "judge": {"model": judge.model, "calibration": found}}
    )


def _record(parts: Parts, ran: Ran, verdict: Verdict, paths: Paths, now: datetime) -> None:
    """Put the run into the database, where the console finds it."""
    header = ran.results.header
    with database.writing(parts.engine) as session:
        session.merge(
            EvalRun(
                id=header.run,
                at=now,
                release=header.release,
                suite=header.suite,
                verdict=verdict.decision,
                seconds=header.seconds,
                report={"path": str(paths.json.parent), **report.as_data(verdict), "measures": headlines(ran.results), **_replay(ran.results)},
            )
        )


def _replay(ran: Results) -> dict[str, Any]:
    return {"replay": ran.extra["replay"]} if ran.extra.get("replay") else {}


def headlines(measured: Results) -> list[dict[str, Any]]:
    """Return the headline metrics as plain data."""
    return [
        {"group": title, "metric": one.metric, "better": one.better, "share": scorers.unit(one.metric).share, **vars(one.estimate)}
        for title, listed in report.headlines(measured)
        for one in listed
    ]


def keep(finished: Finished, choice: Choice, releases: Path) -> Path:
    """Store the report beside its release, as what later runs are compared with. Raises NotStored for a run that is filtered, edited or no pass."""
    storable(choice)
    if finished.verdict.decision != "pass" or finished.ran.results.header.notes:
        raise NotStored(f"run {finished.ran.results.header.run} did not pass as the release it is of")
    place = releases / finished.ran.results.header.release / "report.json"
    content: dict[str, Any] = json.loads(finished.paths.json.read_text("utf-8"))
    content.pop("reasons")  # they quote the cases, and nothing is compared by them
    place.write_text(json.dumps({**content, "reasons": {}}, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    return place


def last(data_dir: Path) -> Path | None:
    """Return the newest report folder of a data directory."""
    found: Sequence[Path] = sorted(path.parent for path in (data_dir / "reports").glob("*/report.json"))
    return found[-1] if found else None
