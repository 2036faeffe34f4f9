"""Word search over passages: BM25 on stemmed words, and how rare each word is."""

import importlib.util
import json
import logging
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import Stemmer

Scores = npt.NDArray[np.float32]

VOCABULARY, ARRAYS = "vocabulary.json", ("starts", "places", "weights")
_WORD = re.compile(r"[^\W_]+")


def _stop_words() -> frozenset[str]:
    """Read bm25s' list without importing all of bm25s, which takes a second and is needed only to build an index."""
    package = importlib.util.find_spec("bm25s")
    assert package is not None
    assert package.submodule_search_locations is not None
    spec = importlib.util.spec_from_file_location("_stop_words", Path(package.submodule_search_locations[0]) / "stopwords.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return frozenset(module.STOPWORDS_EN_PLUS)


_STOPPED = _stop_words() | frozenset(
    {"s", "t", "d", "m", "ll", "re", "ve", "don", "isn", "doesn", "didn", "won", "can"}  # what is left of "don't" and its like
    | {"please", "hello", "hi", "thanks", "thank", "regards", "dear"}
)
_stemmer = Stemmer.Stemmer("english")


def terms(text: str) -> list[str]:
    """Return the words of a text as they are indexed: folded, without accents and stop words, stemmed. Digits are words."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    stems: list[str] = _stemmer.stemWords([word for word in _WORD.findall(folded) if word not in _STOPPED])
    return stems


@dataclass(frozen=True)
class Lexical:
    """A BM25 index over passages, in the order in which they were given.

    `vocabulary` gives each term's column; column `c` has the scores `weights` of the passages `places`, from starts[c] to starts[c + 1].
    """

    vocabulary: Mapping[str, int]
    starts: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    weights: Scores
    count: int

    @classmethod
    def build(cls, texts: Sequence[Sequence[str]]) -> "Lexical":
        """Index texts given as lists of terms."""
        import bm25s
        from bm25s.tokenization import Tokenized

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(term, len(vocabulary)) for term in text] for text in texts]
        if not vocabulary:  # stop words throughout: bm25s divides by the mean length
            vocabulary, ids = {"": 0}, [[0] for _ in texts]
        ranker = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        ranker.index(Tokenized(ids=ids, vocab=vocabulary), create_empty_token=False, show_progress=False)
        scores = ranker.scores
        return cls(vocabulary, np.asarray(scores["indptr"]), np.asarray(scores["indices"]), np.asarray(scores["data"]), len(texts))

    @classmethod
    def load(cls, folder: Path, count: int) -> "Lexical":
        """Open an index that `save` wrote."""
        vocabulary = json.loads((folder / VOCABULARY).read_text("utf-8"))
        starts, places, weights = (np.load(folder / f"{name}.npy") for name in ARRAYS)
        return cls(vocabulary, starts, places, weights, count)

    def save(self, folder: Path) -> None:
        """Write the index to a folder, as arrays and JSON."""
        folder.mkdir()
        (folder / VOCABULARY).write_text(json.dumps(self.vocabulary), "utf-8")
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))

    def scores(self, wanted: Sequence[str]) -> Scores:
        """Return the BM25 score of every passage for the terms wanted; zero where none of them occurs."""
        found = np.zeros(self.count, dtype=np.float32)
        for column in (self.vocabulary[term] for term in wanted if term in self.vocabulary):
            held = slice(self.starts[column], self.starts[column + 1])
            found[self.places[held]] += self.weights[held]
        return found

    def rarity(self, term: str) -> float:
        """Return the inverse document frequency of a term, as BM25 has it; a term that never occurs is the rarest."""
        holding = len(self.holding(term))
        return float(np.log(1 + (self.count - holding + 0.5) / (holding + 0.5)))

    def holding(self, term: str) -> npt.NDArray[np.int64]:
        """Return the numbers of the passages that hold a term, ascending."""
        place = self.vocabulary.get(term)
        if place is None:
            return np.zeros(0, dtype=np.int64)
        found: npt.NDArray[np.int64] = self.places[self.starts[place] : self.starts[place + 1]]
        return found
