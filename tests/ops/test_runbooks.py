"""Runbooks: one for every monitor, all of one build, their commands real."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

import ops
from ops.cli import main
from ops.drills.breakages import BREAKAGES
from ops.watch import monitors
from service.release import Monitors

FOLDER = Path(ops.__file__).parent / "runbooks"
RUNBOOKS = sorted(FOLDER.glob("*.md"))


def test_every_monitor_leads_to_a_runbook() -> None:
    settings = {"window", "hours", "fresh_hours", "alpha", "latency_ms", "latency_sample"}
    watched = Monitors.model_fields.keys() - settings
    assert watched == monitors.RUNBOOKS.keys()
    assert {*monitors.RUNBOOKS.values(), monitors.runbook("latency_path"), *(one.runbook for one in BREAKAGES.values())} <= {
        path.stem for path in RUNBOOKS
    }


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_says_how_it_shows_what_to_do_and_how_to_verify(path: Path) -> None:
    headings = re.findall(r"^## (.+)$", path.read_text("utf-8"), re.M)
    assert headings == ["How it shows", "The first five minutes", "Commands", "How to verify", "Afterwards"]


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_the_commands_of_a_runbook_exist_with_their_options(path: Path) -> None:
    lines = re.findall(r"^proofdesk (.+?)(?:\s+#.*)?$", path.read_text("utf-8"), re.M)
    for line in lines:
        found = get_command(main.app)
        words = line.split()
        while words and words[0] in getattr(found, "commands", {}):
            found = found.commands[words.pop(0)]  # type: ignore[attr-defined]
        assert not getattr(found, "commands", None), f"{path.name}: {line}: no such command"
        known = {option for parameter in found.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, f"{path.name}: {line}"
    assert lines


def test_every_monitor_is_named_by_its_runbook() -> None:
    for monitor, runbook in monitors.RUNBOOKS.items():
        assert f"`{monitor}`" in (FOLDER / f"{runbook}.md").read_text("utf-8"), monitor
