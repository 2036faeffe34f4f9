"""Whether every clause of a sentence is carried by its evidence: word for word, or in other words, as the learned reader judges."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from retrieval.encoder import EncodesTokens, Tokens
from service.local import reader, shipped
from service.local.reader import Reader
from service.local.shipped import ReaderError as ReaderError
from service.stages.check import addresses, alignment, features, polarity
from service.stages.check.evidence import Evidence
from service.text import language, negation, sentences, units
from service.text.folding import fold, plain
from service.text.word_runs import Floats, content

SHIPPED = shipped.FOLDER
ARRAYS, CARD = "support.npz", "card.json"
SHARED_LEAST = 0.2  # share of words from which support begins where there is no reader for the language
CLAUSE_LEAST = 0.2  # share of a clause's words, of at least CLAUSE_WORDS, that must be held there
CLAUSE_WORDS = 3
AROUND = 300  # characters of headings and titles that the reader sees beside the units
_WORD = re.compile(r"[^\W_]+|[£€$%]")
_CLAUSES = re.compile(r"[.,;:!?()]\s*|\s-\s|\s+(?:and|und|et|y|e|en)\s+")
_STATEMENTS = re.compile(  # not a condition that goes on, "and only if", nor a list, "sheets, and towels"
    r";\s+|,\s+and\s+(?!(?:then\s+)?(?:if|unless|only|except|provided|when|until|as long as|excluding|other than|apart from|not|never)\b)(?=(?:[\w'’-]+\s+){1,5}?(?:is|are|was|were|has|have|had|does|do|can|cannot|may|must|will|would|should|\w{3,}s)\b)",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|unless|only|except|provided|when|until|as long as|excluding|other than|apart from|wenn|nur|außer|sauf|si|salvo)\b", re.IGNORECASE
)


class Covers(Protocol):
    """Something that says how likely evidence carries a sentence, 0 to 1."""

    def __call__(self, sentence: str, evidence: Evidence) -> float: ...


@dataclass(frozen=True)
class Learned:
    """The shipped reader with the encoder that it reads by."""

    reader: Reader
    encoder: EncodesTokens

    def __call__(self, sentence: str, evidence: Evidence) -> float:
        """Return how likely the evidence carries the sentence: its addresses, which policy compares letter by letter, as they are written there."""
        passages = " ".join(passage.text for passage in evidence.passages)
        if addresses.alone(sentence, passages):
            return 1.0
        told = (language.detect(text) for text in (f"{evidence.text} {evidence.context}", passages))
        if next((one for one in told if one != "unknown"), "en") != "en" or not language.is_read(passages):
            return _shared(sentence, evidence)
        evidence_tokens, own = joined(evidence, self.encoder.tokens)
        return self.reader.likely(self.encoder.tokens([sentence])[0], evidence_tokens, own, described(sentence, evidence, self.encoder))


def _shared(sentence: str, evidence: Evidence) -> float:
    """Return how far a sentence, and the worst of its clauses, uses the words of its evidence: the reader was taught in English alone."""
    held, wanted = content(f"{evidence.text} {evidence.context}"), content(sentence)
    share = len(wanted & held) / len(wanted) if wanted else 0.0
    clauses = [words for clause in _CLAUSES.split(sentence) if clause and len(words := negation.telling(clause)) >= CLAUSE_WORDS]
    if any(len(words & held) < CLAUSE_LEAST * len(words) for words in clauses):
        return 0.0
    return max(0.0, (share - SHARED_LEAST) / (1 - SHARED_LEAST))


def verbatim(sentence: str, evidence: Evidence) -> bool:
    """Tell whether every clause of a sentence stands word for word in its units, and no unit it is taken from holds a condition that it leaves out."""
    held = [(_words(unit.text), _words(" ".join(unit.cells))) for _, unit in evidence.chosen]
    said = _words(sentence)
    if any(said and said in text for pair in held for text in pair):
        used = [unit for (_, unit), pair in zip(evidence.chosen, held, strict=True) if any(said in text for text in pair)]
        return any(not _leaves_out(sentence, _beside(_own(unit.text, said), said)) for unit in used)
    clauses = [_words(clause) for clause in _CLAUSES.split(plain(sentence)) if _words(clause)]
    if not clauses or not all(any(clause in text for pair in held for text in pair) for clause in clauses):
        return False
    return not any(
        _leaves_out(sentence, unit.text)
        for (_, unit), pair in zip(evidence.chosen, held, strict=True)
        if any(clause in pair[0] for clause in clauses)
    )


def described(sentence: str, evidence: Evidence, encoder: EncodesTokens) -> Floats:
    """Return all features of a sentence and its evidence: those of words and vectors, those of single tokens, then those of what turns a rule round."""
    turned = np.array(polarity.describe(sentence, evidence), dtype=np.float32)
    return np.concatenate([features.describe(sentence, evidence, encoder), alignment.describe(sentence, evidence, encoder), turned])


def joined(evidence: Evidence, tokens: Callable[[Sequence[str]], list[Tokens]]) -> tuple[Tokens, npt.NDArray[np.bool_]]:
    """Return the tokens of the units and of what stands around them as one run, and which of them are the units'."""
    parts = tokens(texts(evidence))
    own = np.concatenate([np.full(len(part.ids), place < len(parts) - 1) for place, part in enumerate(parts)])
    return Tokens(np.concatenate([part.ids for part in parts]), np.vstack([part.layers for part in parts])), own


def texts(evidence: Evidence) -> list[str]:
    """Return what is read of some evidence: each unit, then the headings around them."""
    return [*(units.tidy(unit.text) for _, unit in evidence.chosen), evidence.context[:AROUND]]


def load(folder: Path = SHIPPED) -> Reader:
    """Read the shipped reader, after comparing it with the checksum in its card. Raises ReaderError."""
    try:
        return reader.read(shipped.load(ARRAYS, CARD, folder))
    except KeyError as exc:
        raise ReaderError(f"{folder / ARRAYS} lacks {exc}") from exc


def ship(arrays: Mapping[str, Any], card: Mapping[str, Any], folder: Path = SHIPPED) -> None:
    """Write a reader's arrays and its card with their checksum."""
    shipped.ship(arrays, card, (ARRAYS, CARD), folder)


def _own(unit: str, said: str) -> str:
    """Return the sentence of a unit in which some words stand, for a step may hold several; the whole unit where they stand in none."""
    return next((one.text for one in sentences.split(unit) if said in _words(one.text)), unit)


def _beside(unit: str, said: str) -> str:
    """Return what stands with some words in their statement: not another one, joined on by "and" or a semicolon, with conditions of its own."""
    parts = [part for part in _STATEMENTS.split(unit) if part.strip()]
    held = [part for part in parts if said in _words(part) or _words(part) in said]
    return " ".join(held) if held and said in _words(" ".join(held)) else unit


def _leaves_out(sentence: str, unit: str) -> bool:
    return len(_CONDITION.findall(unit)) > len(_CONDITION.findall(sentence))


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(plain(fold(text))))} " if text.strip() else ""
