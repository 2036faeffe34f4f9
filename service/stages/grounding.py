"""Every sentence of a draft held against the passages it cites; what they do not support is struck."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.encoder import Encodes
from retrieval.passages import Found
from service.answers import Answer, Citation, Draft, DraftSentence, HandedOver, Sentence, Struck
from service.local import classifier, extracts
from service.local.classifier import Weigher
from service.release import Checks
from service.text.word_runs import Floats, content

WINDOW = 3  # sentences of a passage that may support one sentence of an answer together
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NEGATION = re.compile(r"\b(?:not|no|never|none|nothing|cannot|without|unless|except|neither|nor|\w+n['’]t|nicht|kein\w*|sin|pas|non)\b", re.I)
_ABSOLUTE = re.compile(r"\b(?:always|every|all|any|only|must|never|guarantee\w*|immediately|instantly|automatically|free|unlimited)\b", re.I)
_HEDGE = re.compile(
    r"\b(?:may|might|can|could|usually|normally|often|sometimes|about|around|approximately|up to|at least|at most|most|some|typically|aim|expect\w*|try)\b",
    re.I,
)
_CONDITION = re.compile(r"\b(?:if|unless|only|except|provided|when|until|before|after|within|as long as|excluding|other than|where)\b", re.I)
_MEASURE = re.compile(r"[€£$]\s?\d[\d.,]*|\d[\d.,]*\s?(?:%|°\w?|[^\W\d_]+)")
_NAME = re.compile(r"(?<=[^.!?:]\s)[A-Z][\w'-]+|\b[A-Za-z]+\d\w*\b")
_CLAUSE_END = re.compile(r"[,;:–—]|\b(?:and|but|or|so|because|which|while)\b")
FEATURES = (
    "covered", "covered_in_window", "cosine", "cosine_window", "numbers_missing", "numbers", "negation_differs", "absolutes_added", "new_words", "length",
    "measures_missing", "measures_elsewhere", "weakest_clause", "hedges_dropped", "conditions_dropped", "names_missing", "names_elsewhere", "words_elsewhere",
)  # fmt: skip


@dataclass(frozen=True)
class Checker:
    """Measures support: `weigher` reads FEATURES and was fitted to labelled pairs of passage and sentence."""

    encoder: Encodes
    weigher: Weigher

    def support(self, sentence: str, passages: Sequence[str]) -> tuple[float, str]:
        """Return how well the passages support a sentence (0 to 1), and the words of theirs that do so best."""
        if quote := _quoted(sentence, passages):
            return 1.0, quote
        row, quote = evidence(sentence, passages, self.encoder)
        return float(self.weigher.likely(row)[0]), quote


def check(draft: Draft, checker: Checker, checks: Checks) -> Answer:
    """Keep the sentences whose citations exist and support them.

    Raises HandedOver("unsupported") when none is left, or when less than half is.
    """
    kept: list[Sentence] = []
    struck: list[Struck] = []
    quotes: dict[str, tuple[float, str]] = {}
    for sentence in draft.sentences:
        cited = [draft.sources[label] for label in sentence.citations if label in draft.sources]
        if not cited:
            struck.append(Struck(sentence.text, sentence.citations, "cites no passage that was found"))
            continue
        support, _ = checker.support(sentence.text, [one.passage.text for one in cited])
        if checks.grounding and support < checks.sentence_support:
            struck.append(
                Struck(sentence.text, sentence.citations, f"supported {support:.2f} by what it cites, {checks.sentence_support:.2f} is asked for")
            )
            continue
        kept.append(Sentence(sentence.text, sentence.citations, round(support, 3)))
        _remember(quotes, sentence, draft, checker)
    answer = Answer(tuple(kept), _citations(quotes, draft), tuple(struck))
    if len(kept) * 2 < len(draft.sentences) or not kept:
        raise HandedOver("unsupported", f"{len(struck)} of {len(draft.sentences)} sentences are not supported by what they cite", draft)
    return answer


def _remember(quotes: dict[str, tuple[float, str]], sentence: DraftSentence, draft: Draft, checker: Checker) -> None:
    """Keep for each cited passage the quote that supports some sentence best."""
    for name in sentence.citations:
        if name in draft.sources:
            support, quote = checker.support(sentence.text, [draft.sources[name].passage.text])
            if support > quotes.get(name, (-1.0, ""))[0]:
                quotes[name] = (support, quote)


def _citations(quotes: Mapping[str, tuple[float, str]], draft: Draft) -> tuple[Citation, ...]:
    listed = []
    for name, (_, quote) in quotes.items():
        found: Found = draft.sources[name]
        passage = found.passage
        score = round(found.score, 4)
        listed.append(Citation(name, passage.article, passage.title, passage.heading, quote, score, passage.updated, passage.version))
    return tuple(listed)


def _quoted(sentence: str, passages: Sequence[str]) -> str | None:
    """Return the unit of a passage that a sentence quotes word for word, None where it does not."""
    wanted = " ".join(_plain(sentence).split())
    units = (extracts.tidy(unit) for passage in passages for unit in extracts.cut("", passage))
    return next((unit for unit in units if wanted and wanted in " ".join(_plain(unit).split())), None)


def evidence(sentence: str, passages: Sequence[str], encoder: Encodes) -> tuple[Floats, str]:
    """Describe how a sentence stands to the passages it cites; shape (1, len(FEATURES)), and the best window's words."""
    windows, vectors = _windows(passages, encoder)
    cosines = vectors @ encoder.encode([_plain(sentence)])[0]
    wanted = content(sentence)
    whole = set().union(*(content(passage) for passage in passages))
    covered = [len(wanted & content(window)) / (len(wanted) or 1) for window in windows]
    best = int(np.argmax(np.array(covered) + cosines))
    numbers = set(_numbers(sentence))
    known = {number for passage in passages for number in _numbers(passage)}
    window = windows[best]
    here, everywhere = content(window), " ".join(passages)
    measures, names = _measures(sentence), _names(sentence)
    row = [
        len(wanted & whole) / (len(wanted) or 1),
        covered[best],
        float(cosines.max()),
        float(cosines[best]),
        float(len(numbers - known)) + 0.5 * len((numbers & known) - set(_numbers(window))),
        float(bool(numbers)),
        float(bool(_NEGATION.search(sentence)) != bool(_NEGATION.search(window))),
        float(len(_found(_ABSOLUTE, sentence) - _found(_ABSOLUTE, window))),
        float(len(wanted - whole)),
        min(len(wanted), 30) / 30,
        float(len(measures - _measures(everywhere))),
        float(len(measures - _measures(window))),
        min((len(clause & whole) / len(clause) for clause in _clauses(sentence)), default=1.0),
        float(len(_found(_HEDGE, window) - _found(_HEDGE, sentence))),
        float(len(_found(_CONDITION, window) - _found(_CONDITION, sentence))),
        float(sum(name.lower() not in everywhere.lower() for name in names)),
        float(sum(name.lower() not in window.lower() for name in names)),
        float(len((wanted & whole) - here)) / (len(wanted) or 1),
    ]
    return np.array([row], dtype=np.float32), window.strip()


def _windows(passages: Sequence[str], encoder: Encodes) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Give every run of up to WINDOW units of each passage, with the mean direction of their vectors. A table row brings its column names."""
    windows, vectors = [], []
    for passage in passages:
        units = [unit.text for unit in extracts.cut("", passage)]
        single = encoder.encode([_plain(unit) for unit in units])
        for size in range(1, WINDOW + 1):
            for start in range(len(units) - size + 1):
                windows.append(" ".join(units[start : start + size]))
                mean = single[start : start + size].sum(axis=0)
                vectors.append(mean / (np.linalg.norm(mean) or 1.0))
    if not windows:
        return [""], encoder.encode([""])
    return windows, np.array(vectors, dtype=np.float32)


def _found(pattern: re.Pattern[str], text: str) -> set[str]:
    return {word.lower() for word in pattern.findall(text)}


def _measures(text: str) -> set[str]:
    """Return every number with the sign before it or the word after it: "5 days" and "5 hours" are two things."""
    return {re.sub(r"\W+|s$", "", match[0].lower()) for match in _MEASURE.finditer(text)}


def _names(text: str) -> set[str]:
    """Return the words that look like names of plans, models or places: capitals inside the sentence, or letters with digits."""
    return set(_NAME.findall(text))


def _clauses(sentence: str) -> list[set[str]]:
    return [words for clause in _CLAUSE_END.split(sentence) if len(words := content(clause)) >= 2]


def _plain(text: str) -> str:
    return re.sub(r"[*_`#|>\[\]]+", " ", text)


def _numbers(text: str) -> list[str]:
    return [re.sub(r"[.,]0+$", "", number).replace(",", "") for number in _NUMBER.findall(text)]


def learn(rows: Sequence[Mapping[str, Any]], encoder: Encodes) -> Weigher:
    """Fit the weigher to labelled pairs (`passage`, `sentence`, `supported`)."""
    features = np.vstack([evidence(str(row["sentence"]), [str(row["passage"])], encoder)[0] for row in rows])
    return classifier.learn(features, [bool(row["supported"]) for row in rows], strength=0.01)
