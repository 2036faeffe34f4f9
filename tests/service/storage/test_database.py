import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, insert, inspect, select, text

from service.intake import Intake
from service.storage import database, tables, ticket_queries
from service.storage.database import DatabaseError, reading, writing
from service.storage.tables import Attempt, AuditEvent, ReleaseMove
from service.telemetry.prometheus import Metrics
from service.worker import Worker
from tests.service import fakes


def test_migrations_make_the_schema_that_the_tables_describe(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), tables.Base.metadata) == []


def test_the_newest_migration_is_the_one_that_databases_are_at(engine: Engine) -> None:
    assert database.version(engine) == database.newest()


def test_an_empty_database_is_at_no_version(tmp_path: Path) -> None:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'new' / 'empty.db'}")
    assert database.version(engine) is None
    engine.dispose()


def test_migrating_from_many_processes_at_once_makes_one_schema(tmp_path: Path) -> None:
    engines = [database.open_engine(f"sqlite:///{tmp_path / 'shared.db'}") for _ in range(4)]
    threads = [threading.Thread(target=database.migrate, args=[engine]) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [database.version(engine) for engine in engines] == [database.newest()] * 4
    for engine in engines:
        engine.dispose()


def test_sqlite_keeps_a_write_ahead_log_waits_for_writers_and_holds_foreign_keys(sqlite: Engine) -> None:
    with sqlite.connect() as connection:
        found = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "busy_timeout", "foreign_keys")]
    assert found == ["wal", database.BUSY_MS, 1]


def test_moments_come_back_in_utc_and_one_without_a_zone_is_refused(engine: Engine) -> None:
    summer = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    with writing(engine) as session:
        session.execute(insert(ReleaseMove).values(id="1", at=summer, release="r1", who="ana", to_state="active", why="first"))
    with reading(engine) as session:
        kept = session.scalars(select(ReleaseMove.at)).one()
    assert (kept, kept.utcoffset()) == (summer, timedelta(0))
    with pytest.raises(Exception, match="time zone"), writing(engine) as session:
        session.execute(insert(ReleaseMove).values(id="2", at=datetime(2026, 7, 1), release="r1", who="ana", to_state="active", why="x"))


def test_money_is_kept_exactly(engine: Engine) -> None:
    costs = [Decimal("0.000000075"), Decimal("0.1"), Decimal("0.2"), None]
    rows = [
        {"owner_id": "o", "run": 1, "place": 0, "at": datetime.now(UTC), "task": "extract", "provider": "p", "model": "m", "ms": 1.0, "repair": 0,
         "release": "r1", "usd": cost}
        for cost in costs
    ]  # fmt: skip
    with writing(engine) as session:
        session.execute(insert(Attempt), rows)
    with reading(engine) as session:
        assert list(session.scalars(select(Attempt.usd).order_by(Attempt.id))) == costs


def test_a_failed_write_leaves_nothing_behind(engine: Engine) -> None:
    def half() -> None:
        with writing(engine) as session:
            session.execute(insert(ReleaseMove).values(id="1", at=datetime.now(UTC), release="r1", who="ana", to_state="active", why="x"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    with reading(engine) as session:
        assert session.scalars(select(ReleaseMove)).all() == []


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "nonsense", "oracle://x/y"])
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(DatabaseError):
        database.open_engine(url)


def test_a_database_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "proofdesk.db").write_bytes(b"not a database at all" * 100)
    engine = database.open_engine(f"sqlite:///{tmp_path / 'proofdesk.db'}")
    with pytest.raises(DatabaseError, match="not a database"):
        database.migrate(engine)
    engine.dispose()


def test_a_database_of_a_later_version_is_left_alone(sqlite: Engine) -> None:
    with writing(sqlite) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999_from_the_future'"))
    with pytest.raises(DatabaseError, match="another version"):
        database.migrate(sqlite)


def test_migrations_go_back_as_well(sqlite: Engine) -> None:
    stepped(sqlite, "base", back=True)
    assert set(inspect(sqlite).get_table_names()) <= {"alembic_version"}


def stepped(engine: Engine, to: str, back: bool = False) -> None:
    """Run the migrations up or down to one of them."""
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    with engine.execution_options(writes=True).begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if back else command.upgrade)(config, to)


def test_what_was_written_before_it_had_keys_is_bound_to_its_email_or_question(sqlite: Engine) -> None:
    stepped(sqlite, "0002_kept", back=True)
    with writing(sqlite) as session:
        session.execute(text("INSERT INTO emails VALUES ('e', 'k', 'd', NULL, '2026-10-14', 's', 'a', 1, 'done', NULL, 1, NULL, 0, 0)"))
        for owner in ("e", "nobody"):
            session.execute(text(f"INSERT INTO spans VALUES ('{owner}', 0, 'parse', '2026-10-14', 0, 1, NULL, NULL, 'r1')"))
    stepped(sqlite, "0003_doors")
    with writing(sqlite) as session:
        assert list(session.execute(text("SELECT owner_id, email_id, question_id FROM spans ORDER BY 1"))) == [
            ("e", "e", None),
            ("nobody", None, None),
        ]
        session.execute(text("DELETE FROM emails"))
        assert session.scalars(text("SELECT owner_id FROM spans")).all() == ["nobody"]


@pytest.mark.parametrize("change", ["UPDATE audit_events SET who = 'somebody else'", "DELETE FROM audit_events"])
def test_nobody_changes_or_deletes_a_line_of_the_audit_log(engine: Engine, change: str) -> None:
    with writing(engine) as session:
        session.execute(insert(AuditEvent).values(id="1", at=datetime.now(UTC), who="ana", role="operator", action="erased"))
    with pytest.raises(Exception, match="only added to"), writing(engine) as session:
        session.execute(text(change))


@pytest.mark.parametrize("change", ["TRUNCATE audit_events", "TRUNCATE emails, audit_events CASCADE", "TRUNCATE ONLY audit_events RESTART IDENTITY"])
def test_nobody_empties_the_audit_log_of_postgresql(postgres: Engine, change: str) -> None:
    with pytest.raises(Exception, match="only added to"), writing(postgres) as session:
        session.execute(text(change))


def moved_ahead(engine: Engine, steps: int) -> str:
    """Do to a database what later migrations may do: add a column and a table, and leave their name."""
    name = f"{int(database.newest()[:4]) + steps:04d}_later"
    with writing(engine) as session:
        session.execute(text("ALTER TABLE tickets ADD COLUMN order_number TEXT"))
        session.execute(text("CREATE TABLE later_things (id TEXT PRIMARY KEY)"))
        session.execute(text("UPDATE alembic_version SET version_num = :name"), {"name": name})
    return name


def test_this_version_runs_on_a_database_one_migration_ahead(sqlite: Engine) -> None:
    name = moved_ahead(sqlite, 1)
    database.migrate(sqlite)
    assert (database.version(sqlite), database.fits(name)) == (name, True)
    metrics = Metrics()
    worker = Worker(sqlite, lambda key: fakes.desk(), metrics, 0)
    received = Intake(sqlite, metrics, worker).take(fakes.mail())
    assert worker.run(received.id)
    view = ticket_queries.get(sqlite, received.id)
    assert view
    assert view.status == "answered"


@pytest.mark.parametrize("steps", [2, 3, 40])
def test_it_refuses_a_database_further_ahead_by_name(sqlite: Engine, steps: int) -> None:
    name = moved_ahead(sqlite, steps)
    with pytest.raises(DatabaseError, match=f"{name}, {steps} ahead of {database.newest()}"):
        database.migrate(sqlite)
    assert (database.version(sqlite), database.fits(name)) == (name, False)


@pytest.mark.parametrize(("found", "fits"), [(None, False), ("", False), ("nonsense", False), ("0000_before", False)])
def test_a_database_that_is_behind_or_of_no_known_version_does_not_fit(found: str | None, fits: bool) -> None:
    assert (database.fits(found), database.ahead(found)) == (fits, 0)


EMAIL = "id, key, digest, received_at, subject, sender, size, state, tries"
TICKET = "email_id, status, finished_at, answer, handed_over_reason, degraded, unpriced_calls, input_tokens, cached_tokens, output_tokens"


def test_what_was_reviewed_before_is_told_apart_by_the_migration(engine: Engine) -> None:
    rows = {  # status, answer, verdict of the newest review -> outcome, review
        "a": ("approved", '{"text": "x"}', "approve", None, "answered", "approved"),
        "b": ("approved", '{"text": "x"}', "edit", None, "answered", "edited"),
        "c": ("approved", None, "approve", "policy", "handedOver", "closed"),
        "d": ("rejected", '{"text": "x"}', "reject", None, "answered", "rejected"),
        "e": ("answered", '{"text": "x"}', None, None, "answered", None),
    }
    with engine.execution_options(writes=True).begin() as connection:
        _to(connection, "0002_kept")
        for id, (status, answer, verdict, reason, _, _) in rows.items():
            values = {
                "id": id,
                "at": "2026-10-14 12:00:00+00:00",
                "status": status,
                "answer": answer,
                "verdict": verdict,
                "reason": reason,
                "no": False,
            }
            connection.execute(text(f"INSERT INTO emails ({EMAIL}) VALUES (:id, :id, 'd', :at, '', '', 1, 'done', 1)"), values)
            connection.execute(text(f"INSERT INTO tickets ({TICKET}) VALUES (:id, :status, :at, :answer, :reason, :no, 0, 0, 0, 0)"), values)
            if verdict:
                connection.execute(text("INSERT INTO reviews (id, email_id, at, verdict, before) VALUES (:id, :id, :at, :verdict, '{}')"), values)
        _to(connection, "head")
        found = {row.email_id: (row.outcome, row.review) for row in connection.execute(text("SELECT email_id, outcome, review FROM tickets"))}
    assert found == {id: row[4:] for id, row in rows.items()}


KEPT = "owner_id, prompt, run, at, task, provider, model, release, text, ms, cost, repair, booked"
REPLIES = {  # owner -> its mail, whether it is booked, its cost
    "a": ("a", False, 2_000),
    "b": ("b", True, 0),
    "c": (None, False, None),  # from before replies were bound to their mail
}


def test_replies_that_are_kept_are_there_as_they_were_after_the_migration(engine: Engine) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        _to(connection, "0004_review")
        for id, (email, booked, cost) in REPLIES.items():
            values = {"id": id, "email": email, "at": "2026-10-14 12:00:00+00:00", "booked": booked, "cost": cost}
            connection.execute(text(f"INSERT INTO emails ({EMAIL}) VALUES (:id, :id, 'd', :at, '', '', 1, 'done', 1)"), values)
            reply = f"INSERT INTO kept_replies ({KEPT}, email_id) VALUES (:id, 'h', 1, :at, 't', 'p', 'm', 'r1', 'x', 1, :cost, 0, :booked, :email)"
            connection.execute(text(reply), values)
        _to(connection, "head")
        found = connection.execute(text("SELECT owner_id, email_id, booked, cost, text, question_id FROM kept_replies"))
        assert {row.owner_id: tuple(row)[1:] for row in found} == {id: (*values, "x", None) for id, values in REPLIES.items()}


def test_the_release_before_finds_the_cost_of_a_lost_question_and_none_of_its_words(engine: Engine) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        for id, owner in (("a", "email_id"), ("q", "question_id")):
            values = {"id": id, "at": "2026-10-14 12:00:00+00:00", "no": False}
            if owner == "email_id":
                connection.execute(text(f"INSERT INTO emails ({EMAIL}) VALUES (:id, :id, 'd', :at, '', '', 1, 'done', 1)"), values)
            reply = f"INSERT INTO kept_replies ({KEPT}, {owner}) VALUES (:id, 'h', 1, :at, 't', 'p', 'm', 'r1', 'x', 1, 2000, 0, :no, :id)"
            connection.execute(text(reply), values)
        _to(connection, "0004_review")
        assert {tuple(row) for row in connection.execute(text("SELECT owner_id, text, cost FROM kept_replies"))} == {
            ("a", "x", 2000),
            ("q", None, 2000),
        }
        _to(connection, "head")


def _to(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    (command.upgrade if revision == "head" else command.downgrade)(config, revision)
