"""Scores the passages found for a question: hit@k, reciprocal rank and discounted gain, by article."""

import math
from collections.abc import Callable, Collection, Sequence

from evals.cases import QuestionCase
from evals.observation import Observed
from evals.scorers import wording
from evals.scores import Scorer, Verdict


def ranked(seen: Observed) -> list[str]:
    """Return the article of every passage found, best first."""
    return [found.passage.article for found in seen.search.found] if seen.search else []


def hit_at(found: Sequence[str], right: Collection[str], k: int) -> bool:
    """Tell whether one of the right ids stands among the first k."""
    return any(one in right for one in found[:k])


def reciprocal_rank(found: Sequence[str], right: Collection[str]) -> float:
    """Return 1 / the place of the first right id, 0 where there is none."""
    return next((1 / place for place, one in enumerate(found, 1) if one in right), 0.0)


def ndcg_at(found: Sequence[str], right: Collection[str], k: int) -> float:
    """Return the normalised discounted cumulative gain (Järvelin and Kekäläinen 2002), each right id counted at its first place."""
    gained, seen = 0.0, set()
    for place, one in enumerate(found[:k], 1):
        if one in right and one not in seen:
            seen.add(one)
            gained += 1 / math.log2(place + 1)
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(k, len(right)) + 1))
    return gained / ideal if ideal else 0.0


def _of_answerable(measure: Callable[[Sequence[str], Collection[str]], bool | float]) -> Scorer:
    def scorer(case: QuestionCase, seen: Observed) -> Verdict | None:
        if not case.articles:
            return None
        found = ranked(seen)
        value = measure(found, frozenset(case.articles))
        return Verdict(value, "" if value == 1 else f"found {', '.join(dict.fromkeys(found[:5])) or 'nothing'}; right is {', '.join(case.articles)}")

    return scorer


def hit(k: int) -> Scorer:
    """Make the scorer that tells whether a right article is among the first k passages."""
    return _of_answerable(lambda found, right: hit_at(found, right, k))


def facts_found(k: int) -> Scorer:
    """Make the scorer that tells whether the first k passages state every required fact between them, whichever articles they are of."""

    def scorer(case: QuestionCase, seen: Observed) -> Verdict | None:
        if not case.facts or not case.answerable:
            return None
        told = "\n".join(found.passage.headed() for found in seen.search.found[:k]) if seen.search else ""
        lost = wording.missing(told, case.facts)
        return Verdict(not lost, f"not in what was found: {'; '.join(lost)}" if lost else "")

    return scorer


mrr = _of_answerable(reciprocal_rank)
ndcg = _of_answerable(lambda found, right: ndcg_at(found, right, 5))


def confidence(case: QuestionCase, seen: Observed) -> Verdict | None:
    """Give by how much the confidence of the search is above its floor."""
    return Verdict(seen.search.confidence - seen.search.floor) if seen.search else None
