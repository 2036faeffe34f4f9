"""The connection to the database, its transactions, and its schema."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, make_url, select, text
from sqlalchemy.exc import DatabaseError as DatabaseFault
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service.storage import turns

MIGRATIONS = Path(__file__).parent.parent / "migrations"
Sync = Literal["FULL", "NORMAL"]
BUSY_MS = 30_000  # how long SQLite waits for another writer
OVERWRITES = 1  # in a SQLite file's user_version: whatever was deleted from it was overwritten
MIGRATION_LOCK = 7_305_118  # any number that nobody else on the same PostgreSQL uses


class DatabaseError(Exception):
    """The database cannot be opened, or its schema cannot be brought up to date."""


def open_engine(url: str, sync: Sync = "FULL") -> Engine:
    """Open a database by its SQLAlchemy URL; the folder of a SQLite file is made. Raises DatabaseError for a URL that cannot be used.

    `sync` says how sure a SQLite file makes of each write before it is answered for; PostgreSQL has a setting of its own.
    """
    try:
        parsed = make_url(url)
        if parsed.drivername in {"postgres", "postgresql"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() != "sqlite":
            return create_engine(parsed, pool_size=20, max_overflow=20, pool_pre_ping=True)
        if not parsed.database or parsed.database == ":memory:":
            raise DatabaseError("a SQLite database must be a file: one in memory would lose accepted mail")
        _make(Path(parsed.database))
        engine = create_engine(parsed, pool_size=20, max_overflow=20, connect_args={"check_same_thread": False})
    except (SQLAlchemyError, ModuleNotFoundError, OSError) as exc:
        raise DatabaseError(f"the database URL cannot be used: {exc}") from exc
    event.listen(engine, "connect", partial(_prepare, sync))
    event.listen(engine, "begin", _begin)
    return engine


def _make(file: Path) -> None:
    """Make the file of a database, and its folder, for its owner alone."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        file.touch(0o600)


def _prepare(sync: Sync, connection: Any, record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's late one turns readers into writers that fail
    for pragma in ("journal_mode=WAL", f"synchronous={sync}", "foreign_keys=ON", "secure_delete=ON", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a short transaction that only reads."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def writing(engine: Engine, before_all: bool = False) -> Iterator[Session]:
    """Open a short transaction that writes: on SQLite it waits for its turn at the start, so it never fails half-way; `before_all` others if need be."""
    with _turn(engine, before_all), Session(engine.execution_options(writes=True), expire_on_commit=False) as session, session.begin():
        yield session


def _turn(engine: Engine, before_all: bool) -> AbstractContextManager[None]:
    if engine.dialect.name != "sqlite":
        return nullcontext()
    return turns.of(str(engine.url.database)).take(BUSY_MS / 1000, before_all)


def now(session: Session) -> datetime:
    """Return this moment by the database's clock, which all who share it go by: a SQLite file's is this machine's."""
    if session.get_bind().dialect.name != "postgresql":
        return datetime.now(UTC)
    found: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return found.astimezone(UTC)


def upserting(session: Session, table: Any) -> Any:
    """Return the database's own INSERT, which can leave out what is there already. mypy: both have it, but no common class of theirs does."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # slow to import, and most databases are a file

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def damage(engine: Engine) -> str | None:
    """Say what is broken in a SQLite file, by its own quick check; None where nothing is, and for PostgreSQL, which checks its pages itself."""
    if engine.dialect.name != "sqlite":
        return None
    try:
        with engine.connect() as connection:
            found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    except DatabaseFault as exc:
        return str(exc.orig)
    return None if found == "ok" else str(found)


def scrub(engine: Engine) -> str | None:
    """See that a database holds nothing of deleted rows any more; return what stands in the way of that, None for nothing.

    SQLite overwrites what it deletes, and its log is emptied here; a file from before it did so is written anew, once. PostgreSQL frees the space
    of dead rows, and uses it again.
    """
    try:
        if engine.dialect.name != "sqlite":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM"))
            return None
        return _scrubbed(engine.raw_connection())
    except (SQLAlchemyError, sqlite3.Error) as exc:
        return f"the database could not be cleaned of what was deleted ({exc}): forget once more"


def _scrubbed(connection: Any) -> str | None:
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] != OVERWRITES:
            connection.execute("VACUUM").close()
            connection.execute(f"PRAGMA user_version={OVERWRITES}").close()
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    return "somebody reads the database: its log still holds what was deleted, until it is next written over" if busy else None


@cache
def newest() -> str:
    """Return the name of the newest migration: their files are numbered."""
    return max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def version(engine: Engine) -> str | None:
    """Return the migration that the database is at, None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def ahead(found: str | None) -> int:
    """Return how many migrations a database is ahead of this version of the code, 0 where it is not. Migrations are numbered from 0001."""
    number, _, _ = (found or "").partition("_")
    return max(0, int(number) - int(newest().partition("_")[0])) if number.isdigit() else 0


def fits(found: str | None) -> bool:
    """Tell whether this version runs on a database at that migration: at its own newest, or one ahead, which only adds what it does not read."""
    return found == newest() or ahead(found) == 1


def migrate(engine: Engine) -> None:
    """Bring the schema up to date; safe when several processes start at once. Raises DatabaseError, also for a database two migrations ahead.

    One migration ahead is left as it is, so that the version before can be put back without touching the database.
    """
    try:
        found = version(engine)
        if fits(found):
            return
        if beyond := ahead(found):
            raise DatabaseError(
                f"the database was made by another version of Proofdesk: it is at migration {found}, {beyond} ahead of {newest()}, the newest that "
                "this version knows; one ahead is the most it can run on. Install the version that made it"
            )
        _upgrade(engine)
    except SQLAlchemyError as exc:
        raise DatabaseError(f"the database cannot be used: {exc.__cause__ or exc}") from exc


def _upgrade(engine: Engine) -> None:
    from alembic import command  # half a second to import, needed only when there is something to do
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as exc:
            raise DatabaseError(f"the database was made by another version of Proofdesk: {exc}") from exc
