"""Benchmarks come in as they are published, and a wrong line is told by its file and number."""

import json
from pathlib import Path

import pytest

from evals.external import formats
from evals.external.formats import Corpus, Document, ExternalError, Question


def _beir(folder: Path, qrels: str = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\nq2\td2\t2\n") -> Path:
    (folder / "qrels").mkdir()
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "Fees", "text": "It costs £15."}\n{"_id": "d2", "text": "Four hours."}\n', "utf-8")
    (folder / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "fees?", "metadata": {}}\n{"_id": "q2", "text": "time?"}\n{"_id": "q3", "text": "x"}\n'
    )
    (folder / "qrels" / "test.tsv").write_text(qrels, "utf-8")
    return folder


def test_reads_beir_with_judgements_over_nought_as_right(tmp_path: Path) -> None:
    found = formats.beir(_beir(tmp_path))
    assert found.documents == (Document("d1", "Fees", "It costs £15."), Document("d2", "", "Four hours."))
    assert found.questions == (Question("q1", "fees?", ("d1",), True), Question("q2", "time?", ("d2",), True))


def test_reads_squad_with_its_impossible_questions(tmp_path: Path) -> None:
    qas = [{"id": "1", "question": "When?", "answers": [{"text": "1066"}]}, {"id": "2", "question": "Why?", "is_impossible": True, "answers": []}]
    paragraphs = [{"context": "In 1066 they came.", "qas": qas}, {"context": "They stayed.", "qas": []}]
    (tmp_path / "dev.json").write_text(json.dumps({"version": "v2.0", "data": [{"title": "Normans", "paragraphs": paragraphs}]}), "utf-8")
    found = formats.squad(tmp_path / "dev.json")
    assert [one.id for one in found.documents] == ["Normans#1", "Normans#2"]
    assert found.questions == (Question("1", "When?", ("Normans#1",), True), Question("2", "Why?", (), False))


def test_reads_ragas_samples_old_and_new(tmp_path: Path) -> None:
    rows = [
        {"user_input": "How long?", "retrieved_contexts": ["Four hours.", "Fees."], "reference_contexts": ["Four hours."], "response": "Four."},
        {"question": "Who?", "contexts": ["Fees."], "ground_truth": "nobody says"},
    ]
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    found = formats.ragas(tmp_path / "r.jsonl")
    assert [one.text for one in found.documents] == ["Four hours.", "Fees."]
    assert found.questions == (Question("line-1", "How long?", ("context-1",), True), Question("line-2", "Who?", (), False))


def test_takes_questions_evenly_and_all_documents_where_there_is_a_limit() -> None:
    whole = Corpus((Document("d", "", "t"),), tuple(Question(str(n), "?", ("d",), True) for n in range(10)))
    assert [one.id for one in whole.limited(4).questions] == ["0", "2", "5", "7"]
    assert whole.limited(None) == whole.limited(99) == whole
    assert whole.limited(1).documents == whole.documents


@pytest.mark.parametrize(
    ("qrels", "words"),
    [
        ("q1\td9\t1\n", r"test.tsv:1: document 'd9' is not in .*corpus.jsonl"),
        ("query-id\tcorpus-id\tscore\nq1\td1\n", r"test.tsv:2: a line is a query, a document and a number"),
        ("q1\td1\tyes\n", r"test.tsv:1: a line is a query"),
    ],
)
def test_names_the_line_of_a_wrong_judgement(tmp_path: Path, qrels: str, words: str) -> None:
    with pytest.raises(ExternalError, match=words):
        formats.beir(_beir(tmp_path, qrels))


def test_names_what_is_no_benchmark(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"data": [{"paragraphs": [{"qas": []}]}]}', "utf-8")
    with pytest.raises(ExternalError, match=r"x.json:1: data.0.paragraphs.0.context: Field required"):
        formats.squad(tmp_path / "x.json")
    (tmp_path / "x.jsonl").write_text('\n{"user_input": ""}\n', "utf-8")
    with pytest.raises(ExternalError, match=r"x.jsonl:2: (question|user_input): "):
        formats.ragas(tmp_path / "x.jsonl")
