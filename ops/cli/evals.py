"""The `proofdesk eval` commands."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.progress import bar

if TYPE_CHECKING:  # everything that is slow to import is imported by the command that needs it
    from evals.mutations.adequacy import Tried
    from evals.suite import Finished
    from service.settings import Settings

app = typer.Typer(help="The eval suite: run it, compare runs, and prove that its gate is not blind.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Yes = Annotated[bool, typer.Option("--yes", help="Run although hosted models will cost money.")]
BAD_INPUT, FAILED = 2, 1
FEWEST_SURE = 6  # cases under which an interval of the bootstrap says nothing


@app.command()
def run(
    release: Annotated[str | None, typer.Option(help="Release to run; default: the one in use.")] = None,
    split: Annotated[list[str] | None, typer.Option(help="Splits to run; default: dev and validation.")] = None,
    locked: Annotated[bool, typer.Option("--locked", help="Run the locked split too. Look at it once, not while tuning.")] = False,
    kind: Annotated[list[str] | None, typer.Option(help="Only cases of these kinds.")] = None,
    case: Annotated[list[str] | None, typer.Option(help="Only these cases.")] = None,
    metric: Annotated[list[str] | None, typer.Option(help="Only these scorers.")] = None,
    against: Annotated[str | None, typer.Option(help="Release whose stored report to compare with; default: the one in use.")] = None,
    local: Annotated[bool, typer.Option("--local", help="Leave hosted models out, even where one has a key.")] = False,
    judge: Annotated[bool, typer.Option("--judge", help="Have the release's judge route score answers and summaries as well; costs money.")] = False,
    ragas: Annotated[bool, typer.Option("--ragas/--no-ragas", help="Score with ragas' offline metrics as well.")] = True,
    jobs: Annotated[int, typer.Option(min=1, max=32, help="Cases run at the same time.")] = 2,
    out: Annotated[Path | None, typer.Option(help="Folder for the reports; default: reports/ in the data directory.")] = None,
    store: Annotated[bool, typer.Option("--store", help="Keep the report beside the release if the gate passes.")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Run the cases, score them, hold them against the gate, write the reports. Exit code 1 where the gate does not pass."""
    from datetime import UTC, datetime

    from evals import suite as suites
    from evals.judge import judge as judging

    chosen = suites.Choice(
        release=release,
        splits=_splits(split, locked),
        kinds=tuple(kind or ()),
        metrics=tuple(metric or ()),
        only=tuple(case or ()),
        against=against,
        local=local,
        ragas=ragas,
        jobs=jobs,
    )
    settings = _settings()
    with _bad_input():
        suite = suites.choose(chosen)
        with bar("Building") as tell:
            bench = suites.open_bench(settings, suite, chosen, tell)
        _ask_for_money(suites.price(bench, suite), yes)
        asked = judging.open_judge(settings) if judge else None
        _ask_for_money(asked.price(len(suite.cases)) if asked else None, yes)
        with bar("Running") as tell:
            finished = suites.finish(bench, suite, chosen, datetime.now(UTC), tell, out, asked)
    if store and finished.verdict.decision == "pass":
        suites.keep(finished, settings.releases_dir)
    _tell_run(finished, as_json)
    if finished.verdict.decision != "pass":
        raise typer.Exit(FAILED)


@app.command()
def compare(
    before: Annotated[str, typer.Argument(help="Release, report folder or report.json to start from.")],
    after: Annotated[str, typer.Argument(help="The same, to compare with it.")],
    as_json: Json = False,
) -> None:
    """Compare two runs: every metric and slice that changed, and every case."""
    from evals import compare as comparing

    settings = _settings()
    with _bad_input():
        first, second = _report(before, settings), _report(after, settings)
    differences, changes = comparing.differences(first, second), comparing.by_case(first, second)
    if as_json:
        print(json.dumps({"differences": [vars(one) for one in differences], "cases": changes}, ensure_ascii=False))
        return
    _tell_differences(differences, changes)


@app.command()
def report(run: Annotated[str | None, typer.Argument(help="Release, report folder or report.json; default: the last run.")] = None) -> None:
    """Print a stored report, and say where its page is."""
    from rich.console import Console
    from rich.markdown import Markdown

    from evals import suite as suites
    from evals.results import ReportError

    settings = _settings()
    with _bad_input():
        place = _place(run, settings) if run else suites.last(settings.data_dir)
        if place is None:
            raise ReportError(f"there is no report in {settings.data_dir / 'reports'} yet: run `proofdesk eval run`")
        folder = place if place.is_dir() else place.parent
        if not (folder / "report.md").is_file():
            raise ReportError(f"there is no report.md in {folder}: only runs have one, not releases")
        text = (folder / "report.md").read_text("utf-8")
    Console().print(Markdown(text))
    print(f"{folder / 'report.html'}")


@app.command()
def mutate(
    name: Annotated[list[str] | None, typer.Option("--only", help="Only these mutations.")] = None,
    split: Annotated[list[str] | None, typer.Option(help="Splits to run; default: dev and validation.")] = None,
    as_json: Json = False,
) -> None:
    """Weaken the release in use in every way that is known, and count how often the gate notices. Exit code 1 under .90, or where it blocks the harmless."""
    from datetime import UTC, datetime

    from evals import gate
    from evals import suite as suites
    from evals.mutations import adequacy, benign, setup, weakenings

    settings = _settings()
    chosen = suites.Choice(splits=_splits(split, False), local=True)
    with _bad_input():
        listed = [one for one in (*weakenings.WEAKENINGS, *benign.HARMLESS) if not name or one.name in name]
        if unknown := set(name or ()) - {one.name for one in listed}:
            raise suites.NothingToRun(f"there is no mutation {', '.join(sorted(unknown))}")
        suite, rules = suites.choose(chosen), gate.load()
        bench = suites.open_bench(settings, suite, chosen)
        lab = setup.workbench(bench, suite)
        found = adequacy.measure(listed, suite, bench, lab, rules, datetime.now(UTC), None if as_json else _tell_mutation)
        if not name:
            adequacy.keep(found, settings.data_dir, datetime.now(UTC))
    if as_json:
        print(json.dumps(found.as_data()))
    else:
        _tell_adequacy(found)
    enough = found.rate().value >= adequacy.ENOUGH if found.weakenings else True
    if not enough or found.blocked:
        raise typer.Exit(FAILED)


@app.command()
def external(
    kb: Annotated[Path, typer.Option(help="Documents, JSON lines of doc_id, title, text.")],
    questions: Annotated[Path, typer.Option(help="Questions, JSON lines of id, input.question, expected.doc_ids, expected.answerable.")],
    as_json: Json = False,
) -> None:
    """Score retrieval and abstention on any benchmark."""
    from evals import benchmark

    settings = _settings()
    with _bad_input(), bar("Embedding") as tell:
        found = benchmark.run(kb, questions, settings.data_dir, tell)
    if as_json:
        print(json.dumps(found.as_data(), ensure_ascii=False))
        return
    print(f"{found.documents} documents, {found.passages} passages, {found.questions} questions")
    for name, one in {**found.measures, **found.abstention}.items():
        bounds = "" if one.low is None or one.high is None else f" [{one.low:.3f}, {one.high:.3f}]"
        print(f"{name:28} {one.value:.3f}{bounds} (n={one.n})")


@app.command()
def calibrate(yes: Yes = False, as_json: Json = False) -> None:
    """Measure how far the judge agrees with people on labelled cases (Cohen's kappa)."""
    from evals.judge import agreement
    from evals.judge import judge as judging

    settings = _settings()
    with _bad_input():
        labels = agreement.load()
        judge = judging.open_judge(settings)
        _ask_for_money(judge.price(len(labels)), yes)
        with bar("Judging") as tell:
            found = agreement.measure(judge, labels, tell)
        agreement.keep(found, settings.data_dir)
    if as_json:
        print(json.dumps(found.as_data()))
    else:
        print(found.says())


@app.callback()
def begin(context: typer.Context) -> None:
    """See to what a command needs before it works for minutes."""
    from ops.cli import shared

    if context.invoked_subcommand == "run":
        shared.needs("evals", "ragas", "plotly")


@app.command()
def schema() -> None:
    """Print the JSON Schema of case files."""
    from evals import cases

    print(json.dumps(cases.schema(), indent=2, ensure_ascii=False))


def _settings() -> "Settings":
    from ops.cli import shared

    return shared.read_settings()


def _splits(given: list[str] | None, locked: bool) -> tuple[str, ...]:
    from evals import cases

    if unknown := set(given or ()) - set(cases.SPLITS):
        _complain(f"there is no split {', '.join(sorted(unknown))}; there are: {', '.join(cases.SPLITS)}")
        raise typer.Exit(BAD_INPUT)
    return (*(given or cases.OPEN_SPLITS), *(("locked",) if locked else ()))


@contextmanager
def _bad_input() -> Iterator[None]:
    """Turn what a user can put right into one line and exit code 2."""
    from evals.benchmark import ExternalError
    from evals.cases import CaseError
    from evals.gate import GateError
    from evals.judge.agreement import LabelError
    from evals.judge.judge import NoJudge
    from evals.results import ReportError
    from evals.scorers.metrics import UnknownScorer
    from evals.suite import NothingToRun

    try:
        yield
    except (CaseError, ExternalError, GateError, LabelError, NoJudge, NothingToRun, ReportError, UnknownScorer) as exc:
        _complain(str(exc))
        raise typer.Exit(BAD_INPUT) from exc


def _ask_for_money(price: Any, yes: bool) -> None:
    """Stop before money is spent that nobody agreed to."""
    if price is None or yes:
        return
    model, usd = price
    _complain(f"this run would ask {model} and cost {'an unknown sum' if usd is None else f'up to about {usd:.2f} USD'}: add --yes, or --local")
    raise typer.Exit(BAD_INPUT)


def _report(given: str, settings: "Settings") -> Any:
    from evals import results

    place = _place(given, settings)
    return results.read(place / "report.json" if place.is_dir() else place)


def _place(given: str, settings: "Settings") -> Path:
    """Return the folder or file that a release, run, folder or file name stands for."""
    for place in (Path(given), settings.releases_dir / given, settings.data_dir / "reports" / given):
        if place.is_file() or (place / "report.json").is_file():
            return place
    return Path(given) / "report.json"


def _tell_run(finished: "Finished", as_json: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    from evals import suite as suites
    from evals.report import report as reporting

    results, verdict, paths = finished.ran.results, finished.verdict, finished.paths
    files = [str(path) for path in (paths.html, paths.markdown, paths.json)]
    said = reporting.sentence(verdict, results, finished.before)
    if as_json:
        facts = {"run": results.header.run, "seconds": results.header.seconds, "verdict": reporting.as_data(verdict), "says": said, "reports": files}
        print(json.dumps({**facts, "measures": suites.headlines(results)}, ensure_ascii=False))
        return
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    heads = reporting.columns(results)
    for title, listed in reporting.headlines(results):
        if not listed:
            continue
        table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
        for column in ("metric", *(name for name, _ in heads), "can show a drop of"):
            table.add_column(column)
        for one in listed:
            cells = [reporting.cell(results.measure(one.metric, of)) for _, of in heads]
            drop = f"{one.drop:.1%}" if one.drop is not None else ""
            table.add_row(one.metric + (" ↓" if one.better == "lower" else ""), *cells, drop)
        console.print(table)
        console.print()
    console.print("↓ less is better. 95 % intervals: Wilson for shares, bootstrap for the rest. Drops at power .8, one-sided 5 %.")
    for note in results.header.notes:
        console.print(f"Note: {note}.")
    for ruling in verdict.broken:
        console.print(f"{ruling.decision}: {reporting.explain(ruling)}", markup=False)
    console.print(f"\n{len(results.slices)} cases in {results.header.seconds:.0f} s. Reports: {', '.join(files)}", markup=False, soft_wrap=True)
    console.print(said, markup=False, style="green" if verdict.decision == "pass" else "red", soft_wrap=True)


def _tell_differences(differences: Any, changes: Any) -> None:
    moved = [one for one in differences if one.effect != 0]
    for one in sorted(moved, key=lambda one: one.effect):
        sure = "sure" if one.p < 0.05 or (one.low > 0 and one.n >= FEWEST_SURE) else "may be chance"
        print(
            f"{one.effect:+.3f} [{one.low:+.3f}, {one.high:+.3f}] {one.metric} ({one.slice}): {one.before:.3f} → {one.after:.3f}, n={one.n}, p {one.p:.2g}, {sure}"
        )
    print(f"{len(moved)} of {len(differences)} measures changed, in {len(changes)} cases. Positive is better.")
    for case, values in changes.items():
        print(f"{case}: {'; '.join(f'{metric} {old} → {new}' for metric, old, new in values)}")


def _tell_mutation(one: "Tried") -> None:
    verdict = "caught" if one.caught else one.decision
    words = one.error or "; ".join(one.broken[:3]) or "no rule broken"
    print(f"{one.mutation.kind:9} {one.mutation.name:28} {verdict:20} {one.seconds:5.1f} s  {words}", flush=True)


def _tell_adequacy(found: Any) -> None:
    if found.weakenings:
        rate = found.rate()
        print(f"caught {sum(one.caught for one in found.weakenings)} of {rate.n} weakenings: {rate.value:.2f} [{rate.low:.2f}, {rate.high:.2f}]")
    print(f"missed: {', '.join(found.missed) or 'none'}")
    print(f"harmless changes blocked: {len(found.blocked)} of {len(found.benign)}{': ' + ', '.join(found.blocked) if found.blocked else ''}")
    print(f"{found.seconds:.0f} s; the unchanged release itself: {found.baseline.decision}")


def _complain(text: str) -> None:
    print(f"proofdesk: {' '.join(text.split())}", file=sys.stderr)
