"""`proofdesk eval record` and `eval fill`: what a hosted model answers, kept in a file as it comes or as it was collected elsewhere."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ops.cli import eval_options, shared
from ops.cli.progress import bar, leaving


def record(
    route: Annotated[str, typer.Option(help="Hosted route of the release to record, as provider/model.")],
    out: Annotated[Path, typer.Option(help="File to write; one that is there is gone on with.")],
    release: Annotated[str | None, typer.Option(help="Release to run; default: the one in use.")] = None,
    split: Annotated[list[str] | None, typer.Option(help="Splits to run; default: dev and validation.")] = None,
    case: Annotated[list[str] | None, typer.Option(help="Only these cases.")] = None,
    says: Annotated[str, typer.Option(help="What the file shall say of how it was made.")] = "given exactly these prompts and nothing else",
    jobs: Annotated[int, typer.Option(min=1, max=32, help="Cases run at the same time.")] = 2,
    yes: eval_options.Yes = False,
) -> None:
    """Keep what a hosted model answers to the cases, for `eval run --replay`."""
    from evals import recordings
    from evals import suite as suites

    provider, _, model = route.partition("/")
    header = recordings.Header(provider=provider, model=model, date=f"{datetime.now(UTC):%Y-%m-%d}", says=says)
    chosen = suites.Choice(release=release, splits=eval_options.splits(split, False), only=tuple(case or ()), jobs=jobs)
    with eval_options.bad_input(), leaving("what was recorded so far is kept; the same command goes on"), bar("Recording") as tell:
        done, there = suites.record(shared.read_settings(), chosen, route, out, header, lambda price: eval_options.ask_for_money(price, yes), tell)
    print(f"{out}: {done} cases recorded" + (f", {there} were there already" if there else ""))


def fill(
    out: Annotated[Path, typer.Argument(help="Recording to add to; made where there is none.")],
    prompts: Annotated[Path, typer.Option(help="The prompts, as --missing wrote them.")],
    answers: Annotated[Path, typer.Option(help='JSON lines {"key": …, "text": …}: the key of a prompt, and the completion.')],
    model: Annotated[str, typer.Option(help="Who answered, as provider/model.")],
    says: Annotated[str, typer.Option(help="What a new file shall say of how it was made.")] = "given exactly these prompts and nothing else",
    temperature: Annotated[float, typer.Option(help="What a new file shall say of the temperature.")] = 0.0,
) -> None:
    """Add completions that were collected elsewhere to a recording, for --replay."""
    from evals import collecting, recordings

    provider, _, name = model.partition("/")
    header = recordings.Header(
        provider=provider, model=name, date=f"{datetime.now(UTC):%Y-%m-%d}", parameters={"temperature": temperature}, says=says
    )
    with eval_options.bad_input():
        done = collecting.fill(out, prompts, answers, header)
    print(f"{out}: {done.filled} calls added" + (f", {len(done.left)} prompts without a completion: {', '.join(done.left[:5])}" if done.left else ""))
    if done.unknown:
        print(f"{len(done.unknown)} completions belong to no prompt of {prompts}: {', '.join(done.unknown[:5])}")
