"""The Evals page lists the cases of a run, filtered, and shows each one whole beside another run."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service import app as application
from service import bootstrap
from service.console import eval_cases, evals
from service.settings import Settings
from service.storage.database import writing
from service.storage.tables import EvalRun
from service.telemetry.prometheus import Metrics
from service.worker import Worker

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
NASTY = "<script>alert(1)</script>"


def _case(id: str, value: str, failed: bool, changed: bool = False, company: str = "own") -> dict[str, object]:
    score = {"metric": "urgency_right", "value": value, "before": None, "reason": f"got low {NASTY}", "wrong": failed}
    return {
        "id": id, "kind": "golden", "split": "dev", "company": company, "source": "made for tests", "slices": ["all", f"company={company}"],
        "given": f"The reader is dead {NASTY}", "expected": "urgency: high", "got": f"urgency {value}", "failed": failed, "changed": changed,
        "scores": [score], "links": [{"text": "It is free.", "citations": ["p1"], "kept": False, "says": "struck: nowhere"}], "cites": [],
        "stages": [{"name": "extract", "ms": 12.5, "calls": ["local/local 12 ms"]}],
    }  # fmt: skip


@pytest.fixture
def client(settings: Settings, tmp_path: Path) -> Iterator[TestClient]:
    desks = bootstrap.open_desks(settings)
    for number, value in enumerate(("0", "1")):
        folder = tmp_path / f"run-{number}"
        folder.mkdir()
        listed = [_case("m-1", value, value == "0", True), _case("m-2", "0", True, company="pools"), _case("m-3", "1", False)]
        (folder / eval_cases.FILE).write_text(json.dumps(listed), "utf-8")
        measures = [{"metric": "urgency_right", "value": 0.8 + number / 10, "better": "higher", "share": True, "low": 0.7, "high": 1.0, "n": 3}]
        report = {"path": str(folder), "rules": [], "measures": measures, "part": False}
        with writing(desks.engine) as session:
            at = NOW + timedelta(hours=number)
            session.add(EvalRun(id=f"run-{number}", at=at, release="r1", suite="s", verdict="fail", seconds=1.0, report=report))
    yield TestClient(application.make(settings, desks, Worker(desks.engine, desks.choose, Metrics()), Metrics()))
    desks.close()


@pytest.mark.parametrize(
    ("asked", "shown"),
    [({}, ["m-2"]), ({"cases": "changed"}, ["m-1"]), ({"cases": "all"}, ["m-1", "m-2", "m-3"]), ({"cases": "all", "of": "company=pools"}, ["m-2"])],
)
def test_filters_by_failed_changed_and_slice(client: TestClient, asked: dict[str, str], shown: list[str]) -> None:
    text = client.get("/evals", params={"run": "run-1", **asked}).text
    assert [id for id in ("m-1", "m-2", "m-3") if f'id="case-{id}"' in text] == shown
    assert NASTY not in text


def test_every_measure_has_its_value_on_our_own_company_and_on_foreign_ones() -> None:
    said = {"better": "higher", "share": True, "low": 0.7, "high": 1.0, "n": 3}
    values = {"all": 0.8, "company=own": 0.9, "company=foreign": 0.6, "company=pools": 0.5}
    report = {"measures": [{"metric": "urgency_right", "slice": name, "value": value, **said} for name, value in values.items()]}
    (one,) = evals.measures(report, {"measures": [{"metric": "urgency_right", "value": 0.7, **said}]})
    assert (one.value, one.own, one.foreign, one.other) == (0.8, 0.9, 0.6, 0.7)
    (bare,) = evals.measures({"measures": report["measures"][:1]}, None)
    assert (bare.own, bare.foreign, bare.other) == (None, None, None)


def test_shows_a_case_whole_beside_another_run(client: TestClient) -> None:
    text = client.get("/evals/cases/m-1", params={"run": "run-1", "other": "run-0"}).text
    for words in (
        "The reader is dead",
        "urgency: high",
        "urgency 1",
        "urgency 0",
        "got low",
        "<s>It is free.</s>",
        "struck: nowhere",
        "local/local 12 ms",
    ):
        assert words in text
    assert NASTY not in text


def test_says_that_a_case_is_not_there(client: TestClient) -> None:
    for id, run in (("m-9", "run-1"), ("m-1", "none"), ("m-1", "")):
        assert client.get(f"/evals/cases/{id}", params={"run": run}).status_code == 404


def test_draws_a_metric_over_the_runs_up_to_the_one_shown(client: TestClient) -> None:
    assert "Over runs" in client.get("/evals", params={"run": "run-1"}).text
    assert "Over runs" not in client.get("/evals", params={"run": "run-0"}).text


def test_leaves_parts_of_the_suite_out_of_the_line() -> None:
    measures = [{"metric": "helped", "value": 0.5}]
    runs = [
        EvalRun(
            id=str(n), at=NOW + timedelta(hours=n), release="r1", suite="s", verdict=None, seconds=1.0, report={"measures": measures, "part": n == 1}
        )
        for n in range(3)
    ]
    (line,) = evals.trends(runs, runs[2]).values()
    assert len(line.points.split()) == 2


def test_says_what_was_replayed_and_what_the_recording_lacked(settings: Settings) -> None:
    desks = bootstrap.open_desks(settings)
    told, lacks = "9 calls answered as openai/m answered them on 2026-11-30; 3 had no recording", "3 of 12 calls to answer have no recording"
    listed = {"row": {"replay": {"told": told}, "unplayed": lacks}, "none": {}}
    for number, (name, more) in enumerate(listed.items()):
        with writing(desks.engine) as session:
            at = NOW + timedelta(hours=number)
            report = {"path": "", "rules": [], "measures": [], **more}
            session.add(EvalRun(id=name, at=at, release="r1", suite="s", verdict="not enough evidence", seconds=1.0, report=report))
    client = TestClient(application.make(settings, desks, Worker(desks.engine, desks.choose, Metrics()), Metrics()))
    shown = client.get("/evals", params={"run": "row"}).text
    assert f"Replayed: {told}." in shown
    assert lacks in shown
    assert "Replayed" not in client.get("/evals", params={"run": "none"}).text
    desks.close()
    assert evals.replayed(None, {"extra": {"replay": {"told": told}}}) == told
