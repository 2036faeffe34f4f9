"""What a provider answered once is answered again without it; another prompt is told, and what was never asked goes to the next route."""

import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from evals import bench as benches
from evals import observation, recordings
from evals.bench import Bench, NoRoute
from evals.cases import Suite
from evals.observation import Observed
from evals.recordings import Player, Recorder, RecordingError
from retrieval import index
from service import bootstrap, release
from service.models import Call, Completion, Declined, Model, Task, Usage
from service.models.messages import Renderer
from service.release import RoutePin
from service.releases.serving import Parts
from service.settings import Settings
from tests.evals.material import mail_case, question_case

ROUTE = "openai/gpt-4o-mini"
HEADER = recordings.Header(provider="openai", model="gpt-4o-mini", date="2026-11-30", says="given exactly these prompts and nothing else")
MAIL = "From: Ana López <ana@mail.example>\nSubject: Twice\nDate: Mon, 02 Nov 2026 10:00:00 +0000\n\nYou charged me twice for October.\n\nAna López\n"


@dataclass
class Hosted:
    """A model that answers as a hosted one might: at first with a name that the mail does not hold, in one case with a refusal."""

    provider: str = "openai"
    name: str = "gpt-4o-mini"
    asked: int = 0

    def complete(self, call: Call, timeout: float) -> Completion:
        """Answer."""
        self.asked += 1
        if recordings.CASE.get() == "q-2":
            raise Declined("the model declined")
        if call.task == "answer":
            text = json.dumps({"sentences": [{"text": "A full charge takes 4 hours.", "citations": ["p1"]}]})
        else:
            name = "Ana López" if call.complaints else "Walter Ostermann"
            text = json.dumps({"customerName": name, "issueSummary": "The customer was charged twice for October.", "urgency": "high"})
        return Completion(text, self.provider, self.name, Usage(900, 0, 40, 0))


def _bench(parts: Parts, settings: Settings, model: Model) -> Bench:
    chosen = release.load(settings.releases_dir / "r1" / "release.toml")
    bare = chosen.model_copy(update={name: getattr(chosen, name).model_copy(update={"sha256": ""}) for name in ("extract_prompt", "answer_prompt")})
    snapshot = index.current(settings.data_dir)
    assert snapshot
    desk = bootstrap.build(replace(parts, providers={}, stand_ins={"openai": lambda name, local: model}), bare, snapshot)
    return Bench(parts, bare, desk, desk, snapshot)


@pytest.fixture(scope="module")
def parts(indexed: Path) -> Iterator[Parts]:
    desks = bootstrap.open_desks(Settings(data_dir=indexed, openai_api_key=None))
    yield desks.parts
    desks.close()


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    folder = tmp_path_factory.mktemp("golden")
    (folder / "mails").mkdir()
    (folder / "mails" / "m-1.eml").write_text(MAIL, "utf-8")
    battery = question_case(id="q-1", question="How long does a full charge of the battery take?", articles=("bikes/battery.md",), facts=("4 hours",))
    return Suite((mail_case(), battery, battery.model_copy(update={"id": "q-2"})), folder)


def _observed(bench: Bench, suite: Suite) -> dict[str, Observed]:
    return {case.id: observation.observe(case, suite, bench.offices) for case in suite.cases}


@pytest.fixture(scope="module")
def recorded(parts: Parts, suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record the suite."""
    path, lock = tmp_path_factory.mktemp("recordings") / "all.jsonl", threading.Lock()
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER.model_dump_json() + "\n")
        bench = _bench(parts, parts.settings, Hosted())
        _observed(benches.recorded(bench, ROUTE, lambda model: Recorder(model, Renderer().render, file, lock)), suite)
    return path


def test_keeps_every_call_with_its_case_task_prompt_and_tokens(recorded: Path) -> None:
    found = recordings.load(recorded)
    assert found.header == HEADER
    assert {("m-1", "extract", 0), ("m-1", "extract", 1), ("q-1", "answer", 0), ("q-2", "answer", 0)} <= found.rows.keys()
    repaired = found.rows["m-1", "extract", 1]
    assert repaired.text is not None
    assert "Ana" in repaired.text
    assert (repaired.input_tokens, repaired.output_tokens) == (900, 40)
    assert repaired.prompt != found.rows["m-1", "extract", 0].prompt
    assert found.rows["q-2", "answer", 0].error == "Declined: the model declined"


def test_plays_back_what_was_answered_repairs_and_refusals_too(parts: Parts, suite: Suite, recorded: Path) -> None:
    live, player = Hosted(), Player(recordings.load(recorded), Renderer().render)
    before, after = _observed(_bench(parts, parts.settings, live), suite), _observed(_bench(parts, parts.settings, player), suite)
    for case in suite.cases:
        assert after[case.id].ticket == before[case.id].ticket
        assert after[case.id].ended == before[case.id].ended
    assert after["m-1"].attempts[0].error == "Unacceptable"
    assert after["m-1"].attempts[0].input_tokens == 900
    assert (player.counts["missing"], player.counts["drifted"]) == (0, 0)
    assert player.says() == f"{player.counts['answered']} calls answered as openai/gpt-4o-mini answered them on 2026-11-30"


def test_tells_a_changed_prompt_as_drift_and_answers_all_the_same(parts: Parts, suite: Suite, recorded: Path) -> None:
    player = Player(recordings.load(recorded), Renderer(examples=1).render)  # other examples than were sent
    seen = _observed(_bench(parts, parts.settings, player), suite)
    assert seen["m-1"].ticket.customer_name == "Ana López"
    assert player.drifted == {"m-1", "q-1", "q-2"}
    assert "to other prompts than these (drift)" in player.says()
    assert player.as_data()["driftedCases"] == ["m-1", "q-1", "q-2"]


def test_leaves_what_was_never_asked_to_the_next_route_and_writes_its_prompt_down(parts: Parts, suite: Suite, recorded: Path) -> None:
    found, missing = recordings.load(recorded), io.StringIO()
    fewer = replace(found, rows={key: row for key, row in found.rows.items() if key[0] != "m-1"})
    player = Player(fewer, Renderer().render, missing)
    seen = _observed(_bench(parts, parts.settings, player), suite)["m-1"]
    assert seen.ticket.urgency is not None
    assert seen.attempts[0].error == "Refused"
    wanted = [json.loads(line) for line in missing.getvalue().splitlines()]
    assert (wanted[0]["case"], wanted[0]["task"], wanted[0]["call"]) == ("m-1", "extract", 0)
    assert wanted[0]["prompt"] == found.rows["m-1", "extract", 0].prompt
    assert any("charged me twice" in message["content"] for message in wanted[0]["messages"])
    assert f"{len(wanted)} had no recording and went to the next route" in player.says()


def test_records_no_route_that_the_release_does_not_have(parts: Parts) -> None:
    bench = _bench(parts, parts.settings, Hosted())
    for route in ("openai/another", "local/local"):
        with pytest.raises(NoRoute, match=rf"release r1 cannot ask '{route}'; it can ask: {ROUTE}"):
            benches.recorded(bench, route, lambda model: model)


def test_refuses_a_recording_of_another_model_as_a_release_s_own(recorded: Path, parts: Parts) -> None:
    chosen = release.load(parts.settings.releases_dir / "r1" / "release.toml")
    found = recordings.load(recorded)
    recordings.of_release(found, chosen)
    with pytest.raises(RecordingError, match=r"it is of openai/other; release r1 asks local/local, openai/gpt-4o-mini"):
        recordings.of_release(replace(found, header=HEADER.model_copy(update={"model": "other"})), chosen)


@pytest.mark.parametrize(
    ("task", "model", "words"),
    [
        ("extract", "gpt-5", "release r1 asks openai/gpt-5 to extract"),
        ("answer", "gpt-5", "release r1 asks openai/gpt-5 to answer"),
        ("verify", "gpt-4o", "release r1 asks openai/gpt-4o to verify"),
    ],
)
def test_refuses_a_recording_for_a_release_that_asks_another_model_for_one_task(
    recorded: Path, parts: Parts, task: Task, model: str, words: str
) -> None:
    chosen = release.load(parts.settings.releases_dir / "r1" / "release.toml")
    other = RoutePin(task=task, provider="openai", model=model)
    others = chosen.model_copy(update={"routes": (other, *(pin for pin in chosen.routes if pin.task != task))})
    with pytest.raises(RecordingError, match=words):
        recordings.of_release(recordings.load(recorded), others)
    judged = chosen.model_copy(update={"routes": (*chosen.routes, RoutePin(task="judge", provider="openai", model=model))})
    recordings.of_release(recordings.load(recorded), judged)


def test_counts_by_task_what_says_nothing_of_the_model(parts: Parts, suite: Suite, recorded: Path) -> None:
    found = recordings.load(recorded)
    late = found.rows["q-1", "answer", 0].model_copy(update={"text": None, "error": "TimedOut: no answer within 30 s"})
    player = Player(replace(found, rows={**found.rows, ("q-1", "answer", 0): late}), Renderer().render)
    _observed(_bench(parts, parts.settings, player), suite)
    calls = player.calls["answer"]
    assert player.as_data()["tasks"]["answer"] == {"calls": calls, "unmeasured": 1}  # that the model declined q-2 is what it does
    assert player.as_data()["tasks"]["extract"] == {"calls": 2, "unmeasured": 0}
    assert "1 of them failed when they were recorded and went to the next route" in player.says()
    fewer = Player(replace(found, rows={}), Renderer().render)
    _observed(_bench(parts, parts.settings, fewer), suite)
    assert {task: one["calls"] - one["unmeasured"] for task, one in fewer.as_data()["tasks"].items()} == {"answer": 0, "extract": 0}
    drifted = Player(found, Renderer(examples=1).render)
    _observed(_bench(parts, parts.settings, drifted), suite)
    assert drifted.as_data()["tasks"]["answer"]["unmeasured"] == drifted.calls["answer"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"x.jsonl:1: line: Invalid JSON"),
        ('{"provider": "p"}\n', r"x.jsonl:1: model: Field required"),
        (HEADER.model_dump_json() + '\n\n{"case": "m-1", "tsk": "extract", "prompt": ""}\n', r"x.jsonl:3: task: Field required"),
        (HEADER.model_copy(update={"format": 9}).model_dump_json(), r"x.jsonl:1: format 9, this version reads 1"),
    ],
)
def test_names_file_and_line_of_a_wrong_recording(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "x.jsonl").write_text(text, "utf-8")
    with pytest.raises(RecordingError, match=words):
        recordings.load(tmp_path / "x.jsonl")
    with pytest.raises(RecordingError, match="cannot be read"):
        recordings.load(tmp_path / "none.jsonl")
