"""Scores retrieval and abstention on anybody's benchmark."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scipy import stats

from evals import intervals
from evals.external import formats
from evals.external.formats import Corpus, Document, Question
from evals.intervals import Estimate
from evals.report.exports import Row
from evals.scorers.retrieval import hit_at, ndcg_at, reciprocal_rank
from ingestion import build
from retrieval import index, search
from retrieval.passages import Search

DEPTH = 30  # passages searched, so that so many different documents as are scored come out of them
KEPT = 10  # documents scored

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Asked:
    """One question, whether it came out right, and why not."""

    id: str
    question: str
    answerable: bool
    right: bool
    why: str


@dataclass(frozen=True)
class External:
    """What a benchmark came to: measures over the answerable questions, and how well the floor tells them from the others."""

    documents: int
    passages: int
    questions: int
    measures: dict[str, Estimate]
    abstention: dict[str, Estimate]
    asked: tuple[Asked, ...]

    @property
    def misses(self) -> tuple[Asked, ...]:
        """The questions whose document was not among the first five."""
        return tuple(one for one in self.asked if not one.right and one.answerable)

    def rows(self) -> list[Row]:
        """Return every question as a row of a report."""
        return [Row(one.id, "hit@5" if one.answerable else "refused", float(one.right), one.right, one.why) for one in self.asked]

    def as_data(self) -> dict[str, Any]:
        """Return plain data."""
        tables = {"measures": self.measures, "abstention": self.abstention}
        shown = {name: {key: vars(one) for key, one in table.items()} for name, table in tables.items()}
        return {
            "documents": self.documents,
            "passages": self.passages,
            "questions": self.questions,
            **shown,
            "misses": [[one.id, one.question, one.why] for one in self.misses],
        }


def run(corpus: Corpus, data_dir: Path, progress: Progress | None = None) -> External:
    """Index the documents, ask the questions and score what is found. Raises NothingToIndex, EncoderError."""
    snapshot = _index(corpus.documents, data_dir, progress)
    ids = {_file(place): one.id for place, one in enumerate(corpus.documents)}
    found = [(one, search.search(snapshot, one.text, DEPTH)) for one in corpus.questions]
    ranked = {one.id: list(dict.fromkeys(ids[hit.passage.article] for hit in result.found))[:KEPT] for one, result in found}
    answerable = [one for one, _ in found if one.answerable and one.right]
    return External(
        documents=len(corpus.documents),
        passages=len(snapshot.passages),
        questions=len(corpus.questions),
        measures=_measures(answerable, ranked),
        abstention=_abstention(found),
        asked=tuple(_asked(one, result, ranked[one.id]) for one, result in found),
    )


def _asked(one: Question, result: Search, found: Sequence[str]) -> Asked:
    if one.answerable:
        right, why = hit_at(found, one.right, 5), f"found {', '.join(found[:5]) or 'nothing'}; right is {', '.join(one.right)}"
    else:
        right, why = not result.answerable, f"confidence {result.confidence:.3f} is over the floor {result.floor:.3f}"
    return Asked(one.id, one.text, one.answerable, right, "" if right else why)


def _index(documents: Sequence[Document], data_dir: Path, progress: Progress | None) -> index.Snapshot:
    """Build the snapshot with one article a document, and open it."""
    with tempfile.TemporaryDirectory(prefix="external-") as scratch:
        for place, one in enumerate(documents):
            Path(scratch, _file(place)).write_text(f"---\ntitle: {formats.title(one.title or one.id)}\n---\n{one.text}\n", "utf-8")
        built = build.build([Path(scratch)], data_dir, progress=progress)
    return index.open_snapshot(built.folder, data_dir / "encoders")


def _file(place: int) -> str:
    return f"d{place:06d}.md"


def _measures(asked: list[Question], ranked: dict[str, list[str]]) -> dict[str, Estimate]:
    if not asked:
        return {}
    pairs = [(ranked[one.id], frozenset(one.right)) for one in asked]
    shares = {f"hit@{k}": intervals.share([float(hit_at(found, right, k)) for found, right in pairs]) for k in (1, 3, 5)}
    means = {"mrr": [reciprocal_rank(found, right) for found, right in pairs], "ndcg@5": [ndcg_at(found, right, 5) for found, right in pairs]}
    return shares | {name: intervals.mean(values) for name, values in means.items()}


def _abstention(found: list[tuple[Question, Search]]) -> dict[str, Estimate]:
    yes = [result for one, result in found if one.answerable]
    no = [result for one, result in found if not one.answerable]
    table = {}
    if yes:
        table["searched on, of answerable"] = intervals.share([float(result.answerable) for result in yes])
    if no:
        table["refused, of unanswerable"] = intervals.share([float(not result.answerable) for result in no])
    if yes and no:
        area = stats.mannwhitneyu([one.confidence for one in yes], [one.confidence for one in no]).statistic / (len(yes) * len(no))
        table["AUROC of the confidence"] = Estimate(float(area), None, None, len(found))
    return table
