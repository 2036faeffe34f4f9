"""Finds the passages that answer a question, and says how confident that finding is."""

from dataclasses import dataclass

import numpy as np

from retrieval.encoder import Vectors
from retrieval.index import Index, Numbers, Snapshot
from retrieval.lexical import terms
from retrieval.passages import Found, Passage, Search

CANDIDATES = 30  # passages taken from each of the two searches
ARTICLE_SHARE = 0.2  # of a passage's score that comes from the best passages of its article
ARTICLE_BEST = 3  # how many of them
COVERAGE_WEIGHT = 0.3  # of covered words against the cosine, in the confidence; measured on three corpora, flat from .2 to .45
COVERING = 3  # best passages in which the question's words are looked for
PER_ARTICLE = 2  # passages of one article in a list, as long as other articles can fill it
SAME_WORDS = 0.8  # share of common words from which two passages of an article say the same


@dataclass(frozen=True)
class Ranking:
    """All candidates for a question, best first: their numbers, fused scores and cosines, and the confidence in the best."""

    numbers: Numbers
    scores: Vectors
    similarities: Vectors
    confidence: float


def search(
    snapshot: Snapshot, question: str, k: int = 5, floor: float | None = None, weight: float | None = None, *, is_foreign: bool = False
) -> Search:
    """Find the k passages that best answer a question. `floor` and `weight` replace the snapshot's measured ones.

    `is_foreign`: the question is in another language than the articles, so a snapshot's second vectors order the passages, where it has some. How
    confident the search is stays what the first ones say of it: nothing is answered because of the second.
    """
    measured = snapshot.manifest.calibration
    held = measured.floor if floor is None else floor
    if not question.strip() or k < 1:
        return Search(question, (), 0.0, held)
    vector = snapshot.encoder.encode([question])[0]
    ranking = rank(snapshot.index, question, vector, measured.weight if weight is None else weight)
    if is_foreign and snapshot.second is not None and snapshot.index.second is not None:
        return Search(question, _by_second(snapshot, snapshot.index.second @ snapshot.second.encode([question])[0], k), ranking.confidence, held)
    scores = dict(zip(ranking.numbers.tolist(), zip(ranking.scores.tolist(), ranking.similarities.tolist(), strict=True), strict=True))
    found = [
        Found(snapshot.index.passages[number], min(1.0, max(0.0, scores[number][0])), scores[number][1])
        for number in _choose(snapshot.index, ranking.numbers.tolist(), k, snapshot.replaced)
    ]
    return Search(question, tuple(found), ranking.confidence, held)


def _by_second(snapshot: Snapshot, cosines: Vectors, k: int) -> tuple[Found, ...]:
    """Return the best k passages by their second vectors' cosines alone; measured on 120 questions in six languages, nothing added to them helps."""
    scores = _with_article(cosines, snapshot.index.article_of)
    ranked = np.argsort(-scores, kind="stable")[: CANDIDATES + k].tolist()
    chosen = _choose(snapshot.index, ranked, k, snapshot.replaced)
    return tuple(Found(snapshot.index.passages[one], min(1.0, max(0.0, float(scores[one]))), float(cosines[one])) for one in chosen)


def rank(index: Index, question: str, vector: Vectors, weight: float, without: Numbers | None = None) -> Ranking:
    """Rank the passages of an index for a question and its vector, as if those numbered in `without` were not there.

    A score is (1 - weight) times the cosine plus weight times the share of the BM25 score that a passage holding every word of the
    question would have. So a question none of whose words occur is ranked by its vector alone, on every corpus.
    """
    left_out = np.zeros(0, dtype=np.int64) if without is None else without
    rarity = {term: index.lexical.rarity(term) for term in dict.fromkeys(terms(question))}
    ideal = sum(rarity.values())
    shares = index.lexical.scores(list(rarity)) / (ideal or 1.0)
    shares[left_out] = 0.0
    numbers = _candidates(index, vector, shares, left_out)
    if not len(numbers):
        return Ranking(numbers, np.zeros(0, np.float32), np.zeros(0, np.float32), 0.0)
    cosines = index.similarities(vector, numbers)
    scores = _with_article((1 - weight) * cosines + weight * shares[numbers], index.article_of[numbers])
    order = np.argsort(-scores, kind="stable")
    covered = _covered(index, rarity, numbers[order[:COVERING]]) / (ideal or 1.0)
    confidence = (max(0.0, float(cosines.max())) + COVERAGE_WEIGHT * covered) / (1 + COVERAGE_WEIGHT)
    return Ranking(numbers[order], scores[order], cosines[order], confidence)


def _candidates(index: Index, vector: Vectors, shares: Vectors, left_out: Numbers) -> Numbers:
    """Return all passages of the articles that either search finds."""
    near = np.setdiff1d(index.nearest(vector, CANDIDATES + len(left_out)), left_out)
    best = np.argpartition(-shares, CANDIDATES)[:CANDIDATES] if len(shares) > CANDIDATES else np.arange(len(shares))
    seeds = np.union1d(near, best[shares[best] > 0])
    articles = np.unique(index.article_of[seeds])
    every = np.concatenate([index.passages_of[article] for article in articles]) if len(articles) else seeds
    return np.setdiff1d(every, left_out)


def _with_article(scores: Vectors, articles: Numbers) -> Vectors:
    """Mix into each passage's score the mean score of its article's best: one that stands in a fitting article is the likelier."""
    best_first = np.lexsort((-scores, articles))
    starts = np.flatnonzero(np.diff(articles[best_first], prepend=-1))
    groups = np.split(best_first, starts[1:])
    mixed = scores.copy()
    for group in groups:
        mixed[group] = (1 - ARTICLE_SHARE) * scores[group] + ARTICLE_SHARE * scores[group[:ARTICLE_BEST]].mean()
    return mixed


def _covered(index: Index, rarity: dict[str, float], best: Numbers) -> float:
    """Sum the rarity of the words that occur in any of the best passages."""
    return sum(weight for term, weight in rarity.items() if np.isin(best, index.lexical.holding(term)).any())


def _choose(index: Index, ranked: list[int], k: int, replaced: frozenset[str] = frozenset()) -> list[int]:
    """Take the best k, while there is anything else at most PER_ARTICLE of an article, none that repeats another of it and none of a replaced one.

    Of passages with the same text in several articles the one of the newest is taken, in the place of the best.
    """
    ranked = _of_the_newest(index, ranked)
    chosen: list[int] = []
    spare: list[int] = []
    for number in ranked:
        passage = index.passages[number]
        siblings = [index.passages[other] for other in chosen if index.passages[other].article == passage.article]
        if passage.article not in replaced and len(siblings) < PER_ARTICLE and not any(_repeats(passage, sibling) for sibling in siblings):
            chosen.append(number)
        else:
            spare.append(number)
        if len(chosen) == k:
            return chosen
    kept = set((chosen + spare)[:k])
    return [number for number in ranked if number in kept]


def _of_the_newest(index: Index, ranked: list[int]) -> list[int]:
    among = set(ranked)
    newest = (int(index.newest_of[number]) for number in ranked)
    return list(dict.fromkeys(new if new in among else number for new, number in zip(newest, ranked, strict=True)))


def _repeats(one: Passage, other: Passage) -> bool:
    words, others = set(terms(one.text)), set(terms(other.text))
    return len(words & others) >= SAME_WORDS * max(len(words | others), 1)
