"""Which words of a mail a reader must know: weighed by evidence that worked examples with their required facts teach."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from service.arrays import Arrays
from service.local import classifier, clauses, urgency
from service.local.classifier import Weigher
from service.local.clauses import Clause
from service.local.urgency import Judge, Sheet, Verdict
from service.text import patterns
from service.text.folding import unaccented
from service.text.word_runs import Floats, content

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\w*\d[\w.,:/-]*\w|\d")
_DATED = patterns.pattern(
    r"(?:today|tonight|tomorrow|tmrw|yesterday|midnight|noon|midday|morning|afternoon|evening|(?:mon|tues|wednes|thurs|fri|satur|sun)day|weeks?|months?|days?|hours?|"
    r"jan(?:uary)?|feb(?:ruary)?|march|april|may|june|july|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)", re.I)  # fmt: skip
_NOT = patterns.pattern(r"(?:never|none|nothing|nobody|without|cannot|gone|missing|lost|wrong|twice|again|still|instead|\w+n['’]t)", re.I)
_REACHED = re.compile(r"(?:\S+\s+){0,3}\+?\d[\d\s()/.-]{8,}\d|(?:\S+\s+){0,2}\S+@\S+\.\w+")
STRENGTH = 0.003  # inverse penalty of the weigher
LONGEST_TOPIC = 8  # words of a subject that is told whole, in quotes; a longer one is a sentence like others
FAR = 4  # sentences between a word and what decided, beyond which distance says no more
OFTEN = 18  # the feature that says how often a word was required
DOUBT = 4.0  # sightings of a word that weigh as much as what is known of all words

Prepare = Callable[[str], str]


@dataclass(frozen=True)
class Part:
    """A clause, with the unit of the mail that it stands in and its place there."""

    unit: int
    place: int
    clause: Clause
    words: frozenset[str]
    is_topic: bool = False
    asks: bool = False


@dataclass(frozen=True)
class Teller:
    """Weighs words. `often` says how many log-odds oftener than other words a word was a required one.

    Without a weigher, for want of examples, a word counts as much as what it stands in speaks for the level.
    """

    weigher: Weigher | None
    often: Mapping[str, float]

    def arrays(self) -> Arrays:
        """Return what `read` makes the same teller of."""
        return {
            **(self.weigher.arrays() if self.weigher else {}),
            "often": np.array(list(self.often.values()), dtype=np.float32),
            "words": np.array(list(self.often), dtype=str),
        }


def read(kept: Arrays) -> Teller:
    """Return the teller of some kept arrays. Raises KeyError where one is missing."""
    weigher = classifier.read(kept) if "weights" in kept else None
    return Teller(weigher, dict(zip(kept["words"].tolist(), kept["often"].tolist(), strict=True)))


def parts(sheet: Sheet, prepare: Prepare) -> list[Part]:
    """List the clauses of a mail's units, each unit as `prepare` makes it ready: a short subject whole, questions without cutting them short.

    Left out is who signed, and how somebody is reached.
    """
    found: list[Part] = []
    for row, unit in enumerate(sheet.units):
        text = prepare(unit.text)
        asks = text.endswith("?")
        is_topic = bool(text) and unit.sentence < 0 and len(text.split()) <= LONGEST_TOPIC
        cut = [Clause(text.rstrip("?"), "", True)] if is_topic else clauses.cut(text, shortens=not asks)
        if is_topic or any(clause.stands for clause in cut) or not _is_titled(text):
            found += [
                Part(row, place, clause, frozenset(words(clause.text)), is_topic, asks and not is_topic)
                for place, clause in enumerate(cut)
                if not _REACHED.fullmatch(clause.text)
            ]
    return found


def _is_titled(text: str) -> bool:
    """Tell whether most words of a text that is no sentence begin with a capital."""
    listed = [word for word in text.split() if word[0].isalpha()]
    return bool(listed) and not text.isupper() and sum(word[0].isupper() for word in listed) >= len(listed) / 2


def words(text: str) -> list[str]:
    """Return the words of a text that carry meaning, folded, and its numbers."""
    return [word for word in (unaccented(raw.replace("’", "'").lower()) for raw in _WORD.findall(text)) if content(word) or word in _KEPT]


_KEPT = {"no", "not", "how", "where", "when"}


def describe(sheet: Sheet, verdict: Verdict, judge: Judge, found: Sequence[Part], often: Mapping[str, float]) -> tuple[list[str], Floats]:
    """List a mail's words and describe each: how strongly what it stands in speaks for the level given, where that is, and what kind of word it is."""
    table = urgency.strengths(sheet, judge.reader, judge.rules)
    level = urgency.LEVELS.index(verdict.level)
    gives = [judge.rules.gives.get(label, "none") for label in judge.reader.labels]
    fitting = [place for place, given in enumerate(gives) if given in (verdict.level, "by date" if level > 1 else "")]
    asking = [place for place, given in enumerate(gives) if given != "none"]
    columns = {label: place for place, label in enumerate(judge.reader.labels)}
    asides = [columns[label] for label in ("tone", "thanks", "reassurance") if label in columns]
    decided = sheet.units.index(verdict.unit) if verdict.unit else 0
    by_clause = np.exp(judge.reader.by_words.log_probabilities(judge.reader.vocabulary.rows([part.clause.text for part in found])))
    listed = list(dict.fromkeys(word for part in found for word in part.words))
    by_word = np.exp(judge.reader.by_words.log_probabilities(judge.reader.vocabulary.rows(listed)))
    vocabulary = judge.reader.vocabulary
    rarest = float(vocabulary.weights.max(initial=1.0))
    whole = " ".join(part.clause.text for part in found)
    proper = {unaccented(match[0].lower()) for match in re.finditer(r"(?<=[a-z,;:] )[A-ZÀ-Þ][\w'’-]+", whole)}
    rows = []
    for word, alone in zip(listed, by_word, strict=True):
        holding = [place for place, part in enumerate(found) if word in part.words]
        units = sorted({found[place].unit for place in holding})
        numeric = any(character.isdigit() for character in word)
        rows.append(
            [
                float(table[units, level].max()),
                float(table[units, 1:].sum(axis=1).max()),
                float(sheet.events[np.ix_(units, asides)].sum(axis=1).min()) if asides else 0.0,
                float(by_clause[np.ix_(holding, fitting)].sum(axis=1).max()),
                float(by_clause[np.ix_(holding, asking)].sum(axis=1).max()),
                float(alone[fitting].sum()),
                float(alone[asking].sum()),
                float(decided in units),
                float(decided - 1 in units),
                float(decided + 1 in units),
                min(min(abs(unit - decided) for unit in units), FAR) / FAR,
                float(sheet.units[units[0]].sentence < 0),
                float(sheet.units[units[0]].sentence < 0 and len(units) > 1),
                float(any(sheet.units[unit].sentence == 0 for unit in units)),
                min(len(units), 4) / 4,
                min(len(holding), 5) / 5,
                vocabulary.weight(word, rarest) / rarest,
                float(vocabulary.weight(word, 0.0) > 0),
                often.get(word, 0.0),
                float(numeric),
                float(numeric and any(character.isalpha() for character in word)),
                float(bool(_DATED.fullmatch(word))),
                float(bool(_NOT.fullmatch(word))),
                float(word in proper),
                float(word.endswith("ing")),
                float(word.endswith("ed")),
                float(word.endswith("s")),
                min(len(word), 12) / 12,
                min(len(found[place].clause.text.split()) for place in holding) / 20,
                float(any(found[place].clause.stands for place in holding)),
                level / 3,
                min(len(sheet.units), 20) / 20,
                min(len(listed), 100) / 100,
            ]
        )
    return listed, np.array(rows, dtype=np.float32)


def weigh(teller: Teller, sheet: Sheet, verdict: Verdict, judge: Judge, found: Sequence[Part]) -> dict[str, float]:
    """Return how likely a reader must know each word."""
    listed, described = describe(sheet, verdict, judge, found, teller.often)
    if not listed:
        return {}
    return dict(zip(listed, map(float, teller.weigher.likely(described) if teller.weigher else described[:, 0]), strict=True))


def required(word: str, needed: Sequence[str]) -> bool:
    """Tell whether a word belongs to a required fact, given as alternatives parted by `|`, each of which may be the beginning of a word."""
    return any(_fits(word, unaccented(part.replace("’", "'").lower())) for fact in needed for one in fact.split("|") for part in _WORD.findall(one))


def _fits(word: str, part: str) -> bool:
    return word == part if part[0].isdigit() else word.startswith(part) and (len(part) > 2 or word == part) and bool(content(part) or part in _KEPT)


def learn(mails: Sequence[tuple[Sheet, Sequence[str]]], judge: Judge, prepare: Prepare) -> Teller:
    """Fit a teller to worked examples, each a mail that was read by a reader that did not learn from it, and the facts that its summary needs.

    A teller without a weigher where they need nothing.
    """
    worked: list[tuple[list[str], Floats, list[bool]]] = []
    for sheet, needed in mails:
        verdict = urgency.decide(judge, sheet)
        if verdict.level != "none" and (found := parts(sheet, prepare)):
            listed, described = describe(sheet, verdict, judge, found, {})
            worked.append((listed, described, [required(word, needed) for word in listed]))
    if not any(mark for _, _, marks in worked for mark in marks):
        return Teller(None, {})
    often, without = _oftener([listed for listed, _, _ in worked], [marks for _, _, marks in worked])
    for (listed, described, _), known in zip(worked, without, strict=True):
        described[:, OFTEN] = [known[word] for word in listed]
    weigher = classifier.learn(np.vstack([rows for _, rows, _ in worked]), [mark for _, _, marks in worked for mark in marks], STRENGTH)
    return Teller(weigher, often)


def _oftener(listed: Sequence[Sequence[str]], needed: Sequence[Sequence[bool]]) -> tuple[dict[str, float], list[dict[str, float]]]:
    """Return how many log-odds oftener each word was required than words are, and the same for each mail as if it had not been seen."""
    seen: Counter[str] = Counter(word for one in listed for word in one)
    held: Counter[str] = Counter(word for one, marks in zip(listed, needed, strict=True) for word, mark in zip(one, marks, strict=True) if mark)
    base = held.total() / max(1, seen.total())
    without = [
        {word: _odds(held[word] - mark, seen[word] - 1, base) for word, mark in zip(one, marks, strict=True)}
        for one, marks in zip(listed, needed, strict=True)
    ]
    return {word: _odds(held[word], seen[word], base) for word in sorted(seen) if seen[word] > 1}, without


def _odds(times: int, of: int, base: float) -> float:
    share = (times + DOUBT * base) / (of + DOUBT)
    return float(np.log(share / (1 - share)) - np.log(base / (1 - base)))
