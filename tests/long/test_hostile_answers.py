"""The check lets no more hostile answers pass, and strikes no more honest ones, than README says."""

import re
from pathlib import Path

import pytest

from ops.benches import hostile_answers
from ops.benches.hostile_answers import SETS, Counted
from ops.cli import check
from service.settings import Settings
from tests.long.conftest import ROOT

MOST_PASSED, MOST_STRUCK = 53, 31


@pytest.fixture(scope="module")
def counted(kept: Path) -> Counted:
    """Check the five sets."""
    checker = check.open_checker(Settings(data_dir=kept))
    return hostile_answers.total([hostile_answers.counted(name, checker) for name in SETS])


def test_passes_and_strikes_no_more_than_it_did(counted: Counted) -> None:
    assert (counted.lies, counted.honest) == (450, 230)
    assert counted.passed <= MOST_PASSED
    assert counted.struck <= MOST_STRUCK


def test_readme_says_what_was_counted() -> None:
    said = re.search(
        r"Of five sets of hostile answers (\d+) of 450 pass; of 230 honest look-alikes (\d+) are struck", (ROOT / "README.md").read_text("utf-8")
    )
    assert said is not None
    assert (int(said[1]), int(said[2])) == (MOST_PASSED, MOST_STRUCK)
