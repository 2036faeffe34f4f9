"""How a sentence stands to its evidence, as numbers that the reader was taught with: words, measures, names, negations, conditions, nearness."""

import re
from collections.abc import Sequence

import numpy as np

from retrieval.encoder import Encodes
from service.stages.check import binding
from service.stages.check.evidence import Evidence
from service.text import quantities, units
from service.text.units import Unit
from service.text.word_runs import Floats, content

WINDOW = 3  # units of a passage in a row that may support a sentence together
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|cannot|without|unless|except|neither|nor|\w+n['’]t|nicht|kein\w*|sin|pas|non)\b", re.IGNORECASE
)
_REFUSAL = re.compile(
    r"\b(?:not|no|never|none|nothing|cannot|without|neither|nor|\w+n['’]t|nobody|refus\w+|exclud\w+|forbid\w*|forbidden|prohibit\w*|unable|impossible|except)\b",
    re.IGNORECASE,
)
_ABSOLUTE = re.compile(r"\b(?:always|every|all|any|only|must|never|guarantee\w*|immediately|instantly|automatically|free|unlimited)\b", re.IGNORECASE)
_HEDGE = re.compile(
    r"\b(?:may|might|can|could|usually|normally|often|sometimes|about|around|approximately|up to|at least|at most|most|some|typically|aim|expect\w*|try)\b",
    re.IGNORECASE,
)
_LIMIT = re.compile(r"\b(?:if|unless|only|except|provided|when|until|before|after|within|as long as|excluding|other than|where)\b", re.IGNORECASE)
_CONDITION = re.compile(
    r"\b(?:if|unless|only|except|provided|when|until|before|as long as|excluding|other than|where|while|once|otherwise|apart from|at least|at most|up to|no more than)\b",
    re.IGNORECASE,
)
_MEASURE = re.compile(r"[€£$]\s?\d[\d.,]*|\d[\d.,]*\s?(?:%|°\w?|[^\W\d_]+)")
_NAME = re.compile(r"(?<=[^.!?:]\s)[A-Z][\w'-]+|\b[A-Za-z]+\d\w*\b")
_PROPER = re.compile(r"(?<=[^.!?:]\s)[A-Z][\w'-]+|\b[A-Za-z]+-?\d[\w-]*\b")
_BASIS = re.compile(r"(?:\b(?:per|a|an|each|every|for each|for every)|/)\s+(?:full\s+|calendar\s+|further\s+)?([a-z]+)", re.IGNORECASE)
_SHORT_CLAUSE = re.compile(r"[,;:–—]|\b(?:and|but|or|so|because|which|while)\b")
_CLAUSE = re.compile(
    r"[,;:()–—]\s*|\s+(?:and|but|or|while|whereas|unless|if|except|when|until|provided|only if|as long as|because|so)\s+", re.IGNORECASE
)


def describe(sentence: str, evidence: Evidence, encoder: Encodes) -> Floats:
    """Return the features of a sentence; shape (count,)."""
    row = [*_by_windows(sentence, evidence, encoder), *_by_measures(sentence, evidence), *_by_words(sentence, evidence, encoder)]
    return np.array(row, dtype=np.float32)


def _by_windows(sentence: str, evidence: Evidence, encoder: Encodes) -> list[float]:
    """Compare with the best run of units, wherever in the cited passages it stands."""
    texts = [passage.text for passage in evidence.passages]
    windows, bags, vectors = _windows(evidence, encoder)
    cosines = vectors @ encoder.encode([units.bare(sentence)])[0]
    wanted = content(sentence)
    whole = set().union(*(content(text) for text in texts))
    covered = [len(wanted & bag) / (len(wanted) or 1) for bag in bags]
    best = int(np.argmax(np.array(covered) + cosines))
    window = windows[best]
    numbers, known = set(_numbers(sentence)), {number for text in texts for number in _numbers(text)}
    here, everywhere = bags[best], " ".join(texts)
    measures, names = _measures(sentence), set(_NAME.findall(sentence))
    return [
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
        min((len(words & whole) / len(words) for part in _SHORT_CLAUSE.split(sentence) if len(words := content(part)) >= 2), default=1.0),
        float(len(_found(_HEDGE, window) - _found(_HEDGE, sentence))),
        float(len(_found(_LIMIT, window) - _found(_LIMIT, sentence))),
        float(sum(name.lower() not in everywhere.lower() for name in names)),
        float(sum(name.lower() not in window.lower() for name in names)),
        float(len((wanted & whole) - here)) / (len(wanted) or 1),
    ]


def _by_measures(sentence: str, evidence: Evidence) -> list[float]:
    """Compare quantities: which are not stated, which stand with another unit, which belong to a neighbour."""
    stated = [one for one in quantities.read(sentence) if not one.soft]
    missing = [
        one for one in stated
        if quantities.states(evidence.quantities, one) is not True
        and (quantities.bounded(sentence, one) or not any(span.holds(one) for span in evidence.spans))
    ]  # fmt: skip
    bound = binding.bindings(sentence, evidence)
    text = f"{evidence.text} {evidence.context}"
    return [
        float(len(missing)),
        float(sum(quantities.states(evidence.quantities, one) is False for one in missing)),
        max((one.row for one in bound), default=-1.0),
        max((one.column for one in bound), default=-1.0),
        max((one.clause for one in bound), default=-1.0),
        float(any(one.elsewhere for one in bound)),
        float(len(_bases(sentence) - _bases(text))),
        float(len(stated)),
    ]


def _by_words(sentence: str, evidence: Evidence, encoder: Encodes) -> list[float]:
    """Compare words, names, negations and conditions with the units that the sentence rests on."""
    chosen = [unit for _, unit in evidence.chosen]
    text = f"{evidence.text} {evidence.context}"
    wanted, held = content(sentence), content(text)
    whole = set().union(*(content(f"{passage.text} {passage.heads}") for passage in evidence.passages))
    names, everywhere = set(_PROPER.findall(sentence)), " ".join(f"{passage.text} {passage.heads}" for passage in evidence.passages).lower()
    near, all_of_it, rival = _nearness(sentence, evidence, chosen, encoder)
    best = chosen[int(near.argmax())] if chosen else None
    negations = len(_REFUSAL.findall(sentence))
    dropped, count = _dropped(wanted, chosen)
    clauses = [words for part in _CLAUSE.split(sentence) if part and len(words := content(part)) >= 2]
    return [
        float(len(names)),
        float(sum(name.lower() not in text.lower() for name in names)),
        float(sum(name.lower() not in everywhere for name in names)),
        len(wanted - held) / (len(wanted) or 1),
        float(len(wanted - held)),
        float(len(wanted - whole)),
        len(wanted - whole) / (len(wanted) or 1),
        float(bool(negations) != bool(best and _REFUSAL.search(best.text))),
        float(negations - len(_REFUSAL.findall(evidence.text))),
        dropped,
        float(count),
        min((len(words & held) / len(words) for words in clauses), default=1.0),
        float(near.max()) if len(near) else 0.0,
        all_of_it,
        float(len(chosen)),
        rival,
        float(len(_CONDITION.findall(sentence))),
        float(len(_CONDITION.findall(evidence.text))),
        float(sentence.lower().startswith(("yes", "no,"))),
        float(best is not None and best.kind == "row"),
    ]


def _nearness(sentence: str, evidence: Evidence, chosen: Sequence[Unit], encoder: Encodes) -> tuple[Floats, float, float]:
    """Return the cosines of the chosen units, that of all of them as one text, and by how much the best unit left aside is nearer."""
    aside = [unit for passage in evidence.passages for unit in passage.units if unit not in chosen]
    texts = [sentence, *(units.tidy(unit.text) for unit in chosen), units.tidy(evidence.text), *(units.tidy(unit.text) for unit in aside)]
    vectors = encoder.encode(texts)
    cosines = vectors[1:] @ vectors[0]
    near, whole, others = cosines[: len(chosen)], float(cosines[len(chosen)]), cosines[len(chosen) + 1 :]
    return near, whole, float(others.max() - near.max()) if len(others) and len(near) else 0.0


def _dropped(wanted: set[str], chosen: Sequence[Unit]) -> tuple[float, int]:
    """Return how much of a condition in the units the sentence leaves out, at most, and how many conditions it leaves out for the most part."""
    worst, count = 0.0, 0
    for unit in chosen:
        words = content(unit.text)
        share = len(words & wanted) / (len(words) or 1)
        for match in _CONDITION.finditer(unit.text):
            tail = content(re.split(r"[,;.()]", unit.text[match.start() :])[0])
            if tail:
                left = len(tail - wanted) / len(tail)
                worst = max(worst, left * share)
                count += left > 0.6 and share > 0.3
    return worst, count


def _windows(evidence: Evidence, encoder: Encodes) -> tuple[list[str], list[set[str]], Floats]:
    """Give every run of up to WINDOW units of each passage, with its words and the mean direction of its units' vectors."""
    windows: list[str] = []
    bags: list[set[str]] = []
    vectors = []
    for passage in evidence.passages:
        texts = [unit.text for unit in passage.units]
        words = [content(text) for text in texts]
        single = encoder.encode([units.bare(text) for text in texts])
        for size in range(1, min(WINDOW, len(texts)) + 1):
            starts = range(len(texts) - size + 1)
            windows += [" ".join(texts[start : start + size]) for start in starts]
            bags += [set().union(*words[start : start + size]) for start in starts]
            sums = np.stack([single[shift : shift + len(starts)] for shift in range(size)]).sum(axis=0)
            lengths = np.linalg.norm(sums, axis=1, keepdims=True)
            vectors.append(sums / np.where(lengths > 0, lengths, 1.0))
    if not windows:
        return [""], [set()], encoder.encode([""])
    return windows, bags, np.vstack(vectors).astype(np.float32)


def _found(pattern: re.Pattern[str], text: str) -> set[str]:
    return {word.lower() for word in pattern.findall(text)}


def _measures(text: str) -> set[str]:
    """Return every number with the sign before it or the word after it: "5 days" and "5 hours" are two things."""
    return {re.sub(r"\W+|s$", "", match[0].lower()) for match in _MEASURE.finditer(text)}


def _bases(text: str) -> set[str]:
    return {word.lower().rstrip("s") for word in _BASIS.findall(text)}


def _numbers(text: str) -> list[str]:
    return [re.sub(r"[.,]0+$", "", number).replace(",", "") for number in _NUMBER.findall(text)]
