"""`proofdesk eval mutate` ends with 0 only where the gate catches enough weakenings and blocks nothing harmless."""

from typing import Literal

import pytest
from typer.testing import CliRunner

from evals import suite
from evals.gate import Decision, Verdict
from evals.mutations import adequacy, setup
from evals.mutations.adequacy import Adequacy, Tried
from evals.mutations.weakenings import Mutation
from ops.cli.evals import app
from service.settings import Settings


def _tried(count: int, kind: Literal["weakening", "benign"], decision: Decision) -> tuple[Tried, ...]:
    return tuple(Tried(Mutation(f"{kind}-{n}", kind, lambda lab: lab, ""), decision, (), 1.0) for n in range(count))


@pytest.mark.parametrize(
    ("caught", "missed", "blocked", "code"),
    [(20, 0, 0, 0), (19, 1, 0, 0), (189, 11, 0, 1), (47, 3, 0, 1), (18, 2, 0, 1), (9, 1, 0, 1), (20, 0, 1, 1)],
)
def test_ends_by_the_share_of_weakenings_caught(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caught: int, missed: int, blocked: int, code: int
) -> None:
    tried = (*_tried(caught, "weakening", "fail"), *_tried(missed, "weakening", "not enough evidence"), *_tried(blocked, "benign", "fail"))
    monkeypatch.setenv("PROOFDESK_DATA_DIR", str(settings.data_dir))
    monkeypatch.setattr(suite, "open_bench", lambda settings, suite, chosen: None)
    monkeypatch.setattr(setup, "workbench", lambda bench, suite: None)
    monkeypatch.setattr(adequacy, "measure", lambda *given: Adequacy(tried, Verdict("pass", (), None), 1.0))
    said = CliRunner().invoke(app, ["mutate"])
    assert said.exit_code == code, said.output
    assert f"caught {caught} of {caught + missed} weakenings" in said.stdout
