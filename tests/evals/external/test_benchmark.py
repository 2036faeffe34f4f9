"""Any benchmark in the simple form can be scored, and a wrong line is told."""

import json
from pathlib import Path

import pytest

from evals.external import benchmark, formats
from evals.external.formats import ExternalError

DOCUMENTS = {
    "d/fees": "A dispute costs fifteen pounds, which are returned if you win the dispute.",
    "d/battery": "Charge the battery of the bike indoors. A full charge takes four hours.",
    "d/delivery": "Parcels to Ireland take six days, to Germany three days.",
}
QUESTIONS = [
    ("How long does the battery take to charge?", ["d/battery"], True),
    ("How long do parcels to Ireland take?", ["d/delivery"], True),
    ("Who painted the ceiling of the chapel?", [], False),
]


def _files(folder: Path, questions: list[tuple[str, list[str], bool]] = QUESTIONS) -> tuple[Path, Path]:
    kb, asked = folder / "kb.jsonl", folder / "questions.jsonl"
    kb.write_text("\n".join(json.dumps({"doc_id": name, "title": name, "text": text}) for name, text in DOCUMENTS.items()), "utf-8")
    rows = [
        {"id": f"q{n}", "input": {"question": text}, "expected": {"doc_ids": right, "answerable": yes}}
        for n, (text, right, yes) in enumerate(questions)
    ]
    asked.write_text("\n".join(map(json.dumps, rows)) + "\n", "utf-8")
    return kb, asked


def test_scores_documents_and_questions_of_anybody(tmp_path: Path, indexed: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / "encoders").symlink_to(indexed / "encoders")
    found = benchmark.run(formats.plain(*_files(tmp_path)), data_dir)
    assert (found.documents, found.questions) == (3, 3)
    assert found.measures["hit@1"].value == 1
    assert found.measures["hit@1"].n == 2
    assert found.abstention["AUROC of the confidence"].value == 1
    assert found.misses == ()


def test_names_the_line_that_is_wrong(tmp_path: Path) -> None:
    kb, asked = _files(tmp_path)
    kb.write_text(kb.read_text("utf-8") + '\n{"doc_id": "x"}\n', "utf-8")
    with pytest.raises(ExternalError, match=r"kb.jsonl:4: text: Field required"):
        formats.plain(kb, asked)


def test_names_a_document_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ExternalError, match=r"questions.jsonl:1: .*'d/none', which is not in"):
        formats.plain(*_files(tmp_path, [("What?", ["d/none"], True)]))


def test_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ExternalError, match=r"none.jsonl: cannot be read"):
        formats.plain(tmp_path / "none.jsonl", tmp_path / "none.jsonl")
