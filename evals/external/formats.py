"""Reads questions with the documents that answer them, in the forms that benchmarks come in."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError


class ExternalError(Exception):
    """A file of documents, questions or mails is wrong. The message names the file and the line."""


@dataclass(frozen=True)
class Document:
    """One document of a knowledge base."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Question:
    """One question with the ids of the documents that answer it; none where nothing does."""

    id: str
    text: str
    right: tuple[str, ...]
    answerable: bool


@dataclass(frozen=True)
class Corpus:
    """A benchmark: documents, and questions about them."""

    documents: tuple[Document, ...]
    questions: tuple[Question, ...]

    def limited(self, most: int | None) -> "Corpus":
        """Return the benchmark with at most so many questions, evenly chosen; all documents stay, for they are what makes it hard."""
        if most is None or most >= len(self.questions):
            return self
        step = len(self.questions) / most
        return replace(self, questions=tuple(self.questions[int(place * step)] for place in range(most)))


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Document(_Lenient):
    doc_id: str = Field(min_length=1, validation_alias=AliasChoices("doc_id", "_id"))
    title: str = ""
    text: str


class _Input(_Lenient):
    question: str = Field(min_length=1)


class _Expected(_Lenient):
    doc_ids: tuple[str, ...] = ()
    answerable: bool = True


class _Question(_Lenient):
    id: str
    input: _Input
    expected: _Expected


class _Query(_Lenient):
    id: str = Field(alias="_id")
    text: str = Field(min_length=1)


class _Qa(_Lenient):
    id: str
    question: str = Field(min_length=1)
    is_impossible: bool = False


class _Paragraph(_Lenient):
    context: str
    qas: tuple[_Qa, ...]


class _Squad(_Lenient):
    title: str = ""
    paragraphs: tuple[_Paragraph, ...]


class _SquadFile(_Lenient):
    data: tuple[_Squad, ...]


class _Sample(_Lenient):
    question: str = Field(min_length=1, validation_alias=AliasChoices("user_input", "question"))
    reference: tuple[str, ...] = Field((), validation_alias=AliasChoices("reference_contexts", "ground_truth_contexts"))
    retrieved: tuple[str, ...] = Field((), validation_alias=AliasChoices("retrieved_contexts", "contexts"))


S = TypeVar("S", bound=BaseModel)


def plain(kb: Path, questions: Path) -> Corpus:
    """Read our own form: JSON lines of doc_id, title, text, and of id, input.question, expected.doc_ids, expected.answerable. Raises ExternalError."""
    documents = tuple(Document(one.doc_id, one.title, one.text) for one, _ in _lines(kb, _Document))
    known = {one.id for one in documents}
    asked = []
    for one, line in _lines(questions, _Question):
        if lost := [doc for doc in one.expected.doc_ids if doc not in known]:
            raise ExternalError(f"{questions}:{line}: question {one.id}: expected.doc_ids names {lost[0]!r}, which is not in {kb}")
        asked.append(Question(one.id, one.input.question, one.expected.doc_ids, one.expected.answerable))
    return Corpus(documents, tuple(asked))


def beir(folder: Path, split: str = "test") -> Corpus:
    """Read a BEIR folder (Thakur et al. 2021): corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv. Queries without a judgement are left out."""
    documents = tuple(Document(one.doc_id, one.title, one.text) for one, _ in _lines(folder / "corpus.jsonl", _Document))
    known, judged = {one.id for one in documents}, folder / "qrels" / f"{split}.tsv"
    right: dict[str, list[str]] = {}
    for query, document, score, line in _qrels(judged):
        if score > 0 and document not in known:
            raise ExternalError(f"{judged}:{line}: document {document!r} is not in {folder / 'corpus.jsonl'}")
        right.setdefault(query, []).extend([document] if score > 0 else [])
    asked = [Question(one.id, one.text, tuple(right[one.id]), True) for one, _ in _lines(folder / "queries.jsonl", _Query) if right.get(one.id)]
    return Corpus(documents, tuple(asked))


def _qrels(path: Path) -> Iterator[tuple[str, str, float, int]]:
    for number, row in enumerate(csv.reader(_text(path).splitlines(), delimiter="\t"), 1):
        if number == 1 and row[:1] == ["query-id"]:
            continue
        try:
            query, document, score = row
            yield query, document, float(score), number
        except ValueError as exc:
            raise ExternalError(f"{path}:{number}: a line is a query, a document and a number, parted by tabs") from exc


def squad(path: Path) -> Corpus:
    """Read SQuAD 2.0 (Rajpurkar et al. 2018): each paragraph is a document, impossible questions are unanswerable. Raises ExternalError."""
    try:
        content = _SquadFile.model_validate_json(_text(path))
    except ValidationError as exc:
        raise ExternalError(f"{path}:1: {_fault(exc)}") from exc
    documents, asked = [], []
    for article in content.data:
        for number, paragraph in enumerate(article.paragraphs, 1):
            name = f"{article.title or 'untitled'}#{number}"
            documents.append(Document(name, article.title, paragraph.context))
            asked += [Question(qa.id, qa.question, () if qa.is_impossible else (name,), not qa.is_impossible) for qa in paragraph.qas]
    return Corpus(tuple(documents), tuple(asked))


def ragas(path: Path) -> Corpus:
    """Read JSON lines as ragas has them: `user_input` with `reference_contexts` (what answers it; none: nothing does) and `retrieved_contexts`.

    All contexts together are the documents. Raises ExternalError.
    """
    names: dict[str, str] = {}
    asked = []
    for one, line in _lines(path, _Sample):
        for text in (*one.reference, *one.retrieved):
            names.setdefault(text, f"context-{len(names) + 1}")
        right = tuple(dict.fromkeys(names[text] for text in one.reference))
        asked.append(Question(f"line-{line}", one.question, right, bool(right)))
    return Corpus(tuple(Document(name, "", text) for text, name in names.items()), tuple(asked))


def _lines(path: Path, shape: type[S]) -> Iterator[tuple[S, int]]:
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield shape.model_validate_json(line), number
        except ValidationError as exc:
            raise ExternalError(f"{path}:{number}: {_fault(exc)}") from exc


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise ExternalError(f"{path}: cannot be read: {exc}") from exc


def _fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, fault['loc'])) or 'line'}: {fault['msg']}"


def rows(path: Path) -> Sequence[dict[str, Any]]:
    """Read a CSV file with a head row. Raises ExternalError."""
    try:
        return list(csv.DictReader(_text(path).splitlines(keepends=True), strict=True))
    except csv.Error as exc:
        raise ExternalError(f"{path}: not CSV: {exc}") from exc


def title(text: str) -> str:
    """Return a title as YAML takes it."""
    return json.dumps(text)
