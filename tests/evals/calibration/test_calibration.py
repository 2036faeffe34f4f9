"""A calibration holds raters against labels, also by completions that were filled into a recording, and is kept."""

import io
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from evals import collecting, recordings
from evals.calibration import calibration, raters
from evals.judge import calibrated
from evals.judge import judge as judging
from evals.judge import labels as labelling
from evals.judge.labels import SUPPORTED, Label
from evals.recordings import Header, Recording, RecordingError
from service import prompting
from service.models.circuit_breaker import Breakers
from service.models.costs import Budget, Prices
from service.models.routing import Route, Routes
from tests.evals.judge.test_judge import FakeModel, judge
from tests.evals.scorers.test_ragas import FakeEncoder

HEADER = Header(provider="recorded", model="somebody", date="2026-11-30")
LABELS = (
    Label(id="a-1", kind="answer", source="test", sort="right", question="Is it free?", passages="p1: It is free.", answer="Yes.", supported=True, answers=True),
    Label(id="a-2", kind="answer", source="test", sort="turned", question="Is it free?", passages="p1: It is free.", answer="No.", supported=False, answers=True),
    Label(id="m-1", kind="pair", source="test", sort="pair", mail="The boiler is off.", first="The boiler is off.", second="Hello.", better="first"),
)  # fmt: skip
GRADE = {"reason": "it says so", "supported": True, "answers": True}


def _asked(path: Path) -> list[dict[str, str]]:
    """Write the prompts that an empty recording lacks, as `eval calibrate --missing` does."""
    file = io.StringIO()
    asked, _ = judging.replayed(Recording(Path("none"), HEADER, {}), prompting.PROMPTS, file)
    calibration.measure(raters.of_judge(asked), LABELS)
    path.write_text(file.getvalue(), "utf-8")
    return [json.loads(line) for line in file.getvalue().splitlines()]


def _filled(tmp_path: Path, **says: object) -> Recording:
    asked, given, out = tmp_path / "asked.jsonl", tmp_path / "given.jsonl", tmp_path / "recording.jsonl"
    rows = []
    for one in _asked(asked):
        part = one["case"].split("/")[1]
        text = GRADE | says if part == "grade" else {"reason": "it names it", "better": {"AB": "A", "BA": "B"}[part]}
        rows.append(json.dumps({"key": one["key"], "text": json.dumps(text)}))
    given.write_text("\n".join(rows), "utf-8")
    collecting.fill(out, asked, given, HEADER)
    return recordings.load(out)


def test_writes_down_every_prompt_that_has_no_recording_both_orders_of_a_pair(tmp_path: Path) -> None:
    assert [one["case"] for one in _asked(tmp_path / "asked.jsonl")] == ["a-1/grade", "a-2/grade", "m-1/AB", "m-1/BA"]


def test_replays_what_was_filled_in(tmp_path: Path) -> None:
    asked, player = judging.replayed(_filled(tmp_path), prompting.PROMPTS)
    found = calibration.measure(raters.of_judge(asked), LABELS, asked.model)
    by_question = {one.question: one for one in found.agreements}
    assert player.counts == {"answered": 4}
    assert by_question[SUPPORTED].counts == {"True>True": 1, "False>True": 1}
    assert by_question["better summary"].counts == {"first>first": 1}
    assert "recorded/somebody on 3 labelled cases" in found.says()


def test_counts_as_without_a_verdict_what_was_never_recorded() -> None:
    asked, player = judging.replayed(Recording(Path("none"), HEADER, {}), prompting.PROMPTS)
    found = calibration.measure(raters.of_judge(asked), LABELS)
    assert {one.kappa for one in found.agreements} == {None}
    assert player.counts == {"missing": 4}


def test_goes_on_with_a_recording_and_asks_only_what_it_lacks(tmp_path: Path) -> None:
    before, file = _filled(tmp_path), io.StringIO()
    fewer = Recording(before.path, before.header, {key: row for key, row in before.rows.items() if key[0] != "a-2/grade"})
    calibration.measure(raters.of_judge(judging.recorded(judge(GRADE | {"better": "A"}), fewer, file)), LABELS)
    assert [json.loads(line)["case"] for line in file.getvalue().splitlines()] == ["a-2/grade"]


def test_records_a_judge_s_first_model_alone() -> None:
    file, model = io.StringIO(), FakeModel(lambda call: GRADE)
    routes = Routes({"judge": [(Route("anthropic", "other"), model)]}, Breakers(time.monotonic), Budget(None), Prices())
    asked = replace(judge(GRADE), routes=routes)  # what is left where the first model is down
    found = calibration.measure(raters.of_judge(judging.recorded(asked, Recording(Path("none"), HEADER, {}), file)), LABELS[:1])
    assert found.agreements[0].counts == {"True>True": 1}
    assert len(model.calls) == 1
    assert file.getvalue() == ""


def test_fills_no_recording_of_another_model_and_names_what_is_left(tmp_path: Path) -> None:
    out = _filled(tmp_path).path
    (tmp_path / "given.jsonl").write_text('{"key": "nobody", "text": "x"}\n', "utf-8")
    done = collecting.fill(out, tmp_path / "asked.jsonl", tmp_path / "given.jsonl", HEADER)
    assert (done.filled, len(done.left), done.unknown) == (0, 4, ("nobody",))
    with pytest.raises(RecordingError, match="it is of recorded/somebody, not of recorded/another"):
        collecting.fill(out, tmp_path / "asked.jsonl", tmp_path / "given.jsonl", HEADER.model_copy(update={"model": "another"}))


def test_keeps_the_last_calibration_as_plain_data(tmp_path: Path) -> None:
    assert calibrated.kept(tmp_path) is None
    calibration.keep(calibration.measure(raters.of_judge(judge(GRADE)), LABELS[:2]), tmp_path)
    kept = calibrated.kept(tmp_path)
    assert kept is not None
    assert kept["cases"] == 2
    assert kept["agreements"][0]["counts"] == {"True>True": 1, "False>True": 1}


def test_ships_a_recording_that_fits_the_prompts_and_labels_of_today() -> None:
    shipped = recordings.load(Path(recordings.__file__).parent / "recorded" / "judge-large-language-model.jsonl")
    asked, player = judging.replayed(shipped, prompting.PROMPTS)
    found = calibration.measure(raters.of_judge(asked), labelling.shipped())
    assert player.counts["missing"] == player.counts["drifted"] == 0
    assert all(not one.unscored for one in found.agreements)


def test_replays_ragas_whose_second_prompt_is_missing_only_once_its_first_is_recorded(tmp_path: Path) -> None:
    pytest.importorskip("ragas")
    asked, given, out = tmp_path / "asked.jsonl", tmp_path / "given.jsonl", tmp_path / "recording.jsonl"
    says = {
        "StatementGeneratorOutput": {"statements": ["It is free."]},
        "NLIStatementOutput": {"statements": [{"statement": "It is free.", "reason": "It says so.", "verdict": 1}]},
        "AnswerRelevanceOutput": {"question": "Is it free?", "noncommittal": 0},
    }
    recording, rounds = Recording(Path("none"), HEADER, {}), []
    for _ in range(3):
        file = io.StringIO()
        played, _player = judging.replayed(recording, prompting.PROMPTS, file)
        found = calibration.measure(raters.of_ragas(played, FakeEncoder())[:1], LABELS[:1])
        rows = [json.loads(line) for line in file.getvalue().splitlines()]
        rounds.append([row["case"] for row in rows])
        asked.write_text(file.getvalue(), "utf-8")
        given.write_text(
            "".join(json.dumps({"key": row["key"], "text": json.dumps(says[row["case"].split("/")[1]])}) + "\n" for row in rows), "utf-8"
        )
        collecting.fill(out, asked, given, HEADER)
        recording = recordings.load(out)
    assert rounds == [["a-1/StatementGeneratorOutput"], ["a-1/NLIStatementOutput"], []]
    assert found.agreements[0].counts == {"True>True": 1}
