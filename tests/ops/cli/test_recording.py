"""`proofdesk eval record` loses no call to a break, mixes no models, and says what was asked with."""

import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals import bench, recordings
from evals import suite as suites
from evals.cases import Suite
from evals.judge import judge as judging
from evals.judge import labels
from evals.judge.judge import Judge
from evals.judge.labels import Label
from ops.cli.evals import app
from ops.cli.progress import LEFT
from service.models import openai
from service.models.openai import Endpoint
from service.models.providers import Provider
from service.settings import Settings
from tests.evals.judge.test_judge import judge
from tests.evals.material import mail_case, question_case
from tests.peers import faults
from tests.peers.faults import Handler

ROUTE = "openai/gpt-4o-mini"
MAIL = "From: Ana López <ana@mail.example>\nSubject: Battery\nDate: Mon, 02 Nov 2026 10:00:00 +0000\n\nHow long does a full charge of the battery take?\n\nAna López\n"
TICKET = faults.says(
    json.dumps({"customerName": "Ana López", "issueSummary": "The customer asks how long a full charge of the battery takes.", "urgency": "low"})
)
ANSWER = faults.says(
    json.dumps({"sentences": [{"text": "A full charge takes 4 hours.", "citations": ["p1"], "quotes": ["A full charge takes 4 hours."]}]})
)

Record = Callable[..., tuple[int, str]]


def breaks(handler: Handler) -> None:
    """Leave as Ctrl-C does, while the answer is waited for."""
    main = threading.main_thread().ident
    assert main is not None
    signal.pthread_kill(main, signal.SIGINT)
    handler.hang()


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Listen to Ctrl-C, which a run in the background of a shell does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def record(settings: Settings, tmp_path: Path, help_centre: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """Give a function that records two cases, a mail and a question, at a server of ours, and returns the exit code and what was said."""
    (tmp_path / "golden" / "mails").mkdir(parents=True)
    (tmp_path / "golden" / "mails" / "m-1.eml").write_text(MAIL, "utf-8")
    question = question_case(question="How long does a full charge of the battery take?", articles=("bikes/battery.md",), facts=("4 hours",))
    monkeypatch.setattr(suites, "choose", lambda choice: Suite((mail_case(), question), tmp_path / "golden"))
    monkeypatch.setattr(bench, "HELP_CENTRE", help_centre)
    monkeypatch.setenv("PROOFDESK_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-tests")

    def run(peer: faults.Peer, *options: str) -> tuple[int, str]:
        def endpoint(provider: Provider) -> Endpoint:
            made = Endpoint(provider)
            peer.clients.callback(made.close)  # a command leaves this to the end of its process
            return made

        monkeypatch.setattr(openai, "Endpoint", endpoint)
        monkeypatch.setenv("OPENAI_BASE_URL", peer.base_url)
        said = CliRunner().invoke(app, ["record", "--route", ROUTE, "--release", "r1", "--out", str(_file(tmp_path)), "--jobs", "1", *options])
        return said.exit_code, said.output

    return run


def _file(tmp_path: Path) -> Path:
    return tmp_path / "recording.jsonl"


def _asked(tmp_path: Path) -> list[tuple[str, str, bool]]:
    """Return the rows of the file in their order: case, task, and whether there is a text."""
    rows = [json.loads(line) for line in _file(tmp_path).read_text("utf-8").splitlines()[1:]]
    return [(row["case"], row["task"], "text" in row) for row in rows]


def test_asks_after_a_break_only_what_it_has_not(record: Record, tmp_path: Path) -> None:
    with faults.serving(TICKET, breaks) as peer:
        assert record(peer, "--yes")[0] == LEFT
        assert len(peer.requests) == 2
    assert _asked(tmp_path) == [("m-1", "extract", True)]
    with faults.serving(ANSWER) as peer:
        code, said = record(peer, "--yes")
    assert code == 0, said
    assert _asked(tmp_path) == [("m-1", "extract", True), ("m-1", "answer", True), ("q-1", "answer", True)]
    assert "2 cases recorded" in said
    with faults.serving(faults.status(500)) as peer:
        code, said = record(peer, "--yes")
        assert peer.requests == []
    assert "0 cases recorded, 2 were there already" in said


@pytest.mark.parametrize(
    "error", [{"error": "TimedOut: no answer within 30 s"}, {"error": "Refused: 401"}, {"text": "{}", "prompt": "of another prompt"}]
)
def test_asks_again_what_failed_and_what_was_asked_otherwise(record: Record, tmp_path: Path, error: dict[str, str]) -> None:
    header = recordings.Header(provider="openai", model="gpt-4o-mini", date="2026-11-30")
    lines = [{"case": "q-1", "task": "answer", "prompt": "x", **error}]
    _file(tmp_path).write_text("\n".join([header.model_dump_json(), *map(json.dumps, lines), ""]), "utf-8")
    with faults.serving(TICKET, ANSWER) as peer:
        code, said = record(peer, "--yes")
        assert len(peer.requests) == 3, said
    assert code == 0
    assert _asked(tmp_path)[-1] == ("q-1", "answer", True)
    assert recordings.load(_file(tmp_path)).header == header


@pytest.mark.parametrize(("provider", "model"), [("openai", "gpt-4o"), ("anthropic", "gpt-4o-mini"), ("recorded", "large-language-model")])
def test_refuses_the_file_of_another_model(record: Record, tmp_path: Path, provider: str, model: str) -> None:
    before = recordings.Header(provider=provider, model=model, date="2026-11-30").model_dump_json() + "\n"
    _file(tmp_path).write_text(before, "utf-8")
    with faults.serving(TICKET) as peer:
        code, said = record(peer, "--yes")
        assert peer.requests == []
    assert code == 2
    assert f"recording.jsonl: it is of {provider}/{model}, not of {ROUTE}" in said
    assert _file(tmp_path).read_text("utf-8") == before


def test_says_in_the_header_what_the_route_pins(record: Record, tmp_path: Path) -> None:
    with faults.serving(TICKET, ANSWER) as peer:
        assert record(peer, "--yes")[0] == 0
        sent = [request.body for request in peer.requests]
    parameters = recordings.load(_file(tmp_path)).header.parameters
    assert parameters == {"temperature": 0.0, "max_output_tokens": {"extract": 300, "answer": 900}}
    assert {one["temperature"] for one in sent} == {0.0}
    assert [one["max_completion_tokens"] for one in sent] == [300, 900, 900]


def test_writes_nothing_where_nobody_agreed_to_the_price(record: Record, tmp_path: Path) -> None:
    with faults.serving(TICKET) as peer:
        code, said = record(peer)
        assert peer.requests == []
    assert code == 2
    assert "add --yes" in said
    assert not _file(tmp_path).exists()


def _calibrate(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: Judge) -> tuple[int, str]:
    """Record what a judge says of two labelled answers."""
    listed = tuple(
        Label(id=f"a-{n}", kind="answer", source="test", question="Free?", passages="p1: It is.", answer="Yes.", supported=True, answers=True)
        for n in (1, 2)
    )
    monkeypatch.setenv("PROOFDESK_DATA_DIR", str(settings.data_dir))
    monkeypatch.setattr(judging, "open_judge", lambda settings: asked)
    monkeypatch.setattr(labels, "load", lambda: listed)
    said = CliRunner().invoke(app, ["calibrate", "--only", "judge", "--record", str(_file(tmp_path)), "--yes"])
    return said.exit_code, said.output


def test_records_a_judge_with_what_its_route_pins(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = _calibrate(settings, tmp_path, monkeypatch, judge({"reason": "it says so", "supported": True, "answers": True}))
    assert code == 0, said
    found = recordings.load(_file(tmp_path))
    assert found.header.parameters == {"temperature": 0.0, "max_output_tokens": 800}
    assert found.cases == {"a-1/grade", "a-2/grade"}


def test_refuses_a_judge_s_file_that_is_of_another_model(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = recordings.Header(provider="openai", model="gpt-4o", date="2026-11-30").model_dump_json() + "\n"
    _file(tmp_path).write_text(before, "utf-8")
    code, said = _calibrate(settings, tmp_path, monkeypatch, judge({"reason": "it says so", "supported": True, "answers": True}))
    assert code == 2
    assert f"recording.jsonl: it is of openai/gpt-4o, not of {ROUTE}" in said
    assert _file(tmp_path).read_text("utf-8") == before
