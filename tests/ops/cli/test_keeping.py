"""Doctor, backup and restore, as a user runs them."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from service.settings import ROOT, Settings
from service.storage import database, heartbeats
from tests.ops.cli.test_main import Run, run  # noqa: F401 (a fixture)
from tests.service.api.test_probes import broken
from tests.service.fakes import mail
from tests.service.storage.test_database import moved_ahead


def test_a_backup_goes_back_and_what_came_after_it_is_kept_aside(run: Run, tmp_path: Path, settings: Settings) -> None:  # noqa: F811
    first, second = tmp_path / "one.eml", tmp_path / "two.eml"
    first.write_bytes(mail("Charged twice"))
    second.write_bytes(mail("Charged thrice"))
    assert run("submit", first).code == 0
    made = run("backup", tmp_path / "copy.db")
    assert (made.code, "looked through" in made.out) == (0, True)
    assert run("submit", second).code == 0
    back = run("restore", tmp_path / "copy.db")
    assert (back.code, "is kept as" in back.out) == (0, True)
    engine = database.open_engine(settings.database)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM emails").scalar() == 1
    engine.dispose()
    assert len(list(settings.data_dir.glob("proofdesk.db.before-*"))) >= 1


def test_a_backup_is_not_put_back_under_a_running_server(run: Run, tmp_path: Path, settings: Settings) -> None:  # noqa: F811
    assert run("search", "refund").code == 0
    assert run("backup", tmp_path / "copy.db").code == 0
    engine = database.open_engine(settings.database)
    heartbeats.beat(engine, "host 1 a")
    engine.dispose()
    refused = run("restore", tmp_path / "copy.db")
    assert (refused.code, "stop them first" in refused.err) == (2, True)
    assert run("restore", tmp_path / "copy.db", "--force").code == 0


def test_the_doctor_finds_nothing_where_nothing_is_wrong(run: Run) -> None:  # noqa: F811
    assert run("search", "refund").code == 0
    looked = run("doctor")
    assert (looked.code, "BAD" in looked.out) == (0, False)
    assert "ok   database, every page" in looked.out


def test_the_doctor_names_what_is_broken_and_what_to_do(run: Run, settings: Settings) -> None:  # noqa: F811
    assert run("search", "refund").code == 0
    (settings.data_dir / "snapshots" / "current").unlink()
    looked = run("doctor")
    assert looked.code == 1
    assert "BAD  release in use, help centre, encoder: there is no help centre yet: run `proofdesk ingest PATH`" in looked.out
    path = settings.data_dir / "proofdesk.db"
    content = bytearray(path.read_bytes())
    content[3 * 4096 : 12 * 4096] = b"\xa5" * (9 * 4096)
    path.write_bytes(content)
    looked = run("doctor")
    assert looked.code == 1
    assert "then proofdesk restore BACKUP" in looked.out


def test_a_worker_looks_through_the_file_as_it_starts(tmp_path: Path) -> None:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'proofdesk.db'}")
    database.migrate(engine)
    broken(engine)
    command = [sys.executable, "-m", "ops.cli.main", "worker"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PROOFDESK_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as working:
        limit = threading.Timer(120, working.kill)
        limit.start()
        assert working.stderr
        told = next((line for line in working.stderr if '"database.damaged"' in line), None)  # None where it ended without a word of it
        working.kill()
        limit.cancel()
    assert told


def test_a_backup_that_is_none_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "notes.txt").write_text("not a database")
    refused = run("restore", tmp_path / "notes.txt")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "notes.txt is no database of Proofdesk" in refused.err


@pytest.mark.parametrize(("steps", "code"), [(1, 0), (2, 1)])
def test_the_doctor_takes_a_database_one_migration_ahead_and_names_the_way_out_of_two(run: Run, settings: Settings, steps: int, code: int) -> None:  # noqa: F811
    assert run("search", "refund").code == 0
    engine = database.open_engine(settings.database)
    name = moved_ahead(engine, steps)
    engine.dispose()
    looked = run("doctor")
    assert looked.code == code
    assert code == 0 or f"BAD  schema: at {name}" in looked.out
    assert code == 0 or "install the version of Proofdesk that made it" in looked.out
