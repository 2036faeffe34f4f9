"""Copies of a SQLite database: made while mail comes in, looked through before they are used."""

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

PAGES_AT_ONCE = 2000  # copied between two breaths, so that nobody who writes waits for long


class NoBackup(Exception):
    """A backup cannot be made or put back. The message says why, and what to do instead."""


def make(engine: Engine, to: Path) -> int:
    """Copy the database to a file while it is in use; return its bytes. The file is there whole or not at all. Raises NoBackup."""
    source = file_of(engine)
    if to.exists():
        raise NoBackup(f"{to} is there already")
    part = to.with_name(to.name + ".part")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(source)) as own, closing(sqlite3.connect(part)) as copy:
            own.backup(copy, pages=PAGES_AT_ONCE, sleep=0.01)
            copy.execute("PRAGMA journal_mode=DELETE").close()
        check(part)
        part.rename(to)
    except (sqlite3.Error, OSError) as exc:
        raise NoBackup(f"{to} could not be written: {exc}") from exc
    finally:
        part.unlink(missing_ok=True)
    return to.stat().st_size


def put_back(engine: Engine, backup: Path, now: datetime) -> Path | None:
    """Put a backup in the place of the database, which nobody may have open; return where that one is kept now. Raises NoBackup."""
    target = file_of(engine)
    check(backup)
    engine.dispose()
    aside = target.with_name(f"{target.name}.before-{now:%Y%m%dT%H%M%SZ}") if target.exists() else None
    try:
        fresh = target.with_name(target.name + ".restored")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(backup, fresh)
        for ending in ("", "-wal", "-shm") if aside else ():  # what the log holds belongs to the old file, and would spoil the new one
            old = target.with_name(target.name + ending)
            if old.exists():
                old.rename(f"{aside}{ending}")
        fresh.rename(target)
    except OSError as exc:
        raise NoBackup(f"{backup} could not be put back: {exc}") from exc
    return aside


def check(file: Path) -> None:
    """Look through a file. Raises NoBackup where it is no whole database of Proofdesk."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            known = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as exc:
        raise NoBackup(f"{file} is no database of Proofdesk: {exc}") from exc
    if found != "ok" or known is None:
        raise NoBackup(f"{file} is damaged: {found}")


def file_of(engine: Engine) -> Path:
    """Return the file of a SQLite database. Raises NoBackup for PostgreSQL."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        raise NoBackup("this database is PostgreSQL: use pg_dump and pg_restore, which it comes with")
    return Path(engine.url.database)
