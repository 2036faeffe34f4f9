"""A candidate that a person put right is taken into the suite; one that is not ready is refused by name."""

import shutil
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from evals import adopting, cases
from evals.adopting import NotAdopted
from evals.cases import CaseError, MailCase
from evals.judge import labels as labelling
from ingestion.mail import message
from service.intake import Intake
from service.storage import eval_candidates
from service.telemetry.prometheus import Metrics
from service.worker import Worker
from tests.service import fakes

RIGHT = {"customerName": "Ana", "issueSummary": "It is dead.", "urgency": "high"}
ROW = {
    "id": "live-1", "group": "live-1", "split": "dev", "source": "live mail", "kind": "failure", "trade": "bikes", "mail": "live-1.eml",
    "rule": "it went wrong", "expected": RIGHT,
}  # fmt: skip
LABEL = {
    "id": "answer-1x",
    "kind": "answer",
    "source": "live",
    "question": "Fee?",
    "passages": "It is £15.",
    "answer": "Free.",
    "supported": False,
    "answers": False,
}


def _candidate(folder: Path, row: dict[str, object], mail: bool = True) -> Path:
    (folder / "mails").mkdir(parents=True, exist_ok=True)
    if mail:
        (folder / "mails" / "live-1.eml").write_bytes(b"From: a@x.example\nSubject: s\n\nIt is dead.\n")
    path = folder / f"{row['id']}.yaml"
    path.write_text(yaml.safe_dump([row]), "utf-8")
    return path


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """Give a small suite."""
    folder = tmp_path / "golden"
    (folder / "mails").mkdir(parents=True)
    shutil.copy(cases.GOLDEN / "questions.yaml", folder)
    return folder


def test_takes_a_mail_into_the_development_split_with_its_bytes(golden: Path, tmp_path: Path) -> None:
    first = adopting.adopt(_candidate(tmp_path / "candidates", {**ROW, "split": "locked"}), golden)
    assert first.read_text("utf-8").splitlines()[0] == cases.FIRST_LINE
    case = cases.load(golden).by_id["live-1"]
    assert isinstance(case, MailCase)
    assert (case.split, case.expected.urgency) == ("dev", "high")
    assert b"It is dead." in cases.load(golden).raw(case)
    second = _candidate(tmp_path / "more", {**ROW, "id": "live-2", "group": "live-2"})
    adopting.adopt(second, golden)
    assert {"live-1", "live-2"} <= cases.load(golden).by_id.keys()


def test_a_candidate_of_a_live_mail_is_taken_masked_and_its_case_is_read(golden: Path, tmp_path: Path, sqlite: Engine) -> None:
    worker = Worker(sqlite, lambda key: fakes.desk(), Metrics(), 0)
    raw = fakes.mail("Charged twice", "1@ana", "My card 4111 1111 1111 1111 was charged twice.", "Ana Lopez <ana@x.example>")
    id = Intake(sqlite, Metrics(), worker).take(raw).id
    worker.run(id)
    adopting.adopt(eval_candidates.make(sqlite, tmp_path, id, "it went wrong"), golden)
    case = cases.load(golden).by_id[eval_candidates.name_of(id)]
    assert isinstance(case, MailCase)
    read = message.parse(cases.load(golden).raw(case))
    assert (read.sender.name, read.text) == ("Ana Lopez", "My card [card] was charged twice.")


@pytest.mark.parametrize(
    ("row", "error", "words"),
    [
        ({**ROW, "expected": {**RIGHT, "urgency": None}}, NotAdopted, "urgency and issueSummary are null together"),
        ({**ROW, "id": "q-001"}, NotAdopted, "case q-001 is in the suite already"),
        ({**ROW, "mail": "other.eml"}, NotAdopted, "there is no mail .*other.eml"),
        ({**ROW, "rule": ""}, CaseError, "rule: "),
    ],
)
def test_refuses_what_is_not_ready(golden: Path, tmp_path: Path, row: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        adopting.adopt(_candidate(tmp_path / "candidates", row), golden)
    assert not (golden / labelling.ADOPTED).exists()


def test_names_a_candidate_that_is_not_there(golden: Path, tmp_path: Path) -> None:
    with pytest.raises(NotAdopted, match="there is no candidate live-9"):
        adopting.adopt(tmp_path / "live-9.yaml", golden)


def test_takes_an_answer_among_the_labels_that_judges_are_measured_by(golden: Path, tmp_path: Path) -> None:
    shutil.copy(labelling.LABELS, tmp_path / "labels.yaml")
    before = len(labelling.load(tmp_path / "labels.yaml"))
    adopting.adopt(_candidate(tmp_path / "candidates", {**LABEL, "wrong": "the fee"}), golden, tmp_path)
    found = labelling.load(tmp_path / "labels.yaml")
    assert len(found) == before + 1
    assert (found[-1].answer, found[-1].wrong, found[-1].supported) == ("Free.", "the fee", False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"passages": ""}, "needs its question, passages and answer"),
        ({"supported": "maybe"}, "supported: "),
        ({"supported": None}, "say of answer answer-1x whether it is supported"),
        ({"answers": None}, "say of answer answer-1x whether it is supported"),
    ],
)
def test_refuses_an_answer_that_says_too_little(golden: Path, tmp_path: Path, change: dict[str, object], words: str) -> None:
    with pytest.raises(NotAdopted, match=words):
        adopting.adopt(_candidate(tmp_path / "candidates", {**LABEL, **change}), golden, tmp_path)
