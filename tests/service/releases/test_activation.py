"""Releases get into production by one way, which reads every prompt once."""

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from service import prompting, release
from service.releases import activation, moves
from service.releases.certificate import NotGated
from service.settings import Settings

ROOT = Path(__file__).parents[3]
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_each_prompt_is_hashed_once(settings: Settings, sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    digest = prompting.digest
    monkeypatch.setattr(prompting, "digest", lambda folder: (hashed.append(folder.parent.name), digest(folder))[1])
    chosen = release.load(settings.releases_dir / "r1" / "release.toml")
    activation.activate(sqlite, settings, chosen, "ana", "it burns", NOON, force=True)
    assert sorted(hashed) == ["answer_ticket", "extract_ticket"]
    assert moves.active(sqlite) == "r1"


def test_without_a_certificate_a_release_stays_out_and_nothing_is_on_record(settings: Settings, sqlite: Engine) -> None:
    chosen = release.load(settings.releases_dir / "r1" / "release.toml")
    with pytest.raises(NotGated):
        activation.canary(sqlite, settings, chosen, 10, "ana", "better", NOON)
    with pytest.raises(NotGated):
        activation.activate(sqlite, settings, chosen, "ana", "better", NOON)
    assert moves.history(sqlite) == []


def test_nothing_else_moves_a_release_into_production() -> None:
    found = set()
    for package in ("service", "ops", "evals"):
        for path in (ROOT / package).rglob("*.py"):
            calls = [ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
            if {"moves.activate", "moves.canary", "certificate.reason"} & set(calls):
                found.add(path.relative_to(ROOT).as_posix())
    assert found == {"service/releases/activation.py"}
