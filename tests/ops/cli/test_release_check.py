"""`proofdesk release check` as a user runs it, on a small suite and a small help centre: what it is held against, and what it leaves."""

import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from evals import bench, cases, collecting, gate, recordings
from evals import results as measured
from evals import run as running
from evals.cases import Suite
from evals.gate import Rule
from evals.recordings import Row
from ops.cli import main
from ops.drills import drill
from service import app as application
from service import bootstrap
from service.models import Call, Completion
from service.models.openai import HostedModel
from service.settings import Settings
from service.telemetry.prometheus import Metrics
from service.worker import Worker
from tests.evals.material import question_case, results, share
from tests.service.fakes import mail

QUESTIONS = tuple(
    question_case(id=f"q-{n}", group=f"q-{n}", question=f"How long does a full charge of battery {n} take?", articles=("bikes/battery.md",), facts=("4 hours",))
    for n in range(12)
)  # fmt: skip
INBOX = [mail(f"Charged twice {n}", f"{n}@x", f"I was charged twice for month {n}. How do I get it back?\n\nAna López") for n in range(12)]
HEADER = recordings.Header(provider="openai", model="gpt-4o-mini", date="2026-11-30", says="made for tests")
ANSWER = json.dumps({"sentences": [{"text": "A full charge takes 4 hours.", "citations": ["p1"]}]})
FLOOR = Rule(metric="answered", at_least=0.1, fewest=5)
MARGIN = Rule(metric="answered", margin=0.03, fewest=5)

Ran = tuple[int, str, str]
Run = Callable[..., Ran]


@pytest.fixture
def releases(tmp_path: Path, settings: Settings) -> Path:
    """Give a folder of releases with r1 alone, which was never checked."""
    (tmp_path / "releases" / "r1").mkdir(parents=True)
    shutil.copy(settings.releases_dir / "r1" / "release.toml", tmp_path / "releases" / "r1")
    return tmp_path / "releases"


@pytest.fixture
def run(settings: Settings, releases: Path, help_centre: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Give a function that runs a command of `proofdesk release` in this process, over twelve questions and twelve mails."""
    monkeypatch.setenv("PROOFDESK_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("PROOFDESK_RELEASES_DIR", str(releases))
    monkeypatch.setattr(cases, "load", lambda folder=None: Suite(QUESTIONS))
    monkeypatch.setattr(gate, "load", lambda path=None: (FLOOR, MARGIN))
    monkeypatch.setattr(bench, "HELP_CENTRE", help_centre)
    monkeypatch.setattr(drill, "inbox", lambda: INBOX)

    def ran(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["proofdesk", "release", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        code: object = 0
        try:
            main.main()
        except SystemExit as exc:
            code = exc.code or 0
        assert isinstance(code, int)
        return code, *capfd.readouterr()

    return ran


def _add(releases: Path, name: str, created: str, has_report: bool = True) -> None:
    text = (releases / "r1" / "release.toml").read_text("utf-8").replace('name = "r1"', f'name = "{name}"').replace("2026-11-23", created)
    (releases / name).mkdir()
    (releases / name / "release.toml").write_text(text, "utf-8")
    if has_report:
        found = replace(results({"answered": share(12, 12, "q")}, name), cases=running.digests(Suite(QUESTIONS)))
        measured.save(found, releases / name / "report.json", {"verdict": {"decision": "pass"}})


def _kept(releases: Path, name: str, file: str = "gate.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((releases / name / file).read_text("utf-8"))
    return found


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["r1", "--against", "r9"], "release 'r9' has no stored report to compare with; there are: r0"),
        (["r1", "--against", "r2"], "release 'r2' has no stored report to compare with; there are: r0"),
        (["r1", "--against", "../releases/r0"], "has no stored report to compare with; there are: r0"),
        (["r1", "--against", ""], "release '' has no stored report to compare with; there are: r0"),
        (["r1", "--against", "r1"], "release r1 cannot be held against itself"),
        (["r2", "--alone"], "release r2 is not the first: there is a passing report of r0"),
        (["r1", "--alone", "--against", "r0"], "give one of them"),
    ],
)
def test_says_what_a_release_cannot_be_held_against(run: Run, releases: Path, arguments: list[str], words: str) -> None:
    _add(releases, "r0", "2026-11-01")
    _add(releases, "r2", "2026-11-24", has_report=False)
    code, _, err = run("check", *arguments)
    assert code == 2
    assert words in " ".join(err.replace("│", " ").split())
    assert not (releases / "r1" / "gate.json").exists()


def test_holds_the_release_in_use_against_the_newest_that_was_made_before_it_and_passed(run: Run, releases: Path) -> None:
    for name, created in (("r0", "2026-11-01"), ("q9", "2026-11-02"), ("q10", "2026-11-02"), ("r2", "2026-11-24")):
        _add(releases, name, created)
    code, out, err = run("check", "r1")
    assert (code, err) == (0, ""), out
    assert _kept(releases, "r1")["against"] == "q10"
    code, out, _ = run("check", "r1", "--against", "r0", "--json")
    assert (code, json.loads(out)["against"]) == (0, "r0")


def test_does_not_pass_a_release_that_nothing_can_be_held_against_unless_that_is_said(run: Run, releases: Path) -> None:
    _add(releases, "r2", "2026-11-24", has_report=False)
    for name, lacks in (("r2", "release r1 has no stored report"), ("r1", "no release before r1 has a passing report")):
        code, out, err = run("check", name)
        assert code == 1
        assert f"{lacks}, so margins decide nothing" in err
        assert "there is no stored run to hold its margin of 0.03 against" in out
        assert _kept(releases, name)["verdict"] == "not enough evidence"
    assert run("check", "r1", "--alone")[0] == 0
    assert (_kept(releases, "r1")["verdict"], _kept(releases, "r1")["against"]) == ("pass", None)
    assert run("check", "r2")[0] == 0
    assert _kept(releases, "r2")["against"] == "r1"


@pytest.mark.parametrize(
    ("impossible", "verdict"),
    [
        (Rule(metric="answered", at_most=0.1, fewest=5), "fail"),
        (Rule(metric="answered", at_most=0.9, fewest=13), "not enough evidence"),
        (Rule(metric="urgency_right", at_least=0.5), "not enough evidence"),
    ],
)
def test_leaves_what_passed_and_keeps_what_did_not_beside_it(
    run: Run, settings: Settings, releases: Path, monkeypatch: pytest.MonkeyPatch, impossible: Rule, verdict: str
) -> None:
    assert run("check", "r1", "--alone")[0] == 0
    kept = {name: (releases / "r1" / name).read_bytes() for name in ("report.json", "gate.json", "probes.jsonl")}
    with monkeypatch.context() as patch:
        patch.setattr(gate, "load", lambda path=None: (FLOOR, impossible))
        code, out, _ = run("check", "r1", "--alone", "--json")
    assert (code, json.loads(out)["verdict"], json.loads(out)["report"]) == (1, verdict, "report.failed.json")
    assert {name: (releases / "r1" / name).read_bytes() for name in kept} == kept
    assert _kept(releases, "r1", "gate.failed.json")["verdict"] == verdict
    assert _kept(releases, "r1", "report.failed.json")["release"] == "r1"
    assert f"# gate: {verdict} at" in (shown := run("show", "r1")[1])
    assert "the report that passed at" in shown
    with _console(settings, releases) as client:
        assert f">{verdict}</span>" in (page := client.get("/releases").text)
        assert "the report that passed on" in page
        assert f">{verdict}</span>" in client.get("/evals").text
    assert run("check", "r1", "--alone")[0] == 0
    assert {path.name for path in (releases / "r1").iterdir()} == {"release.toml", *kept}


def test_writes_over_what_did_not_pass_either_but_not_over_a_report_that_was_stored(
    run: Run, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _add(releases, "r0", "2026-11-01")  # a stored report without a certificate
    monkeypatch.setattr(gate, "load", lambda path=None: (Rule(metric="answered", at_most=0.1, fewest=5),))
    for _ in range(2):
        assert run("check", "r1", "--alone")[0] == run("check", "r0", "--against", "r1")[0] == 1
    assert {path.name for path in (releases / "r1").iterdir()} == {"release.toml", "report.json", "gate.json", "probes.jsonl"}
    assert {path.name for path in (releases / "r0").iterdir()} == {"release.toml", "report.json", "report.failed.json", "gate.failed.json"}


@contextmanager
def _console(settings: Settings, releases: Path) -> Iterator[TestClient]:
    own = settings.model_copy(update={"releases_dir": releases})
    desks = bootstrap.open_desks(own)
    yield TestClient(application.make(own, desks, Worker(desks.engine, desks.choose, Metrics()), Metrics()))
    desks.close()


def _record(settings: Settings, tmp_path: Path, releases: Path) -> list[Row]:
    """Return a recording of the suite on r1: what a hosted model would be asked, with an answer to each."""
    path, prompts, texts, missing = tmp_path / "recording.jsonl", tmp_path / "prompts.jsonl", tmp_path / "texts.jsonl", io.StringIO()
    own = settings.model_copy(update={"releases_dir": releases})
    opened = bench.open_bench(own, Suite(QUESTIONS), "r1", recording=recordings.load(_write(path, [])), missing=missing)
    running.observe(Suite(QUESTIONS), opened.offices)
    prompts.write_text(missing.getvalue(), "utf-8")
    keys = {json.loads(line)["key"] for line in missing.getvalue().splitlines()}
    texts.write_text("".join(json.dumps({"key": key, "text": ANSWER}) + "\n" for key in sorted(keys)), "utf-8")
    assert collecting.fill(path, prompts, texts, HEADER).filled == len(QUESTIONS)
    return list(recordings.load(path).rows.values())


def _write(path: Path, rows: Sequence[Row]) -> Path:
    path.write_text("".join(one.model_dump_json(exclude_none=True) + "\n" for one in (HEADER, *rows)), "utf-8")
    return path


def test_does_not_pass_a_hosted_release_of_which_a_recording_lacks_too_much(run: Run, settings: Settings, releases: Path, tmp_path: Path) -> None:
    rows = _record(settings, tmp_path, releases)
    short = {
        "missing": rows[4:],
        "drifted": [*(one.model_copy(update={"prompt": "0" * 16}) for one in rows[:4]), *rows[4:]],
        "failed": [*(one.model_copy(update={"text": None, "error": "TimedOut: after 30 s"}) for one in rows[:4]), *rows[4:]],
    }
    for name, some in short.items():
        code, out, _ = run("check", "r1", "--alone", "--replay", _write(tmp_path / f"{name}.jsonl", some))
        assert (code, _kept(releases, "r1")["verdict"]) == (1, "not enough evidence"), name
        assert "no answer to these prompts was recorded for 4 of 12 calls to answer; at most 25 % of a task's may lack one" in out
    code, out, _ = run("check", "r1", "--alone", "--replay", _write(tmp_path / "most.jsonl", rows[3:]))
    assert (code, _kept(releases, "r1")["verdict"]) == (0, "pass"), out
    told = "9 calls answered as openai/gpt-4o-mini answered them on 2026-11-30; 3 had no recording and went to the next route"
    place = sorted((settings.data_dir / "reports").iterdir())[-1]
    for file in ("report.md", "report.html", "report.json"):
        assert told in (place / file).read_text("utf-8"), file


@pytest.mark.parametrize("failing", ["missing", "drifted", "nothing"])
def test_asks_no_provider_in_a_replay_and_says_so(
    run: Run, settings: Settings, releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    rows = _record(settings, tmp_path, releases)
    some = {"missing": rows[1:], "drifted": [rows[0].model_copy(update={"prompt": "0" * 16}), *rows[1:]], "nothing": rows}[failing]
    asked: list[str] = []

    def complete(self: HostedModel, call: Call, timeout: float) -> Completion:
        asked.append(call.task)
        raise AssertionError("a provider was asked")

    monkeypatch.setattr(HostedModel, "complete", complete)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    code, out, _ = run("check", "r1", "--alone", "--replay", _write(tmp_path / "some.jsonl", some))
    assert (code, asked) == (0, []), out
    said = "12 mails of the sample inbox, read by the local model alone: a recording stood for the hosted one in the evals"
    assert f"# baseline: {said}" in run("show", "r1")[1]
    assert _kept(releases, "r1")["baseline"]["source"] == said.partition(" mails of ")[2]
