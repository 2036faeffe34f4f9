"""A prompt folder is read as it is, table by table, and what is wrong in it is named by file and line."""

import hashlib
import shutil
from pathlib import Path

import pytest

from service import prompting
from service.prompting import PromptError

FILES = {
    "prompt.md": "---\nauthor: A. Reyes\ndate: 2026-11-30\nwhy: a test\n---\nAnswer from the passages.\n",
    "template.md": "Question: {{question}}\n",
    "rubric.yaml": "tone: calm\n",
    "examples.jsonl": '{"question": "Wann öffnen Sie?", "answer": "Um 9."}\n\n{"question": "Where?", "answer": "Here."}\n',
    "pairs.jsonl": '{"claim": "open at 9", "supported": true}\n',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "answer_ticket" / "v7"
    place.mkdir(parents=True)
    for name, content in FILES.items():
        (place / name).write_text(content, "utf-8")
    return place


def test_a_folder_has_its_tables_by_name_and_its_rows_in_order(folder: Path) -> None:
    found = prompting.load(folder)
    assert list(found.tables) == ["examples", "pairs"]
    assert [row["question"] for row in found.tables["examples"]] == ["Wann öffnen Sie?", "Where?"]
    assert (found.tables.get("names"), len(found.tables), "pairs" in found.tables) == (None, 2, True)


@pytest.mark.parametrize("line", ["{", '{"claim": "open at 9"', "supported: yes", "{'claim': 'open'}"])
def test_a_line_that_is_no_json_is_named_when_the_folder_is_loaded(folder: Path, line: str) -> None:
    with (folder / "pairs.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    with pytest.raises(PromptError, match=r"pairs\.jsonl:2: not JSON"):
        prompting.load(folder)


def test_a_folder_that_is_only_opened_names_it_when_that_table_is_asked_for(folder: Path) -> None:
    (folder / "pairs.jsonl").write_text("no\n", "utf-8")
    found = prompting.opened(folder)
    assert len(found.tables["examples"]) == 2
    with pytest.raises(PromptError, match=r"pairs\.jsonl:1"):
        found.tables["pairs"]


def test_the_rows_are_those_of_the_moment_at_which_the_folder_was_opened(folder: Path) -> None:
    found = prompting.opened(folder)
    for name in ("examples.jsonl", "pairs.jsonl"):
        (folder / name).write_text('{"question": "another"}\n', "utf-8")
    assert found.tables["pairs"] == [{"claim": "open at 9", "supported": True}]
    assert found == prompting.PromptFolder(**{**vars(found), "tables": dict(found.tables)})
    (folder / "examples.jsonl").unlink()
    assert len(found.tables["examples"]) == 2


@pytest.mark.parametrize(
    ("name", "content"), [("prompt.md", "no front matter"), ("rubric.yaml", "tone: [calm"), ("prompt.md", "---\nauthor: A\n---\nx\n")]
)
def test_what_every_command_needs_is_read_at_once(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, "utf-8")
    with pytest.raises(PromptError, match=name.replace(".", r"\.")):
        prompting.opened(folder)


def _next_version(folder: Path, shared: str) -> Path:
    place = folder.parent / "v8"
    place.mkdir()
    for name in ("prompt.md", "template.md", "rubric.yaml"):
        (place / name).write_text(FILES[name], "utf-8")
    (place / "pairs.jsonl").write_text('{"claim": "open at 10", "supported": false}\n', "utf-8")
    (place / "shared.yaml").write_text(shared, "utf-8")
    return place


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def test_rows_that_a_version_shares_with_another_stand_before_its_own(folder: Path) -> None:
    pairs, examples = (f"{{version: v7, sha256: {_hash(FILES[f'{name}.jsonl'])}}}" for name in ("pairs", "examples"))
    found = prompting.load(_next_version(folder, f"pairs: {pairs}\nexamples: {examples}\n"))
    assert [row["claim"] for row in found.tables["pairs"]] == ["open at 9", "open at 10"]
    assert (list(found.tables), len(found.tables["examples"])) == (["examples", "pairs"], 2)


def test_a_version_shares_a_table_with_several_others(folder: Path) -> None:
    first = f"{{version: v7, sha256: {_hash(FILES['pairs.jsonl'])}}}"
    second = _next_version(folder, f"pairs: {first}\n")
    third = folder.parent / "v9"
    shutil.copytree(second, third)
    (third / "pairs.jsonl").write_text('{"claim": "open at 11", "supported": false}\n', "utf-8")
    own = hashlib.sha256((second / "pairs.jsonl").read_bytes()).hexdigest()
    (third / "shared.yaml").write_text(f"pairs: [{first}, {{version: v8, sha256: {own}}}]\n", "utf-8")
    assert [row["claim"] for row in prompting.load(third).tables["pairs"]] == ["open at 9", "open at 10", "open at 11"]


@pytest.mark.parametrize(
    ("shared", "said"),
    [
        (f"pairs: {{version: v7, sha256: {_hash('another')}}}", "not as it was"),
        (f"names: {{version: v7, sha256: {_hash('x')}}}", "has no table 'names'"),
        (f"pairs: {{version: v8, sha256: {_hash('x')}}}", "has no table"),
        (f"pairs: {{version: ../other, sha256: {_hash('x')}}}", "has no table"),
        ("pairs: v7", "needs its version"),
        ("pairs: [v7]", "needs its version"),
        ("- pairs", "a table is expected"),
        ("pairs: [", r"shared\.yaml"),
    ],
)
def test_what_is_shared_must_be_there_as_it_was(folder: Path, shared: str, said: str) -> None:
    place = _next_version(folder, shared)
    with pytest.raises(PromptError, match=said):
        prompting.opened(place)
