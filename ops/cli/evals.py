"""The `proofdesk eval` commands."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli import calibrating, eval_options, eval_printing, external, learning, recording, shared
from ops.cli.progress import bar, leaving

if TYPE_CHECKING:  # everything that is slow to import is imported by the command that needs it
    from service.settings import Settings

app = typer.Typer(help="The eval suite: run it, compare runs, and prove that its gate is not blind.", no_args_is_help=True)
app.command()(external.external)
app.command()(recording.record)
app.command()(recording.fill)
app.command()(calibrating.calibrate)
app.command()(learning.queue)
app.command()(learning.adopt)
FAILED = 1


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
    fresh: Annotated[bool, typer.Option("--fresh", help="Run every case, also those that were run with these very hashes before.")] = False,
    export: eval_options.Export = None,
    store: Annotated[bool, typer.Option("--store", help="Keep the report beside the release if the gate passes.")] = False,
    replay: Annotated[Path | None, typer.Option(help="Recording whose completions stand for every hosted model; no network, no key.")] = None,
    missing: Annotated[Path | None, typer.Option(help="With --replay: where to write the prompts that have no recording.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Print every measure and every rule not passed, not ten lines alone.")] = False,
    yes: eval_options.Yes = False,
    as_json: eval_options.Json = False,
) -> None:
    """Run the cases, score them, hold them against the gate, write the reports. Exit code 1 where the gate does not pass.

    A part of the suite (--case, --kind, --metric, --split) may fail, but never passes: exit code 0 means only that no rule is broken by it. Up
    to three cases by name are printed whole.
    """
    from datetime import UTC, datetime

    from evals import suite as suites
    from evals.judge import judge as judging
    from evals.report import exports

    chosen = suites.Choice(
        release=release,
        splits=eval_options.splits(split, locked),
        kinds=tuple(kind or ()),
        metrics=tuple(metric or ()),
        only=tuple(case or ()),
        against=against,
        local=local,
        ragas=ragas,
        jobs=jobs,
        replay=replay,
        missing=missing,
        fresh=fresh,
    )
    settings = shared.read_settings()
    with eval_options.bad_input(), leaving("the next run goes on where this one was left"):
        for path in export or ():
            exports.check_form(path)
        if store:
            suites.storable(chosen)
        suite = suites.choose(chosen)
        with bar("Building") as tell:
            bench = suites.open_bench(settings, suite, chosen, tell)
        if store:
            suites.storable(chosen, bench)
        eval_options.ask_for_money(suites.price(bench, suite), yes)
        asked = judging.open_judge(settings) if judge else None
        eval_options.ask_for_money(asked.price(len(suite.cases)) if asked else None, yes)
        with bar("Running") as tell:
            finished = suites.finish(bench, suite, chosen, datetime.now(UTC), tell, out, asked)
        for path in export or ():
            exports.write(path, exports.rows(finished.ran.results), exports.rules(finished.verdict))
        if store and finished.verdict.decision == "pass":
            suites.keep(finished, chosen, settings.releases_dir)
    if as_json:
        eval_printing.run_as_json(finished)
    elif case and len(case) <= eval_printing.FEW_CASES:
        eval_printing.cases(finished)
    else:
        eval_printing.run(finished, full)
    if finished.verdict.decision == "fail" or (finished.verdict.decision != "pass" and not finished.verdict.part):
        raise typer.Exit(FAILED)


@app.command()
def compare(
    before: Annotated[str, typer.Argument(help="Release, report folder or report.json to start from.")],
    after: Annotated[str, typer.Argument(help="The same, to compare with it.")],
    everything: Annotated[bool, typer.Option("--all", help="Every metric and slice that changed, and every case.")] = False,
    as_json: eval_options.Json = False,
) -> None:
    """Compare two runs: what became better or worse beyond chance, what was not compared, and the cases that lost most."""
    from evals import compare as comparing
    from evals.report import brief

    settings = shared.read_settings()
    with eval_options.bad_input():
        first, second = _report(before, settings), _report(after, settings)
    changes = comparing.by_case(first, second)
    differences = comparing.differences(first, second) if everything or as_json else []
    if as_json:
        shared.say(json.dumps({"differences": [vars(one) for one in differences], "cases": changes}, ensure_ascii=False))
        return
    if everything:
        eval_printing.differences(differences, changes)
    for line in brief.of_comparison(first, second):
        eval_printing.say(line)


@app.command()
def report(run: Annotated[str | None, typer.Argument(help="Release, report folder or report.json; default: the last run.")] = None) -> None:
    """Print a stored report, and say where its page is."""
    from rich.console import Console
    from rich.markdown import Markdown

    from evals import suite as suites
    from evals.results import ReportError

    settings = shared.read_settings()
    with eval_options.bad_input():
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
    as_json: eval_options.Json = False,
) -> None:
    """Weaken the release in use in every way that is known, and count how often the gate notices. Exit code 1 under .95, or where it blocks the harmless."""
    from datetime import UTC, datetime

    from evals import gate
    from evals import suite as suites
    from evals.mutations import adequacy, benign, setup, weakenings

    settings = shared.read_settings()
    chosen = suites.Choice(splits=eval_options.splits(split, False), local=True)
    with eval_options.bad_input():
        listed = [one for one in (*weakenings.WEAKENINGS, *benign.HARMLESS) if not name or one.name in name]
        if unknown := set(name or ()) - {one.name for one in listed}:
            raise suites.NothingToRun(f"there is no mutation {', '.join(sorted(unknown))}")
        suite, rules = suites.choose(chosen), gate.load()
        bench = suites.open_bench(settings, suite, chosen)
        lab = setup.workbench(bench, suite)
        found = adequacy.measure(listed, suite, bench, lab, rules, datetime.now(UTC), None if as_json else eval_printing.mutation)
        if not name:
            adequacy.keep(found, settings.data_dir, datetime.now(UTC))
    if as_json:
        shared.say(json.dumps(found.as_data()))
    else:
        eval_printing.adequacy(found)
    enough = found.rate().value >= adequacy.ENOUGH if found.weakenings else True
    if not enough or found.blocked:
        raise typer.Exit(FAILED)


@app.callback()
def begin(context: typer.Context) -> None:
    """See to what a command needs before it works for minutes."""
    if context.invoked_subcommand == "run":
        shared.needs("evals", "ragas")


@app.command()
def schema() -> None:
    """Print the JSON Schema of case files."""
    from evals import cases

    shared.say(json.dumps(cases.schema(), indent=2, ensure_ascii=False))


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
