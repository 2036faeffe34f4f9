"""Word search over passages: BM25 on stemmed words, and how rare each word is."""

import logging
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt
import Stemmer
from bm25s.stopwords import STOPWORDS_EN_PLUS
from bm25s.tokenization import Tokenized

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG

Scores = npt.NDArray[np.float32]

_WORD = re.compile(r"[^\W_]+")
_STOPPED = frozenset(STOPWORDS_EN_PLUS) | frozenset(
    {"s", "t", "d", "m", "ll", "re", "ve", "don", "isn", "doesn", "didn", "won", "can"}  # what is left of "don't" and its like
    | {"please", "hello", "hi", "thanks", "thank", "regards", "dear"}
)
_stemmer = Stemmer.Stemmer("english")


def terms(text: str) -> list[str]:
    """Return the words of a text as they are indexed: folded, without accents and stop words, stemmed. Digits are words."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    stems: list[str] = _stemmer.stemWords([word for word in _WORD.findall(folded) if word not in _STOPPED])
    return stems


class Lexical:
    """A BM25 index over passages, in the order in which they were given."""

    def __init__(self, ranker: bm25s.BM25, count: int) -> None:
        self._ranker = ranker
        self._vocabulary: dict[str, int] = ranker.vocab_dict
        self._starts: npt.NDArray[np.int64] = np.asarray(ranker.scores["indptr"])
        self._places: npt.NDArray[np.int64] = np.asarray(ranker.scores["indices"])
        self.count = count

    @classmethod
    def build(cls, texts: Sequence[Sequence[str]]) -> "Lexical":
        """Index texts given as lists of terms."""
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(term, len(vocabulary)) for term in text] for text in texts]
        if not vocabulary:  # stop words throughout: bm25s divides by the mean length
            vocabulary, ids = {"": 0}, [[0] for _ in texts]
        ranker = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        ranker.index(Tokenized(ids=ids, vocab=vocabulary), create_empty_token=False, show_progress=False)
        return cls(ranker, len(texts))

    @classmethod
    def load(cls, folder: Path, count: int) -> "Lexical":
        """Open an index that `save` wrote."""
        return cls(bm25s.BM25.load(str(folder), load_corpus=False, show_progress=False), count)

    def save(self, folder: Path) -> None:
        """Write the index to a folder, as arrays and JSON."""
        self._ranker.save(str(folder), show_progress=False)

    def scores(self, wanted: Sequence[str]) -> Scores:
        """Return the BM25 score of every passage for the terms wanted; zero where none of them occurs."""
        ids = [self._vocabulary[term] for term in wanted if term in self._vocabulary]
        if not ids:
            return np.zeros(self.count, dtype=np.float32)
        found: Scores = self._ranker.get_scores_from_ids(ids)
        return found

    def rarity(self, term: str) -> float:
        """Return the inverse document frequency of a term, as BM25 has it; a term that never occurs is the rarest."""
        holding = len(self.holding(term))
        return float(np.log(1 + (self.count - holding + 0.5) / (holding + 0.5)))

    def holding(self, term: str) -> npt.NDArray[np.int64]:
        """Return the numbers of the passages that hold a term, ascending."""
        place = self._vocabulary.get(term)
        if place is None:
            return np.zeros(0, dtype=np.int64)
        found: npt.NDArray[np.int64] = self._places[self._starts[place] : self._starts[place + 1]]
        return found
