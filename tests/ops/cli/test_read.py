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


def test_prints_a_line_for_what_cannot_be_read_in_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft, empty, broken, good = (tmp_path / name for name in ("draft.md", "empty.html", "broken.docx", "good.txt"))
    draft.write_text("---\ndraft: true\n---\n\nFrom May on it costs £9.\n", "utf-8")
    empty.write_bytes(b"")
    broken.write_bytes(b"PK\x03\x04 no archive")
    good.write_text("Opening hours\n\nWe open at nine.\n", "utf-8")
    assert read.run([str(file) for file in (draft, empty, broken, good)], as_json=True) == read.BAD_INPUT
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [Path(one["file"]).name for one in told] == ["draft.md", "empty.html", "broken.docx", "good.txt"]
    assert all(one["kind"] == "article" for one in told)
    assert ["unreadable" in one for one in told] == [True, True, True, False]
    assert "draft" in told[0]["unreadable"]
    assert "£9" not in str(told[0])
