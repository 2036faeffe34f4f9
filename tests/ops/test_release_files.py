"""Releases as files."""

import json
import shutil
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import Engine

from ops import release_files
from ops.release_files import BadChange
from retrieval import index
from retrieval.index import SnapshotError
from service import release
from service.prompting import PromptError
from service.release import ReleaseError
from service.releases import activation, certificate, moves
from service.releases.certificate import NotGated
from service.releases.moves import CannotMove
from service.settings import Settings

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """Settings whose releases and prompts a test may change."""
    (tmp_path / "releases" / "r1").mkdir(parents=True)
    shutil.copy(settings.releases_dir / "r1" / "release.toml", tmp_path / "releases" / "r1")
    shutil.copytree(settings.prompts_dir, tmp_path / "prompts", ignore=shutil.ignore_patterns("v[2-9]"))
    return settings.model_copy(update={"releases_dir": tmp_path / "releases", "prompts_dir": tmp_path / "prompts"})


def create(own: Settings, engine: Engine, name: str = "r2", **changes: str) -> Path:
    return release_files.create(own, engine, name, {place.replace("__", "."): value for place, value in changes.items()}, "why", "2026-11-23")


def test_a_new_release_is_the_one_in_use_with_the_change_and_everything_pinned(own: Settings, sqlite: Engine) -> None:
    create(own, sqlite, retrieval__passages="3")
    made = release_files.load(own, "r2")
    assert made.retrieval.passages == 3
    assert made.retrieval.snapshot == index.current(own.data_dir)
    assert len(made.extract_prompt.sha256) == len(made.answer_prompt.sha256) == 64
    assert made.routes == release_files.load(own, "r1").routes
    assert certificate.usable(made, own).snapshot == made.retrieval.snapshot


def test_a_second_opinion_is_asked_for_in_two_changes_and_pinned(own: Settings, sqlite: Engine) -> None:
    release_files.create(own, sqlite, "r2", {"prompts.verify_answer": "v1", "routes.verify": "openai/gpt-4o-mini"}, "why", "2026-11-23")
    made = release_files.load(own, "r2")

    assert made.verify_prompt
    assert len(made.verify_prompt.sha256) == 64
    assert [(pin.provider, pin.model) for pin in made.routes if pin.task == "verify"] == [("openai", "gpt-4o-mini")]
    assert any(one.where.startswith("verify_prompt") for one in release_files.diff(own, release_files.load(own, "r1"), made))
    with pytest.raises(BadChange, match="both a verify_prompt and a route"):
        release_files.create(own, sqlite, "r3", {"prompts.verify_answer": "v1"}, "why", "2026-11-23")


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("r1", {}, "exists already"),
        ("../r9", {}, "no name for a release"),
        ("r2", {"retrieval.colour": "1"}, "no 'retrieval.colour'"),
        ("r2", {"smells.good": "1"}, "no 'smells.good'"),
        ("r2", {"retrieval.passages": "0"}, "retrieval.passages"),
        ("r2", {"prompts.poems": "v1"}, "no prompt 'poems'"),
        ("r2", {"routes.9.model": "x"}, "routes.9.model"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_by_name_and_leaves_nothing(
    own: Settings, sqlite: Engine, name: str, changes: dict[str, str], words: str
) -> None:
    with pytest.raises(BadChange, match=words):
        release_files.create(own, sqlite, name, changes, "why", "2026-11-23")
    assert [path.parent.name for path in own.releases_dir.glob("*/release.toml")] == ["r1"]


def test_an_unknown_snapshot_or_prompt_version_is_refused_by_name(own: Settings, sqlite: Engine) -> None:
    with pytest.raises(SnapshotError, match="feedfacefeedface"):
        create(own, sqlite, retrieval__snapshot="feedfacefeedface")
    with pytest.raises(PromptError, match="v99"):
        create(own, sqlite, prompts__extract_ticket="v99")
    assert not (own.releases_dir / "r2").exists()


def test_an_unknown_release_is_refused_with_the_known_ones(own: Settings, sqlite: Engine) -> None:
    for name in ("r9", "../r1", ""):
        with pytest.raises(BadChange, match="there are: r1"):
            activation.activate(sqlite, own, release_files.load(own, name), "ana", "why", NOON)


def test_a_difference_is_shown_down_to_numbers_prompt_lines_and_worked_examples(own: Settings, sqlite: Engine) -> None:
    folder = own.prompts_dir / "extract_ticket"
    shutil.copytree(folder / "v1", folder / "v2")
    (folder / "v2" / "prompt.md").write_text((folder / "v1" / "prompt.md").read_text("utf-8") + "Be brief.\n", "utf-8")
    rubric = (folder / "v1" / "rubric.yaml").read_text("utf-8").replace("deadlineHours: 24", "deadlineHours: 48")
    (folder / "v2" / "rubric.yaml").write_text(rubric, "utf-8")
    rows = (folder / "v1" / "examples.jsonl").read_text("utf-8").splitlines()
    (folder / "v2" / "examples.jsonl").write_text("\n".join(rows[1:]) + "\n", "utf-8")
    create(own, sqlite, prompts__extract_ticket="v2", budgets__day_usd="5")
    found = {one.where.split(": ")[-1]: one.lines for one in release_files.diff(own, release_files.load(own, "r1"), release_files.load(own, "r2"))}
    assert found["budgets.day_usd"] == ("- 20.0", "+ 5.0")
    assert found["prompt.md"] == ("+Be brief.",)
    assert found["rubric.yaml"] == ("-deadlineHours: 24", "+deadlineHours: 48")
    assert len(found["examples.jsonl"]) == 1
    assert json.loads(found["examples.jsonl"][0].removeprefix("- ")) == json.loads(rows[0])


def test_a_release_without_a_report_is_not_put_in_use_unless_forced_which_is_on_record(own: Settings, sqlite: Engine) -> None:
    create(own, sqlite)
    with pytest.raises(NotGated, match="release check r2"):
        activation.activate(sqlite, own, release_files.load(own, "r2"), "ana", "why", NOON)
    with pytest.raises(NotGated, match="release check r2"):
        activation.canary(sqlite, own, release_files.load(own, "r2"), 10, "ana", "why", NOON)
    activation.activate(sqlite, own, release_files.load(own, "r2"), "ana", "it burns", NOON, force=True)
    assert moves.active(sqlite) == "r2"
    assert moves.history(sqlite)[-1].why.endswith("it burns")
    assert "forced past the gate" in moves.history(sqlite)[-1].why


def test_an_edited_prompt_under_a_released_hash_is_refused_even_when_forced(own: Settings, sqlite: Engine) -> None:
    create(own, sqlite)
    path = own.prompts_dir / "answer_ticket" / "v1" / "prompt.md"
    path.write_text(path.read_text("utf-8") + "Promise a refund.\n", "utf-8")
    with pytest.raises(ReleaseError, match="answer_ticket v1 was changed after it was released"):
        activation.activate(sqlite, own, release_files.load(own, "r2"), "ana", "why", NOON, force=True)
    assert moves.active(sqlite) == "r1"


def test_a_rubric_with_a_typo_is_refused_by_its_event(own: Settings, sqlite: Engine) -> None:
    shutil.copytree(own.prompts_dir / "extract_ticket" / "v1", own.prompts_dir / "extract_ticket" / "v2")
    rubric = own.prompts_dir / "extract_ticket" / "v2" / "rubric.yaml"
    rubric.write_text(rubric.read_text("utf-8").replace("cannot_use: {urgency: high", "cannot_use: {urgency: hgih"), "utf-8")
    with pytest.raises(PromptError, match=r"extract_ticket v2: rubric\.yaml: event cannot_use: urgency 'hgih'"):
        create(own, sqlite, prompts__extract_ticket="v2")


def test_a_canary_over_all_the_mail_is_refused(own: Settings, sqlite: Engine) -> None:
    create(own, sqlite)
    with pytest.raises(CannotMove, match="not 150"):
        activation.canary(sqlite, own, release_files.load(own, "r2"), 150, "ana", "why", NOON, force=True)


def test_a_rollback_by_hand_leaves_a_note_and_an_incident(own: Settings, sqlite: Engine) -> None:
    create(own, sqlite)
    activation.activate(sqlite, own, release_files.load(own, "r2"), "ana", "why", NOON, force=True)
    rolled, path = release_files.roll_back(own, sqlite, "ana", "customers complain", NOON)
    assert (rolled.left, rolled.restored) == ("r2", "r1")
    assert "customers complain" in path.read_text("utf-8")
    assert path.parent == own.data_dir / "incidents"


PLAIN = some.one_of(some.text(some.characters(exclude_categories=["Cs"]), max_size=20), some.integers(-(10**9), 10**9), some.booleans())
VALUES = some.recursive(
    PLAIN, lambda inner: some.lists(some.dictionaries(some.text("ab-c.é ", min_size=1, max_size=4), inner, max_size=3), max_size=3)
)


@given(
    some.dictionaries(some.text('abc_é. "', min_size=1, max_size=5), some.one_of(PLAIN, some.lists(some.integers(), max_size=3), VALUES), max_size=4)
)
def test_what_is_written_as_toml_reads_back_as_it_was(content: dict[str, object]) -> None:
    assert tomllib.loads(release_files.as_toml(content)) == content


def test_the_released_file_can_be_read_again(own: Settings, sqlite: Engine) -> None:
    path = create(own, sqlite)
    assert release.load(path) == release_files.load(own, "r2")
