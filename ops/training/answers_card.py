"""What the card of the reader of answers says: what it learned from, and how it does on trades left out."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from evals import centre_questions
from evals.centre_questions import Asked
from evals.scorers import wording
from retrieval.encoder import EncodesTokens
from service.local import composing
from service.local.answer_reader import AnswerReader
from service.text.word_runs import Floats

POINTS = (0.02, 0.05, 0.10, 0.15, 0.20, 0.30)  # shares of answerable questions refused


def card(rows: Sequence[Any], reader: AnswerReader, left_out: Sequence[tuple[str, Asked, dict[str, Any]]], encoder: EncodesTokens) -> dict[str, Any]:
    """Return the card: `rows` are those taught, `left_out` the questions of trades left out with what is found for each."""
    written = [row for row in rows if not row.by_rule]
    return {
        "what": "which windows of found passages answer a question, and whether any does: alignment heads over MiniLM's token vectors and boosted trees over features",
        "licence": "MIT, as the project; the vectors are those of all-MiniLM-L6-v2 (Apache-2.0), frozen",
        "made": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": "make reader",
        "taught": {
            "questions": len(written),
            "answerable": sum(row.answerable for row in written),
            "trades": len({row.trade for row in written}),
            "by_rule": len(rows) - len(written),
        },
        "left_out": measure(reader, left_out, encoder),
        "rows_sha256": hashlib.sha256(json.dumps([[row.question.text, row.question.units] for row in written]).encode()).hexdigest(),
    }


def floor(reader: AnswerReader, left_out: Sequence[tuple[str, Asked, dict[str, Any]]], encoder: EncodesTokens, refused: float) -> float:
    """Return the floor that gives up a share of the answerable questions of every second trade left out; the other trades measure it."""
    trades = _chosen_on(left_out)
    sure = [reader.read((one.text,), sources, encoder).answers for trade, one, sources in left_out if trade in trades and one.answerable]
    return float(np.quantile(sure, refused))


def _chosen_on(left_out: Sequence[tuple[str, Asked, dict[str, Any]]]) -> frozenset[str]:
    return frozenset(sorted({trade for trade, _, _ in left_out})[::2])


def measure(reader: AnswerReader, left_out: Sequence[tuple[str, Asked, dict[str, Any]]], encoder: EncodesTokens) -> dict[str, Any]:
    """Measure a reader on questions with what is found for each."""
    readings = [reader.read((one.text,), sources, encoder) for _, one, sources in left_out]
    answers = [
        [reading.windows[place] for place in reader.choose(one.text, reading)] for (_, one, _), reading in zip(left_out, readings, strict=True)
    ]
    likely = np.array([reading.answers for reading in readings])
    answerable = np.array([one.answerable for _, one, _ in left_out])
    kinds = np.array([one.kind for _, one, _ in left_out])
    right = np.array([
        not wording.missing(" ".join(composing.tell(window) for window in told), one.facts) for (_, one, _), told in zip(left_out, answers, strict=True)
    ])  # fmt: skip
    wrong = np.array([
        any(centre_questions.called(window.found.passage.article) not in one.articles for window in told)
        for (_, one, _), told in zip(left_out, answers, strict=True)
    ])  # fmt: skip
    refused = np.array([not told for told in answers])
    trades = _chosen_on(left_out)
    rest = np.array([trade not in trades for trade, _, _ in left_out])
    return {
        "questions": len(left_out),
        "answerable": int(answerable.sum()),
        "trades": sorted({trade for trade, _, _ in left_out}),
        "auroc": _auroc(answerable, likely),
        "auroc_by_kind": {
            str(kind): _auroc(answerable[answerable | (kinds == kind)], likely[answerable | (kinds == kind)])
            for kind in sorted(set(kinds[~answerable]))
        },
        "operating_point": {
            "chosen_on_trades": sorted(trades),
            **_told(answerable & rest, ~answerable & rest, refused, right, wrong),
            "all_trades": _told(answerable, ~answerable, refused, right, wrong),
        },
        "risk_coverage": [_point(answerable, likely, share) for share in POINTS],
    }


def _told(answerable: Any, unanswerable: Any, refused: Any, right: Any, wrong: Any) -> dict[str, float]:
    return {
        "answerable_refused": _share(refused[answerable]),
        "unanswerable_refused": _share(refused[unanswerable]),
        "all_facts": _share(right[answerable] & ~refused[answerable]),
        "wrong_article_cited": _share(wrong[answerable]),
    }


def _point(answerable: Any, likely: Floats, share: float) -> dict[str, float]:
    floor = float(np.quantile(likely[answerable], share))
    return {"answerable_refused": share, "unanswerable_refused": _share(likely[~answerable] < floor), "answered": _share(likely >= floor)}


def _auroc(answerable: Any, likely: Floats) -> float:
    return round(float(roc_auc_score(answerable, np.maximum(likely, -1e6))), 3)


def _share(of: Any) -> float:
    return round(float(np.mean(of)), 3)
