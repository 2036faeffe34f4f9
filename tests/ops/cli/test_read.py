"""`proofdesk read` shows what is read of a file."""

import json
from pathlib import Path

import pytest

from ops.cli import read


def test_shows_a_mail_in_its_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.eml"
    file.write_text("From: Zoë <zoe@x.example>\nSubject: Pump\nContent-Type: text/plain; charset=utf-8\n\nIt drips.\n\n-- \nZoë\n", "utf-8")
    assert read.run([str(file)], as_json=True) == 0
    shown = json.loads(out := capsys.readouterr().out)
    assert "Zoë" in out
    assert (shown["kind"], shown["from"], shown["text"]) == ("email", {"name": "Zoë", "address": "zoe@x.example"}, "It drips.")
    assert shown["signature"].endswith("Zoë")


def test_shows_an_article_in_its_passages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pumps.md"
    file.write_text("# Pumps\n\n## Drips\n\nTighten the ring.\n", "utf-8")
    assert read.run([str(file)], as_json=True) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["kind"], shown["title"]) == ("article", "Pumps")
    assert any("Tighten the ring." in passage["text"] for passage in shown["passages"])


def test_says_what_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(b"hello")
    assert read.run([str(file)], as_json=True) == read.BAD_INPUT
    assert "not an email" in capsys.readouterr().err
