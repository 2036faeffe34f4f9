import os
from pathlib import Path

import pytest

from ingestion import files


def found(folder: Path) -> dict[str, str | None]:
    return {one.path: one.why for one in files.find([folder])}


def test_linked_folders_are_followed_and_each_real_folder_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "help" / "pay").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "deposit.md").write_text("x")
    (tmp_path / "help" / "pay" / "fees.md").write_text("x")
    (tmp_path / "help" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "help" / "pay" / "round").symlink_to(tmp_path / "help")
    told = found(tmp_path / "help")
    assert told["linked/deposit.md"] is None
    assert told["pay/fees.md"] is None
    assert "read elsewhere" in (told["pay/round"] or "")
    assert len(told) == 3


def test_hidden_articles_and_dead_links_are_told_and_hidden_machinery_is_not(tmp_path: Path) -> None:
    (tmp_path / ".draft.md").write_text("x")
    (tmp_path / ".DS_Store").write_text("x")
    (tmp_path / "._fees.md").write_text("x")
    (tmp_path / "mkdocs.yml").write_text("x")
    (tmp_path / "dead.md").symlink_to(tmp_path / "nowhere.md")
    told = found(tmp_path)
    assert set(told) == {".draft.md", "dead.md"}
    assert "begins with a dot" in (told[".draft.md"] or "")


def test_a_name_that_is_not_utf_8_can_be_printed(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/geb\xfchr.md")).write_text("x")
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    assert list(found(tmp_path)) == ["geb\\xfchr.md"]
