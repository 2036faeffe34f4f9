"""The values that retrieval deals in: passages of a help centre, and passages found for a question."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

RANKED = 60  # the constant of reciprocal rank fusion (Cormack et al. 2009)


@dataclass(frozen=True)
class Passage:
    """A piece of one article, small enough to quote and large enough to answer from.

    `id` depends on the article's path and the passage's own words, so it survives edits elsewhere in the article.
    `heading` is the path of headings above the text, joined by " > ". `article` is the source file's path relative to what was ingested.
    `updated` and `version` are what its article says of itself, None where it says nothing; they are kept with the article.
    """

    id: str
    article: str
    title: str
    heading: str
    text: str
    updated: str | None = None
    version: str | None = None

    def kept(self) -> dict[str, str]:
        """Return what a snapshot keeps of the passage itself."""
        return {"id": self.id, "article": self.article, "title": self.title, "heading": self.heading, "text": self.text}

    def headed(self) -> str:
        """Return the text as it is embedded and indexed: under its title and headings."""
        heads = [self.title, *(part for part in self.heading.split(" > ") if part and part != self.title)]
        return "\n".join([" > ".join(heads), self.text])


@dataclass(frozen=True)
class Found:
    """A passage found for a question.

    `score` orders the list (fused, 0 to 1); `similarity` is the cosine of question and passage (-1 to 1), None when only lexical search found it.
    """

    passage: Passage
    score: float
    similarity: float | None


@dataclass(frozen=True)
class Search:
    """All that one question brought back: the passages best first, the confidence that they answer it, and the floor it was held against.

    `confidence` is comparable with `floor` and with nothing else: both are on the scale that the snapshot's calibration defined.
    """

    question: str
    found: tuple[Found, ...]
    confidence: float
    floor: float

    @property
    def answerable(self) -> bool:
        """Tell whether the confidence reaches the floor."""
        return bool(self.found) and self.confidence >= self.floor


def pooled(searches: Sequence[Search], k: int) -> Search:
    """Return the k passages that several searches for the same thing place best, by reciprocal rank fusion; the confidence is the highest."""
    points: dict[str, float] = defaultdict(float)
    found: dict[str, Found] = {}
    for search in searches:
        for rank, one in enumerate(search.found, 1):
            points[one.passage.id] += 1 / (RANKED + rank)
            found[one.passage.id] = max(one, found.get(one.passage.id, one), key=lambda each: each.score)
    best = max(searches, key=lambda search: search.confidence)
    return Search(searches[0].question, tuple(found[id] for id in sorted(points, key=lambda id: -points[id])[:k]), best.confidence, best.floor)
