"""The kit of every command: its settings and log, its exit codes, `--json`, who decides and because of what."""

import getpass
import importlib.util
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli import progress
from service.text import plain

if TYPE_CHECKING:  # slow to import; --help must answer at once
    from sqlalchemy import Engine

    from service.bootstrap import Desks
    from service.settings import Settings
    from service.storage import audit
    from service.telemetry.prometheus import Sends

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Because = Annotated[str, typer.Option("--because", help="Why; it is kept on record.")]
Who = Annotated[str, typer.Option("--who", help="Who decides; default: the user of this machine.")]
FAILED, BAD_INPUT = 1, 2
QUIET = "CRITICAL"  # what a command says is its output; the log is for services


class MissingExtra(Exception):
    """A command needs packages that only an optional extra installs."""


def read_settings(level: str | None = QUIET, **changes: Any) -> "Settings":
    """Read the settings, with changes where they are not None, and set up the log, at `level` unless the settings name one."""
    from service import logs
    from service.settings import Settings

    settings = Settings(**{name: value for name, value in changes.items() if value is not None})
    logs.set_up(settings.log_level if level is None or "log_level" in settings.model_fields_set else level)
    return settings


def open_desks(settings: "Settings") -> "Desks":
    """Open the database and what the desks share; what is fitted meanwhile is shown."""
    from service import bootstrap

    return bootstrap.open_desks(settings, progress.learning())


def open_all() -> "tuple[Settings, Desks]":
    """Read the settings, set up the log, and open the database."""
    settings = read_settings()
    return settings, open_desks(settings)


def open_database() -> "tuple[Settings, Engine]":
    """Read the settings, set up the log, and open the database with its schema up to date, for commands that need no desk."""
    from service.storage import database, stored_files

    settings = read_settings()
    engine = database.open_engine(settings.database, settings.sqlite_sync)
    database.migrate(engine)
    stored_files.close(settings.data_dir)
    return settings, engine


def spans(settings: "Settings") -> "Sends | None":
    """Return what sends traces to the collector that the settings name, None where they name none."""
    if not settings.otlp_endpoint:
        return None
    from service.telemetry import opentelemetry

    return opentelemetry.to_collector(settings.otlp_endpoint)


def needs(extra: str, *modules: str) -> None:
    """See that modules of an optional extra are installed. Raises MissingExtra, which says what to install."""
    if missing := [name for name in modules if importlib.util.find_spec(name) is None]:
        raise MissingExtra(f"{' and '.join(missing)} not installed, which this command needs: pip install 'proofdesk[{extra}]'")


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def say(words: str) -> None:
    """Print words on standard output, at once, and nothing that a terminal would take for more than words; JSON keeps its values, as escapes."""
    print(plain.escaped(words) if words.startswith("{") else plain.lines(words), flush=True)


def complain(words: str) -> None:
    """Print a line on standard error: what is wrong, or what the reader should know."""
    print(f"proofdesk: {plain.line(words)}", file=sys.stderr)


def who_decides(who: str) -> str:
    """Return who decides: as given, else the user of this machine."""
    return who or _user()


def signed() -> "audit.Who":
    """Return whom the audit log names for what is done here: the user of this machine, whoever is said to have decided."""
    from service.storage import audit

    return audit.Who(f"{_user()} (command line)", "operator")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user need not have a name
        return f"user {os.getuid()}"
