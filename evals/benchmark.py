"""Scores retrieval and abstention on anybody's benchmark: documents and questions as JSON lines."""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from scipy import stats

from evals import intervals
from evals.intervals import Estimate
from evals.scorers.retrieval import hit_at, ndcg_at, reciprocal_rank
from ingestion import build
from retrieval import index, search
from retrieval.passages import Search

DEPTH = 30  # passages searched, so that so many different documents as are scored come out of them
KEPT = 10  # documents scored

Progress = Callable[[int, int], None]


class ExternalError(Exception):
    """A file of documents or questions is wrong. The message names the file and the line."""


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Document(_Lenient):
    """One document of a knowledge base."""

    doc_id: str = Field(min_length=1)
    title: str = ""
    text: str


class _Input(_Lenient):
    question: str = Field(min_length=1)


class _Expected(_Lenient):
    doc_ids: tuple[str, ...] = ()
    answerable: bool = True


class Question(_Lenient):
    """One question with the documents that answer it."""

    id: str
    input: _Input
    expected: _Expected


@dataclass(frozen=True)
class External:
    """What a benchmark came to: measures over the answerable questions, and how well the floor tells them from the others."""

    documents: int
    passages: int
    questions: int
    measures: dict[str, Estimate]
    abstention: dict[str, Estimate]
    misses: tuple[tuple[str, str], ...]

    def as_data(self) -> dict[str, Any]:
        """Return plain data."""
        tables = {"measures": self.measures, "abstention": self.abstention}
        shown = {name: {key: vars(one) for key, one in table.items()} for name, table in tables.items()}
        return {
            "documents": self.documents,
            "passages": self.passages,
            "questions": self.questions,
            **shown,
            "misses": [list(one) for one in self.misses],
        }


def run(kb: Path, questions: Path, data_dir: Path, progress: Progress | None = None) -> External:
    """Index the documents, ask the questions and score what is found. Raises ExternalError, NothingToIndex, EncoderError."""
    documents = [one for one, _ in _read(kb, Document)]
    asked = [(one, line) for one, line in _read(questions, Question)]
    known = {one.doc_id for one in documents}
    for one, line in asked:
        if lost := [doc for doc in one.expected.doc_ids if doc not in known]:
            raise ExternalError(f"{questions}:{line}: question {one.id}: expected.doc_ids names {lost[0]!r}, which is not in {kb}")
    snapshot = _index(documents, data_dir, progress)
    ids = {_file(place): one.doc_id for place, one in enumerate(documents)}
    found = [(one, search.search(snapshot, one.input.question, DEPTH)) for one, _ in asked]
    ranked = {one.id: list(dict.fromkeys(ids[hit.passage.article] for hit in result.found))[:KEPT] for one, result in found}
    answerable = [one for one, _ in found if one.expected.answerable and one.expected.doc_ids]
    return External(
        documents=len(documents),
        passages=len(snapshot.passages),
        questions=len(asked),
        measures=_measures(answerable, ranked),
        abstention=_abstention(found),
        misses=tuple((one.id, one.input.question) for one in answerable if not hit_at(ranked[one.id], one.expected.doc_ids, 5)),
    )


def _read(path: Path, shape: Any) -> Iterator[tuple[Any, int]]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise ExternalError(f"{path}: cannot be read: {exc}") from exc
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield shape.model_validate_json(line), number
        except ValidationError as exc:
            fault = exc.errors(include_url=False)[0]
            raise ExternalError(f"{path}:{number}: {'.'.join(map(str, fault['loc'])) or 'line'}: {fault['msg']}") from exc


def _index(documents: list[Document], data_dir: Path, progress: Progress | None) -> index.Snapshot:
    """Build the snapshot with one article a document, and open it."""
    with tempfile.TemporaryDirectory(prefix="external-") as scratch:
        for place, one in enumerate(documents):
            Path(scratch, _file(place)).write_text(f"---\ntitle: {json.dumps(one.title or one.doc_id)}\n---\n{one.text}\n", "utf-8")
        built = build.build([Path(scratch)], data_dir, progress=progress)
    return index.open_snapshot(built.folder, data_dir / "encoders")


def _file(place: int) -> str:
    return f"d{place:06d}.md"


def _measures(asked: list[Question], ranked: dict[str, list[str]]) -> dict[str, Estimate]:
    if not asked:
        return {}
    pairs = [(ranked[one.id], frozenset(one.expected.doc_ids)) for one in asked]
    shares = {f"hit@{k}": intervals.share([float(hit_at(found, right, k)) for found, right in pairs]) for k in (1, 3, 5)}
    means = {"mrr": [reciprocal_rank(found, right) for found, right in pairs], "ndcg@5": [ndcg_at(found, right, 5) for found, right in pairs]}
    return shares | {name: intervals.mean(values) for name, values in means.items()}


def _abstention(found: list[tuple[Question, Search]]) -> dict[str, Estimate]:
    yes = [result for one, result in found if one.expected.answerable]
    no = [result for one, result in found if not one.expected.answerable]
    table = {}
    if yes:
        table["searched on, of answerable"] = intervals.share([float(result.answerable) for result in yes])
    if no:
        table["refused, of unanswerable"] = intervals.share([float(not result.answerable) for result in no])
    if yes and no:
        area = stats.mannwhitneyu([one.confidence for one in yes], [one.confidence for one in no]).statistic / (len(yes) * len(no))
        table["AUROC of the confidence"] = Estimate(float(area), None, None, len(found))
    return table
