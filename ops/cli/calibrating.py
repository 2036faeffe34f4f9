"""`proofdesk eval calibrate`: the judge, ragas and our own check, held against labelled cases."""

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli import calibration_printing, eval_options, shared
from ops.cli.progress import bar, leaving

if TYPE_CHECKING:  # everything that is slow to import is imported by the command that needs it
    from evals.calibration.raters import Rater
    from evals.judge.judge import Judge
    from evals.recordings import Player
    from service.settings import Settings

JUDGE, RAGAS, OURS = "judge", "ragas", "ours"
RATERS = (JUDGE, RAGAS, OURS)
JUDGEMENTS = {JUDGE: 1, RAGAS: 2}  # of one case, in the price of two calls each


def calibrate(
    replay: Annotated[Path | None, typer.Option(help="Recording whose completions stand for the judge; no release, no network, no key.")] = None,
    missing: Annotated[Path | None, typer.Option(help="Where to write the prompts that have no recording, all without --replay.")] = None,
    record: Annotated[Path | None, typer.Option(help="Keep what the judge answers in this file; one that is there is gone on with.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only judge, ragas or ours; repeatable.")] = None,
    yes: eval_options.Yes = False,
    as_json: eval_options.Json = False,
) -> None:
    """Measure how far the judge, ragas and our own check agree with labelled cases (Cohen's kappa), and where each is wrong.

    `--only ours` needs no judge. ragas asks the judge too, twice in a row, so that its second prompts are missing only once its first are recorded.
    """
    from evals.calibration import calibration, raters
    from evals.judge import labels as labelling

    settings = shared.read_settings()
    chosen = _chosen(only)
    if RAGAS in chosen:
        shared.needs("evals", "ragas")
    with eval_options.bad_input(), ExitStack() as open_files, leaving("what was recorded so far is kept; the same command goes on"):
        labels = labelling.load()
        judge, player = _judge(settings, chosen, len(labels), replay, missing, record, yes, open_files)
        listed = [*raters.of_labels(labelling.again())]
        if judge and JUDGE in chosen:
            listed += raters.of_judge(judge)
        if OURS in chosen or RAGAS in chosen:
            listed += _with_encoder(settings, judge, chosen)
        with bar("Judging") as tell:
            found = calibration.measure(listed, labels, judge.model if judge else "", tell)
        if player:
            found = replace(found, replay=player.says())
        elif judge and set(chosen) == set(RATERS):
            calibration.keep(found, settings.data_dir)
    if as_json:
        shared.say(json.dumps(found.as_data(), ensure_ascii=False))
    else:
        calibration_printing.show(found)


def _chosen(only: list[str] | None) -> tuple[str, ...]:
    if unknown := set(only or ()) - set(RATERS):
        shared.complain(f"there is no rater {', '.join(sorted(unknown))}; there are: {', '.join(RATERS)}")
        raise typer.Exit(shared.BAD_INPUT)
    return tuple(only or RATERS)


def _judge(
    settings: "Settings",
    chosen: tuple[str, ...],
    cases: int,
    replay: Path | None,
    missing: Path | None,
    record: Path | None,
    yes: bool,
    open_files: ExitStack,
) -> "tuple[Judge | None, Player | None]":
    """Return who judges, and what counts the calls where that is a recording; None where nobody is asked."""
    from evals import recordings
    from evals.judge import judge as judging

    if set(chosen) == {OURS}:
        return None, None
    if replay or missing:
        nothing = recordings.Recording(Path("none"), recordings.Header(provider="recorded", model="nobody", date="never"), {})
        wanted = open_files.enter_context(missing.open("w", encoding="utf-8")) if missing else None
        return judging.replayed(recordings.load(replay) if replay else nothing, settings.prompts_dir, wanted)
    judge = judging.open_judge(settings)
    eval_options.ask_for_money(judge.price(cases * sum(JUDGEMENTS.get(name, 0) for name in chosen)), yes)
    if record is None:
        return judge, None
    provider, _, model = judge.model.partition("/")
    header = recordings.Header(
        provider=provider,
        model=model,
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        parameters=recordings.parameters(judge.routes.listed(), provider, model),
        says="given exactly these prompts and nothing else",
    )
    before = recordings.begun(record, header)
    return judging.recorded(judge, before, open_files.enter_context(recordings.opened(record, header))), None


def _with_encoder(settings: "Settings", judge: "Judge | None", chosen: tuple[str, ...]) -> "list[Rater]":
    """Return the raters that read texts by our encoder."""
    from evals.calibration import raters
    from retrieval import encoder as encoders
    from retrieval.remembering import Remembering
    from service.local import answer_reader
    from service.stages.check import coverage
    from service.stages.check.chain import Checker

    encoder = Remembering(encoders.obtain(settings.data_dir / "encoders"))
    listed: list[Rater] = []
    if judge and RAGAS in chosen:
        listed += raters.of_ragas(judge, encoder)
    if OURS in chosen:
        listed += raters.of_ours(Checker(encoder, coverage.Learned(coverage.load(), encoder)), answer_reader.load(), encoder)
    return listed
