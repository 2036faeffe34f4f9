"""What the operating commands begin with: settings read, database open, words said."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli import progress

if TYPE_CHECKING:  # slow to import; --help must answer at once
    from service.bootstrap import Desks
    from service.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Because = Annotated[str, typer.Option("--because", help="Why; it is kept on record.")]
Who = Annotated[str, typer.Option("--who", help="Who decides; default: the user of this machine.")]
FAILED = 1


def open_all() -> "tuple[Settings, Desks]":
    """Read the settings, set up the log, and open the database."""
    from service import bootstrap, logs
    from service.settings import Settings

    settings = Settings()
    logs.set_up(settings.log_level if "log_level" in settings.model_fields_set else "CRITICAL")
    return settings, bootstrap.open_desks(settings, progress.learning())


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def say(words: str) -> None:
    """Print words on standard output."""
    typer.echo(words)


def who_decides(who: str) -> str:
    """Return who decides: as given, else the user of this machine."""
    return who or getpass.getuser()
