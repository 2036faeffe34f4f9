"""Weighted word runs of a text, for linear heads that must not need scikit-learn to read."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_TOKEN = re.compile(r"\w+['’]?\w*|[?!€£$%]")
_DIGITS = re.compile(r"\d")
LONGEST_RUN = 3
KEPT = 4096  # texts whose words are remembered: those of the questions in hand
_CONTENT = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_ENDINGS = ("ations", "ation", "ings", "ing", "edly", "ies", "ied", "ed", "es", "s", "ly")
_LITTLE = frozenset(
    """the a an and or but if of to in on at for with from by as is are was were be been being it its this that these those you your we our us they their them he she
    his her i me my do does did have has had can could will would may might shall should must not no so than then there here which who what when where how also only
    just into out up down over under about after before until while during each any some other more most per via am im ive""".split()  # noqa: SIM905
)


def content(text: str) -> set[str]:
    """Return the words that carry a text's meaning, cut of the commonest English endings; crude on purpose, as both sides are cut alike."""
    return set(_content(text))


@lru_cache(maxsize=KEPT)
def _content(text: str) -> frozenset[str]:
    """Cut a text once: the units of one question's passages are compared with every sentence of its answer, by several links."""
    return frozenset(_stem(word) for word in _CONTENT.findall(text.lower().replace("’", "'")) if word not in _LITTLE)


@lru_cache(maxsize=8 * KEPT)
def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def runs(text: str) -> Counter[str]:
    """Count the runs of one to three words of a text, lower-cased, digits made alike."""
    tokens = [_DIGITS.sub("0", token) for token in _TOKEN.findall(text.lower().replace("’", "'"))]
    return Counter(" ".join(tokens[start : start + length]) for length in range(1, LONGEST_RUN + 1) for start in range(len(tokens) - length + 1))


@dataclass(frozen=True)
class Rows:
    """Sparse rows of shape (len(pointers) - 1, width): row `i` has `values` at `places` from pointers[i] to pointers[i + 1]."""

    pointers: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    values: Floats
    width: int

    def __matmul__(self, weights: Floats) -> Floats:
        """Multiply by weights of shape (width, columns)."""
        result = np.zeros((len(self.pointers) - 1, weights.shape[1]), dtype=np.float32)
        for row, (start, end) in enumerate(itertools.pairwise(self.pointers.tolist())):
            result[row] = self.values[start:end] @ weights[self.places[start:end]]
        return result

    def matrix(self) -> Any:
        """Return the rows as scikit-learn takes them."""
        from scipy import sparse  # half a second to import, needed only where something is fitted

        return sparse.csr_matrix((self.values, self.places, self.pointers), shape=(len(self.pointers) - 1, self.width))


class Vocabulary:
    """The runs that at least `fewest` training texts share, each with its inverse document frequency."""

    def __init__(self, terms: Sequence[str], weights: Floats) -> None:
        self.terms = list(terms)
        self.weights = weights
        self._places = {term: place for place, term in enumerate(self.terms)}

    @classmethod
    def learn(cls, texts: Sequence[str], fewest: int = 3) -> "Vocabulary":
        """Collect the vocabulary of some texts."""
        seen = Counter(term for text in texts for term in runs(text))
        terms = sorted(term for term, count in seen.items() if count >= fewest)
        weights = np.array([np.log((1 + len(texts)) / (1 + seen[term])) + 1 for term in terms], dtype=np.float32)
        return cls(terms, weights)

    def weight(self, word: str, unknown: float) -> float:
        """Return the weight of a word, digits made alike, and `unknown` for one that too few training texts had."""
        place = self._places.get(_DIGITS.sub("0", word))
        return unknown if place is None else float(self.weights[place])

    def rows(self, texts: Sequence[str]) -> Rows:
        """Return one row a text, of shape (len(texts), len(terms)): sublinear tf-idf, each row of unit length."""
        pointers: list[int] = [0]
        places: list[int] = []
        values: list[float] = []
        for text in texts:
            known = [(self._places[term], count) for term, count in runs(text).items() if term in self._places]
            row = np.array([(1 + np.log(count)) * self.weights[place] for place, count in known], dtype=np.float32)
            length = float(np.linalg.norm(row)) or 1.0
            places.extend(place for place, _ in known)
            values.extend(row / length)
            pointers.append(len(places))
        return Rows(np.array(pointers), np.array(places, dtype=np.int64), np.array(values, dtype=np.float32), len(self.terms))
