"""What the README tells to run and what takes its time: each command does what is said of it."""

import json
from pathlib import Path

import pytest

from tests.long.conftest import Proofdesk

DRILLS = ("bad-prompt", "provider-outage", "stale-index", "injection-wave")


@pytest.fixture(scope="module")
def demonstrated(proofdesk: Proofdesk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data directory in which the demo was run."""
    folder = tmp_path_factory.mktemp("demo")
    assert "30: " in proofdesk(folder, "demo", "--no-serve")
    return folder


@pytest.mark.parametrize("drill", DRILLS)
def test_every_net_of_a_drill_catches_what_was_broken(proofdesk: Proofdesk, demonstrated: Path, drill: str) -> None:
    caught, nets = proofdesk(demonstrated, "drill", drill).splitlines()[-1].split(" nets caught it")[0].split(" of ")
    assert caught == nets


def test_a_question_is_answered_with_citations_after_the_demo(proofdesk: Proofdesk, demonstrated: Path) -> None:
    said = json.loads(proofdesk(demonstrated, "ask", "How do I refund a customer?", "--json"))
    assert said["outcome"] == "answered"
    assert "payments/refund-a-customer.md" in [one["article"] for one in said["answer"]["citations"]]
