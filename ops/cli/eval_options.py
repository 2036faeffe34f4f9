"""What the eval commands share: their options, the settings, and how what a user can put right is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from ops.cli import shared

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Export = Annotated[list[Path] | None, typer.Option(help="Write a report for other programs: .xml (JUnit), .csv or .jsonl; repeatable.")]
Raw = Annotated[bool, typer.Option("--raw", help="Keep the mail as it came, with its secrets, addresses and phone numbers.")]
Yes = Annotated[bool, typer.Option("--yes", help="Run although hosted models will cost money.")]


def splits(given: list[str] | None, locked: bool) -> tuple[str, ...]:
    """Return the splits to run. Ends the command where one is unknown."""
    from evals import cases

    if unknown := set(given or ()) - set(cases.SPLITS):
        shared.complain(f"there is no split {', '.join(sorted(unknown))}; there are: {', '.join(cases.SPLITS)}")
        raise typer.Exit(shared.BAD_INPUT)
    return (*(given or cases.OPEN_SPLITS), *(("locked",) if locked else ()))


@contextmanager
def bad_input() -> Iterator[None]:
    """Turn what a user can put right into one line and exit code 2."""
    from evals.adopting import NotAdopted
    from evals.bench import NoRoute
    from evals.cases import CaseError
    from evals.external.formats import ExternalError
    from evals.gate import GateError
    from evals.judge.judge import NoJudge
    from evals.judge.labels import LabelError
    from evals.recordings import RecordingError
    from evals.report.exports import ExportError
    from evals.results import ReportError
    from evals.scorers.metrics import UnknownScorer
    from evals.suite import NothingToRun, NotStored

    foreseen = (
        CaseError, ExportError, ExternalError, GateError, LabelError, NoJudge, NoRoute, NotAdopted, NothingToRun, NotStored, RecordingError, ReportError, UnknownScorer,
    )  # fmt: skip

    try:
        yield
    except foreseen as exc:
        shared.complain(str(exc))
        raise typer.Exit(shared.BAD_INPUT) from exc


def ask_for_money(price: tuple[str, Decimal | None] | None, yes: bool) -> None:
    """Stop before money is spent that nobody agreed to."""
    if price is None or yes:
        return
    model, usd = price
    shared.complain(f"this run would ask {model} and cost {'an unknown sum' if usd is None else f'up to about {usd:.2f} USD'}: add --yes, or --local")
    raise typer.Exit(shared.BAD_INPUT)
