"""The exam of a release's check puts its run on record, passed or not, with reasons that name metric, slice and cases."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from evals import bench as benches
from evals import cases, gate
from evals.bench import Bench
from evals.cases import Suite
from evals.gate import Rule
from ops import release_evals
from retrieval import index
from service import bootstrap, release
from service.settings import Settings
from service.storage.database import reading
from service.storage.tables import EvalRun
from tests.evals.material import question_case

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def test_puts_a_failed_run_on_the_evals_page_and_tells_how_far_it_is(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [question_case(id=f"q-{n}", group=f"q-{n}", question=f"Who painted ceiling {n}?", articles=("billing.md",)) for n in range(12)]
    parts = replace(bootstrap.open_desks(settings).parts, providers={})
    chosen = release.load(settings.releases_dir / "r1" / "release.toml")
    bare = chosen.model_copy(update={name: getattr(chosen, name).model_copy(update={"sha256": ""}) for name in ("extract_prompt", "answer_prompt")})
    snapshot = index.current(settings.data_dir)
    assert snapshot
    desk = bootstrap.build(parts, bare, snapshot)
    monkeypatch.setattr(cases, "load", lambda: Suite(tuple(asked)))
    monkeypatch.setattr(benches, "open_bench", lambda settings, suite, name, recording: Bench(parts, bare, desk, desk, snapshot))
    monkeypatch.setattr(gate, "load", lambda: (Rule(metric="answered", slice="company=own", at_least=0.99, fewest=5),))
    told: list[tuple[int, int]] = []
    examined = release_evals.full(parts, None, NOW, lambda done, of: told.append((done, of)))(bare, desk, snapshot)
    assert examined.verdict == "fail"
    assert "answered (of questions with an answer, answered, company=own): 0" in examined.reasons[0]
    assert "See q-" in examined.reasons[0]
    assert told[-1] == (12, 12)
    with reading(parts.engine) as session:
        kept = session.get(EvalRun, "20261130T090000-r1")
        assert kept is not None
        assert kept.verdict == "fail"
        assert kept.report["rules"][0]["metric"] == "answered"
