"""How a process follows what is in use."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from service.bootstrap import Desks, Parts
from service.pipeline import Desk
from service.prompting import PromptError
from service.release import Release
from service.releases import moves
from service.releases.serving import NoDesk
from service.settings import Settings

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Clock:
    at: float = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("r1", "r2", "r3"):
        (tmp_path / "releases" / name).mkdir(parents=True)
        prompts = '[extract_prompt]\nname = "a"\nversion = "v1"\n[answer_prompt]\nname = "b"\nversion = "v1"\n[retrieval]\nsnapshot = "s"\n'
        (tmp_path / "releases" / name / "release.toml").write_text(f'name = "{name}"\n{prompts}', "utf-8")
    return tmp_path


def desks(engine: Engine, folder: Path, clock: Clock, make: Callable[[Release], Any] | None = None) -> Desks:
    settings = Settings(data_dir=folder, releases_dir=folder / "releases")
    parts = Parts(settings, engine, cast(Any, None), {}, cast(Any, None))

    def build(parts: Parts, chosen: Release, snapshot_name: str) -> Desk:
        if make:
            make(chosen)
        return cast(Desk, SimpleNamespace(release=chosen))

    return Desks(parts, build, clock)


def follow(found: Desks, clock: Clock) -> None:
    """Let time pass until what is built in the background is there."""
    clock.at += 2
    found.choose()
    for thread in list(found._building.values()):
        thread.join()
    found.choose()


def test_follows_a_move_made_by_another_process(sqlite: Engine, folder: Path) -> None:
    clock = Clock()
    found = desks(sqlite, folder, clock)
    assert found.choose().release.name == "r1"
    moves.activate(sqlite, "r2", "ana", "why", NOON)
    follow(found, clock)
    assert found.choose().release.name == "r2"


def test_goes_back_at_once_to_a_desk_that_was_in_use(sqlite: Engine, folder: Path) -> None:
    clock, built = Clock(), []
    found = desks(sqlite, folder, clock, lambda chosen: built.append(chosen.name))
    found.choose()
    moves.activate(sqlite, "r2", "ana", "why", NOON)
    follow(found, clock)
    moves.roll_back(sqlite, "ana", "why", NOON)
    clock.at += 2
    assert found.choose().release.name == "r1"
    assert built == ["r1", "r2"]


def test_goes_on_with_the_desk_in_use_while_the_next_is_built(sqlite: Engine, folder: Path) -> None:
    clock, ready = Clock(), threading.Event()
    found = desks(sqlite, folder, clock, lambda chosen: ready.wait(20) if chosen.name == "r2" else None)
    found.choose()
    moves.activate(sqlite, "r2", "ana", "why", NOON)
    clock.at += 2
    assert found.choose().release.name == "r1"
    ready.set()
    follow(found, clock)
    assert found.choose().release.name == "r2"


def test_a_canary_handles_its_share_and_the_rest_stays_where_it_was(sqlite: Engine, folder: Path) -> None:
    clock = Clock()
    found = desks(sqlite, folder, clock)
    found.choose()
    moves.canary(sqlite, "r2", 30, "ana", "why", NOON)
    follow(found, clock)
    names = [found.choose(f"id:{number}").release.name for number in range(600)]
    assert 120 < names.count("r2") < 240
    assert names == [moves.standing(sqlite).serves(f"id:{number}") for number in range(600)]


def test_a_canary_that_cannot_be_built_leaves_its_mail_to_the_release_in_use(sqlite: Engine, folder: Path) -> None:
    def make(chosen: Release) -> None:
        if chosen.name == "r3":
            raise PromptError("no prompt")

    clock = Clock()
    found = desks(sqlite, folder, clock, make)
    found.choose()
    moves.canary(sqlite, "r3", 100, "ana", "why", NOON)
    follow(found, clock)
    assert found.choose("id:1").release.name == "r1"
    moves.activate(sqlite, "r2", "ana", "why", NOON)
    follow(found, clock)
    assert found.choose("id:1").release.name == "r2"


def test_a_canary_whose_file_is_gone_does_not_keep_a_process_from_following(sqlite: Engine, folder: Path) -> None:
    clock = Clock()
    found = desks(sqlite, folder, clock)
    found.choose()
    moves.activate(sqlite, "r2", "ana", "why", NOON)
    moves.canary(sqlite, "gone", 50, "ana", "why", NOON)
    follow(found, clock)
    assert found.choose("id:1").release.name == "r2"


def test_a_release_that_cannot_be_built_leaves_the_desk_in_use(sqlite: Engine, folder: Path) -> None:
    clock = Clock()
    found = desks(sqlite, folder, clock)
    found.choose()
    moves.activate(sqlite, "gone", "ana", "why", NOON)
    follow(found, clock)
    assert found.choose().release.name == "r1"


def test_says_what_to_do_where_there_is_no_desk_yet(sqlite: Engine, folder: Path) -> None:
    (folder / "releases" / "r1" / "release.toml").unlink()
    with pytest.raises(NoDesk, match="no release at"):
        desks(sqlite, folder, Clock()).choose()


def test_a_server_builds_its_first_desk_aside_and_nobody_waits(sqlite: Engine, folder: Path) -> None:
    clock, ready = Clock(), threading.Event()
    found = desks(sqlite, folder, clock, lambda chosen: ready.wait(20))
    found.build_aside()
    for _ in range(3):
        with pytest.raises(NoDesk, match="is being prepared"):
            found.choose()
    assert found.is_starting
    ready.set()
    for thread in list(found._building.values()):
        thread.join()
    assert found.choose().release.name == "r1"
    assert (found.is_starting, found.behind) == (False, None)


def test_says_that_what_is_in_use_cannot_be_built_until_it_can(sqlite: Engine, folder: Path) -> None:
    def make(chosen: Release) -> None:
        if chosen.name == "r2":
            raise PromptError("prompt b v1 is missing")

    clock = Clock()
    found = desks(sqlite, folder, clock, make)
    found.choose()
    moves.activate(sqlite, "r2", "ana", "why", NOON)
    follow(found, clock)
    assert found.choose().release.name == "r1"
    assert found.behind == "prompt b v1 is missing"
    moves.roll_back(sqlite, "ana", "why", NOON)
    follow(found, clock)
    assert found.behind is None


def test_a_canary_that_cannot_be_built_does_not_make_the_release_in_use_less_ready(sqlite: Engine, folder: Path) -> None:
    def make(chosen: Release) -> None:
        if chosen.name == "r3":
            raise KeyError("x")

    clock = Clock()
    found = desks(sqlite, folder, clock, make)
    found.choose()
    moves.canary(sqlite, "r3", 100, "ana", "why", NOON)
    follow(found, clock)
    assert found.behind is None
