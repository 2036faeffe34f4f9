"""The commands about who comes in and what gets out, as a user runs them."""

import io
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from ops import dependencies
from ops.cli import main
from ops.cli.shared import complain, say
from service.intake import Intake
from service.settings import Settings
from service.storage import database
from service.storage.tables import Email
from service.telemetry.prometheus import Metrics
from service.worker import Worker
from tests.service import fakes


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROOFDESK_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def proofdesk(monkeypatch: pytest.MonkeyPatch, *arguments: str, said: bytes = b"") -> int:
    monkeypatch.setattr(sys, "argv", ["proofdesk", *arguments])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(said)))
    before = os.umask(0o022)
    try:
        main.main()
    except SystemExit as exc:
        return int(exc.code or 0)
    finally:
        os.umask(before)
    return 0


def test_a_token_is_shown_once_listed_by_name_and_revoked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert proofdesk(monkeypatch, "token", "add", "mail gateway", "--role", "intake") == 0
    token = capsys.readouterr().out.strip()
    assert token.startswith("pd_")
    assert proofdesk(monkeypatch, "token", "revoke", "mail gateway") == 0
    proofdesk(monkeypatch, "token", "list")
    proofdesk(monkeypatch, "audit")
    out = capsys.readouterr().out
    assert token not in out
    assert "revoked" in out
    assert out.index("token revoke  mail gateway") < out.index("token add  mail gateway")
    assert proofdesk(monkeypatch, "token", "add", "mail gateway") == 2
    assert proofdesk(monkeypatch, "token", "add", "x", "--role", "king") == 2
    assert "take another" in capsys.readouterr().err


def test_a_person_is_forgotten_with_a_receipt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: Path) -> None:
    settings = Settings()
    engine = database.open_engine(settings.database)
    database.migrate(engine)
    Intake(engine, Metrics(), Worker(engine, lambda key: fakes.desk(), Metrics(), 0)).take(fakes.mail(sender="Ana <ana@x.example>"))
    assert proofdesk(monkeypatch, "forget", "ana@x.example", "--json") == 0
    receipt = json.loads(capsys.readouterr().out)
    assert receipt["rows"]["emails"] == 1
    assert receipt["subject"].startswith("person:")
    with database.reading(engine) as session:
        assert session.query(Email).count() == 0
    assert proofdesk(monkeypatch, "forget", "nobody") == 2
    assert "neither an address nor the id of a ticket" in capsys.readouterr().err
    assert proofdesk(monkeypatch, "forget", "ana@x.example") == 0
    assert "nothing was there" in capsys.readouterr().out
    engine.dispose()
    assert [path for path in (place, *place.rglob("*")) if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_mask_reads_a_text_and_writes_it_without_secrets_and_every_other_byte(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    said = "Karte 4111 1111 1111 1111, ana@x.example, 10 €\r\n".encode() + b"\xff\xfe odd\n"
    assert proofdesk(monkeypatch, "mask", said=said) == 0
    assert capfdbinary.readouterr().out == said.replace(b"4111 1111 1111 1111", b"[card]")
    proofdesk(monkeypatch, "mask", "--contacts", said=said)
    assert b"[email]" in capfdbinary.readouterr().out


def test_licences_names_what_serving_stands_on_with_version_and_licence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert proofdesk(monkeypatch, "licences", "--json") == 0
    rows = {row["name"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert {"fastapi", "starlette", "sqlalchemy", "numpy", "anyio"} <= rows.keys()  # anyio is asked for by starlette
    assert rows["fastapi"]["licence"] == "MIT"
    assert rows["fastapi"]["extras"] == []
    assert rows["hypothesis"]["extras"] == ["dev"]
    assert [name for name, row in rows.items() if not row["version"]] == []
    unknown = [name for name, row in rows.items() if row["licence"] == dependencies.UNKNOWN]
    assert len(unknown) < 0.1 * len(rows), unknown


def test_what_is_said_steers_no_terminal_and_json_keeps_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    odd = "\x1b[31mred\u202e\x9b\u2028x"
    say(odd)
    complain(f"{odd}\nmore")
    say(json.dumps({"a": odd}, ensure_ascii=False))
    out, err = capsys.readouterr()
    assert not {"\x1b", "\u202e", "\x9b", "\u2028"} & set(out + err)
    assert json.loads(out.splitlines()[-1]) == {"a": odd}
    assert err == "proofdesk: [31mred x more\n"


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_an_open_address_without_a_token_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str) -> None:
    from ops.cli import demo
    from service import bootstrap

    monkeypatch.setattr(demo, "run", lambda settings: bootstrap.open_desks(settings))
    assert proofdesk(monkeypatch, command, "--host", "0.0.0.0", "--port", "0") == 2
    assert "nobody would need a token" in capsys.readouterr().err
