"""Measures on a corpus itself how much words count against vectors, and from which confidence on an answer is likely to be there."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval import search
from retrieval.encoder import Vectors
from retrieval.index import Index, Numbers
from retrieval.manifest import Calibration, Operating
from retrieval.passages import Passage

WEIGHTS = (0.15, 0.25, 0.35, 0.45, 0.55)
USUAL_WEIGHT = 0.35  # best on the average of the corpora it was tried on; a corpus must show that another one is better
QUESTIONS = 200  # made from the corpus at most
BY_ACCIDENT = 0.8  # quantile of the foreign questions' confidence that is taken for accident
TOWARDS_LEFT_OUT = 0.2  # how far the floor goes from there to the median of questions whose own article was left out
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n")
_WORDS = range(6, 41)  # a made question has

Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True)
class _Made:
    """A question made from a sentence of one passage: where it is from, and its vector."""

    text: str
    number: int
    vector: Vectors


def foreign_questions() -> list[str]:
    """Return questions of customers of many trades, nearly all of which any one help centre leaves unanswered."""
    lines = (Path(__file__).parent / "panel.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def calibrate(index: Index, encode: Encode) -> Calibration:
    """Measure the weight of words and the floor of confidence for an index.

    The floor starts from what questions of foreign trades score by accident and goes some way towards what the corpus's own sentences
    score with their article left out, the share of which tells how alike its articles are.
    """
    made = _made_questions(index, encode)
    weight = _weight(index, made)
    foreign = _foreign(index, encode, weight)
    left_out = [_confidence(index, one, weight, index.passages_of[index.article_of[one.number]]) for one in made]
    answered = [_confidence(index, one, weight, _itself(index, one)) for one in made]
    accident = float(np.quantile(foreign, BY_ACCIDENT))
    missing = float(np.median(left_out)) if left_out else accident
    floor = round(accident + TOWARDS_LEFT_OUT * max(0.0, missing - accident), 4)
    curve = tuple(_operating(at / 50, answered, left_out, foreign) for at in range(5, 41))
    return Calibration(floor=floor, weight=weight, operating=_operating(floor, answered, left_out, foreign), curve=curve)


def _made_questions(index: Index, encode: Encode) -> list[_Made]:
    """Make a question of the middle sentence of passages spread evenly over the corpus."""
    texts = [(number, sentence) for number, passage in enumerate(index.passages) if (sentence := _sentence(passage))]
    picked = [texts[at] for at in np.linspace(0, len(texts) - 1, min(QUESTIONS, len(texts))).astype(int)] if texts else []
    if not picked:
        return []
    vectors = encode([text for _, text in picked])
    return [_Made(text, number, vector) for (number, text), vector in zip(picked, vectors, strict=True)]


def _sentence(passage: Passage) -> str | None:
    fitting = [part for part in _SENTENCE.split(passage.text) if len(part.split()) in _WORDS and not part.lstrip().startswith("|")]
    return fitting[len(fitting) // 2] if fitting else None


def _itself(index: Index, one: _Made) -> Numbers | None:
    """Return the passage that a question was made from, unless it is all there is of its article."""
    return np.array([one.number]) if len(index.passages_of[index.article_of[one.number]]) > 1 else None


def _weight(index: Index, made: Sequence[_Made]) -> float:
    """Return the weight nearest to the usual one that finds the article of a sentence without the passage it was taken from as well as any.

    As well as any means: within one standard error of the best mean reciprocal rank, compared question by question.
    """
    ranks = {weight: _reciprocal_ranks(index, made, weight) for weight in WEIGHTS}
    if len(ranks[USUAL_WEIGHT]) < 2:
        return USUAL_WEIGHT
    best = max(WEIGHTS, key=lambda weight: float(ranks[weight].mean()))
    for weight in sorted(WEIGHTS, key=lambda weight: abs(weight - USUAL_WEIGHT)):
        lost = ranks[best] - ranks[weight]
        if lost.mean() <= lost.std(ddof=1) / np.sqrt(len(lost)):
            return weight
    return best


def _reciprocal_ranks(index: Index, made: Sequence[_Made], weight: float) -> Vectors:
    ranks = []
    for one in made:
        without = _itself(index, one)
        if without is not None:
            articles = index.article_of[search.rank(index, one.text, one.vector, weight, without).numbers]
            places = list(dict.fromkeys(articles.tolist()))
            wanted = int(index.article_of[one.number])
            ranks.append(1 / (places.index(wanted) + 1) if wanted in places else 0.0)
    return np.array(ranks, dtype=np.float32)


def _foreign(index: Index, encode: Encode, weight: float) -> list[float]:
    texts = foreign_questions()
    return [search.rank(index, text, vector, weight).confidence for text, vector in zip(texts, encode(texts), strict=True)]


def _confidence(index: Index, one: _Made, weight: float, without: Numbers | None) -> float:
    return search.rank(index, one.text, one.vector, weight, without).confidence


def _operating(floor: float, answered: Sequence[float], left_out: Sequence[float], foreign: Sequence[float]) -> Operating:
    def share(confidences: Sequence[float], refused: bool) -> float | None:
        if not confidences:
            return None
        return round(sum((one < floor) == refused for one in confidences) / len(confidences), 4)

    return Operating(floor=floor, answered=share(answered, False), left_out_refused=share(left_out, True), foreign_refused=share(foreign, True))
