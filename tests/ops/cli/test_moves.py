"""Moves and closed incidents from the command line, as the audit log has them."""

import getpass
import os
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from ops.cli import shared
from service.settings import Settings
from service.storage import audit, database, incidents
from tests.ops.cli.test_privacy import proofdesk

ME = f"{getpass.getuser()} (command line)"


@pytest.fixture
def engine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("PROOFDESK_DATA_DIR", str(settings.data_dir))
    made = database.open_engine(settings.database)
    database.migrate(made)
    return made


def test_each_move_and_closed_incident_is_on_record_once_with_the_user_of_the_machine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    incident, _ = incidents.open_or_add(engine, "drift", "medium", "r1", "a topic", datetime.now(UTC), "drift", {})
    because = ("--because", "ana@x.example complains", "--who", "the boss")
    for command in (
        ("release", "canary", "r2", "10%", "--force", *because),
        ("release", "activate", "r2", "--force", *because),
        ("release", "rollback", *because),
        ("incident", "close", incident[-12:], *because),
    ):
        assert proofdesk(monkeypatch, *command) == 0, command
    assert [(one.who, one.role, one.action, one.subject, one.detail) for one in reversed(audit.page(engine, 100))] == [
        (ME, "operator", "release canary", "r2", {"percent": 10, "force": True}),
        (ME, "operator", "release activate", "r2", {"force": True}),
        (ME, "operator", "release rollback", "r2", {"restored": "r1"}),
        (ME, "operator", "incident close", incident, None),
    ]


def test_what_is_refused_leaves_no_line(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (
        ("release", "activate", "r9", "--because", "x"),
        ("release", "rollback", "--because", "x"),
        ("incident", "close", "zzz", "--because", "x"),
    ):
        assert proofdesk(monkeypatch, *command) != 0
    assert audit.page(engine, 100) == []


@pytest.mark.parametrize("error", [KeyError("uid not found"), OSError("no username set"), ImportError("no module pwd")])
def test_a_user_without_a_name_is_told_by_number(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def nameless() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nameless)
    number = f"user {os.getuid()}"
    assert (shared.who_decides(""), shared.signed().name) == (number, f"{number} (command line)")
