"""The commands that keep data safe: doctor, backup, restore."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.shared import FAILED, now, read_settings, say

if TYPE_CHECKING:  # slow to import; --help must answer at once
    from sqlalchemy import Engine

    from service.settings import Settings

LITTLE_ROOM = 200 * 1024 * 1024
ALIVE = timedelta(seconds=30)


def mount(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(doctor)
    app.command()(backup)
    app.command()(restore)


def doctor() -> None:
    """Look through everything that mail needs, and say what is wrong and what to do. Exit 1 where something is."""
    settings, engine = _opened()
    bad = False
    for name, fault in _findings(settings, engine):
        bad = bad or fault is not None
        say(f"{'ok ' if fault is None else 'BAD'}  {name}" + (f": {fault}" if fault else ""))
    if bad:
        raise typer.Exit(FAILED)


def _findings(settings: "Settings", engine: "Engine") -> Iterator[tuple[str, str | None]]:
    from sqlalchemy.exc import SQLAlchemyError

    from service import bootstrap
    from service.bootstrap import NOT_BUILT
    from service.models.providers import configured
    from service.releases.serving import Desks, NoDesk
    from service.storage import database, heartbeats

    damage = database.damage(engine)
    yield "database, every page", damage and f"{damage}: stop the server, then proofdesk restore BACKUP"
    if damage:
        return
    current = database.version(engine)
    needed = f"at {current}, needed is {database.newest()}"
    if database.fits(current):
        yield "schema", None
    elif database.ahead(current):
        yield "schema", f"{needed}: install the version of Proofdesk that made it"
        return
    else:
        yield "schema", f"{needed}: start the server once"
    try:
        heartbeats.beat(engine, "doctor")
        heartbeats.end(engine, "doctor")
        yield "database, a write", None
    except SQLAlchemyError as exc:
        yield "database, a write", str(getattr(exc, "orig", None) or exc)
    free = shutil.disk_usage(settings.data_dir if settings.data_dir.exists() else Path()).free
    yield "disk", None if free > LITTLE_ROOM else f"{free // 1024**2} MB are free"
    for line in configured(bootstrap.environment(settings), [], settings.providers_file).left_out:
        yield "providers", line
    try:
        desks: Desks = bootstrap.open_desks(settings)
        desks.choose()
        yield "release in use, help centre, encoder", None
    except (*NOT_BUILT, NoDesk) as exc:
        yield "release in use, help centre, encoder", str(exc)


def backup(to: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the copy.")]) -> None:
    """Copy the database to a file, while the server runs. Snapshots are made again by `ingest`; releases and prompts are in the checkout."""
    from service.storage import backups

    _, engine = _opened()
    size = backups.make(engine, to)
    say(f"{to}: {size:,} bytes, looked through")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `backup` wrote.")],
    force: Annotated[bool, typer.Option("--force", help="Also where a server seems to run.")] = False,
) -> None:
    """Put a backup in the place of the database; the one that was there is kept beside it. Stop every server first."""
    from sqlalchemy.exc import SQLAlchemyError

    from service.storage import backups, heartbeats

    _, engine = _opened()
    try:
        alive = heartbeats.living(engine, ALIVE)
    except SQLAlchemyError:  # broken, or of an older schema: that is what one restores for
        alive = frozenset()
    if alive and not force:
        raise backups.NoBackup(f"{len(alive)} processes gave a sign of life in the last {ALIVE.seconds} s: stop them first, or say --force")
    aside = backups.put_back(engine, file, now())
    say(f"{file} is in use" + (f"; what was there before is kept as {aside}" if aside else ""))


def _opened() -> "tuple[Settings, Engine]":
    from service.storage import database

    settings = read_settings()
    return settings, database.open_engine(settings.database, settings.sqlite_sync)
