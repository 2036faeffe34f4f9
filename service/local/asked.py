"""How the units of found passages stand to a question, as numbers that the reader of answers was taught with."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from retrieval.encoder import Encodes
from retrieval.lexical import terms
from retrieval.passages import Found, Passage
from service.text import sentences
from service.text.units import Unit, bare, cut, tidy
from service.text.word_runs import Floats, content

SCORE, BEHIND, RAREST_MISSING, PRICE_WANTED_AND_HELD = 14, 15, 28, 64  # columns that are read by themselves
UNKNOWN = 5.0  # rarity of a word that the taught trades do not have
_WANTS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:how much|price|prices|cost|costs|fee|fees|charge|charged|pay|expensive|cheap\w*|rate)\b",
        r"\b(?:how long|how soon|how quickly|how fast|how late|how early|how far in advance|how many (?:days|weeks|months|hours|minutes|years)|time limit|deadline|notice)\b",
        r"\b(?:when|what time|which days?|until|opening|open|hours|what date|latest|weekends?|today|tomorrow|mondays?|sundays?|saturdays?)\b",
        r"\b(?:how many|how often|how big|how old|how heavy|how large|maximum|minimum|limit|most|least|at most|age|size|weight|percent\w*)\b",
        r"\b(?:where|which (?:page|place|branch|site|button|menu)|address|directions)\b",
        r"\b(?:how (?:do|can|to|should|would|does)|steps?|set up|walk me through|guide|instructions|way to|what do i (?:have to|need to) do)\b",
        r"(?:^|[.!?,;]\s*|\b(?:hi|hello|so|and|but|then|also)\s+)(?:can|could|do|does|did|is|are|am|will|would|may|must|have|has|should|shall)\b",
        r"\b(?:why|reason|what happens|what if|what does)\b",
        r"\b(?:who|whom|phone|call|email|e-mail|contact|telephone|number to)\b",
        r"\b(?:which|what kind|what sort|what type|difference|compare|versus|vs)\b",
    )
)
_HOLDS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"[€£$]\s?\d|\d\s?(?:€|£|\$|%|p\b|euros?|pounds?|dollars?|pence|cents?)|\bfree\b|no (?:charge|fee)|included",
        r"\b(?:\d+|one|two|three|four|five|six|seven|eight|ten|twelve|half an?|an?)\s*(?:–|-|to)?\s*\d*\s*(?:working |business |calendar |full )?(?:days?|weeks?|months?|years?|hours?|minutes?|nights?|seasons?)\b",
        r"\b\d{1,2}[:.]\d\d\b|\b\d{1,2}\s?(?:am|pm|a\.m|p\.m)|\b(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?s?\b|\b(?:january|february|march|april|june|july|august|september|october|november|december)\b|\bdaily\b|\bbank holidays?\b",
        r"\d",
        r"›|\b(?:at|under|in|on) (?:the|your|our) [\w ]+|\*\*",
        r"^\s*\d{1,2}[.)]\s",
        r"\b(?:yes|no|not|cannot|can|can't|never|only|must|may|allowed|possible|impossible|need|always|free)\b",
        r"\b(?:because|so that|therefore|otherwise|if|unless|as long as|except|provided)\b",
        r"@|\b\d{3,5}[ -]\d{3,}|\b(?:write|call|phone|ring|email|contact|chat)\b",
        r"\b(?:not|cannot|can't|never|no|nor|neither|except|without|only)\b",
    )
)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_OUTDATED = re.compile(
    r"\b(?:out of date|outdated|no longer (?:valid|applies|apply|current|in force)|superseded|replaced by|obsolete|archived?|has been replaced|old (?:version|prices?|terms|rules))\b"
    r"|\((?:old|archived?|until [^)]*|before [^)]*|previous)\)|\b(?:valid|applied|prices?|terms|rules|fees|plans?) (?:only )?until (?:\d{1,2} )?(?:january|february|march|april|may|june|july|august|september|october|november|december|\d{4})",
    re.IGNORECASE,
)
_REPLACES = re.compile(r"\b(?:replaces?|supersedes?|in place of the article)\b[^.]{0,120}", re.IGNORECASE)


@dataclass(frozen=True)
class Window:
    """A unit of a found passage, with what stands around it: the units just before and after, and all that heads it."""

    unit: Unit
    found: Found
    before: str
    after: str
    outdated: bool

    @cached_property
    def text(self) -> str:
        """The unit's own words, without marks."""
        return tidy(self.unit.text)

    @cached_property
    def heads(self) -> str:
        """Title, headings and lead-in, each once."""
        return _heads(self.found.passage, self.unit)

    @property
    def key(self) -> tuple[str, int]:
        """The passage and the block of it in which the unit stands."""
        return self.unit.label, self.unit.block


@dataclass(frozen=True)
class Background:
    """How rare each word is among the taught trades: the logarithm of their number by that of those that have it."""

    rarity: Mapping[str, float]

    def of(self, word: str) -> float:
        """Return a word's rarity."""
        return self.rarity.get(word, UNKNOWN)


def windows(sources: Mapping[str, Found]) -> list[Window]:
    """Cut found passages, by label, into their units with what stands around each."""
    old = outdated(sources)
    listed = []
    for label, found in sources.items():
        units = cut(label, found.passage.text)
        texts = ["", *(tidy(unit.text) for unit in units), ""]
        listed += [Window(unit, found, texts[n], texts[n + 2], label in old) for n, unit in enumerate(units)]
    return listed


def texts(passage: Passage) -> tuple[str, ...]:
    """Return what is embedded of a passage to answer from it and to check the answer: its units without their marks, as a window tells them, and what heads them."""
    units = cut("", passage.text)
    return tuple(dict.fromkeys(text for unit in units for text in (tidy(unit.text), _heads(passage, unit), bare(unit.text))))


def _heads(passage: Passage, unit: Unit) -> str:
    parts = [passage.title, *passage.heading.split(" > "), unit.section, unit.lead]
    return ". ".join(dict.fromkeys(tidy(part) for part in parts if part))


def outdated(sources: Mapping[str, Found]) -> frozenset[str]:
    """Return the labels of passages whose article says of itself, or is said by another one, to be replaced."""
    articles: dict[str, list[str]] = {}
    for label, found in sources.items():
        articles.setdefault(found.passage.article, []).append(label)
    replaced = " ".join(match[0].lower() for found in sources.values() for match in _REPLACES.finditer(found.passage.text))
    old: set[str] = set()
    for labels in articles.values():
        passage = sources[labels[0]].passage
        notes = " ".join(" ".join(sources[label].passage.text.split())[:200] for label in labels)
        if _OUTDATED.search(f"{passage.title} {notes}") or (len(passage.title) > 8 and passage.title.lower() in replaced):
            old.update(labels)
    return frozenset(old)


def describe(asked_in: Sequence[str], listed: Sequence[Window], background: Background, encoder: Encodes) -> Floats:
    """Describe how each window stands to the question; shape (windows, features)."""
    question = " ".join(asked_in)
    return np.hstack([
        _by_meaning(asked_in, listed, encoder),
        _by_words(question, listed, background),
        _by_kind(question, listed),
    ]).astype(np.float32)  # fmt: skip


def shared(question: str, listed: Sequence[Window]) -> Floats:
    """Return the share of the question's words, as they are searched with, that each window holds under its heads; those in few windows count for more."""
    wanted = sorted(set(terms(question)))
    bags = [set(terms(f"{one.text} {one.heads}")) for one in listed]
    weights = np.array([1.0 / (1 + sum(word in bag for bag in bags)) for word in wanted])
    return _share(_mask(wanted, bags), weights)


def _by_meaning(asked_in: Sequence[str], listed: Sequence[Window], encoder: Encodes) -> Floats:
    """Compare the vectors of question and window: the unit alone, under its heads, its neighbours, and how the best elsewhere compares."""
    question = " ".join(asked_in)
    parts = [one.text for part in asked_in for one in sentences.split(part)] or [question]
    count = len(listed)
    vectors = encoder.encode([question, *(one.text for one in listed), *(one.heads for one in listed), *parts])
    asked, alone, heads, split = np.split(vectors, [1, 1 + count, 1 + 2 * count])
    headed = _unit(alone + 0.7 * heads)
    meaning, under, head = (np.maximum(rows @ asked[0], (rows @ split.T).max(axis=1)) for rows in (alone, headed, heads))
    labels = [one.unit.label for one in listed]
    near = [[place for place in (n - 1, n + 1) if 0 <= place < count and labels[place] == labels[n]] for n in range(count)]
    around = np.array([max((float(meaning[place]) for place in places), default=0.0) for places in near])
    wide = _unit(alone + np.stack([alone[places].sum(axis=0) if places else np.zeros(alone.shape[1]) for places in near]))
    score = np.array([one.found.score for one in listed])
    blocks = _best_of([one.key for one in listed], meaning)
    passages = _best_of(labels, under)
    articles = _best_of([one.found.passage.article for one in listed], under)
    rivals = np.array([max((float(v) for v, k in zip(under, labels, strict=True) if k != label), default=0.0) for label in labels])
    places = {label: float(place) for place, label in enumerate(dict.fromkeys(labels))}
    columns = [
        meaning, under, head, alone @ asked[0], around, wide @ asked[0], blocks, passages, articles,
        meaning.max() - meaning, under.max() - under, passages - rivals, _ranks(meaning), _ranks(under),
        score, score.max() - score, np.array([one.found.similarity or 0.0 for one in listed]), np.array([places[label] for label in labels]),
    ]  # fmt: skip
    return np.stack(columns, axis=1)


def _by_words(question: str, listed: Sequence[Window], background: Background) -> Floats:
    """Compare words, the rare ones counting for more: what the unit says, what stands around it, what nothing found says."""
    wanted = sorted(content(question))
    own = [content(one.text) for one in listed]
    heads = [content(one.heads) for one in listed]
    around = [content(f"{one.before} {one.after}") for one in listed]
    here: dict[str, set[str]] = {}
    for one, words, above in zip(listed, own, heads, strict=True):
        here.setdefault(one.unit.label, set()).update(words, above)
    everywhere = set().union(*here.values())
    spread = {word: sum(word in words for words in own) for word in wanted}
    local = np.array([1.0 / (1 + spread[word]) for word in wanted])
    rare = np.array([background.of(word) for word in wanted])
    both = rare * np.sqrt(local)
    masks = [_mask(wanted, bags) for bags in (own, heads, around)]
    masks.append(_mask(wanted, [here[one.unit.label] for one in listed]))
    masks.append(_mask(wanted, [everywhere] * len(listed)))
    own_or_heads = np.maximum(masks[0], masks[1])
    within = np.maximum(own_or_heads, masks[2])
    columns = [_share(mask, weights) for mask in (masks[0], own_or_heads, within, masks[3]) for weights in (local, both)]
    columns += [_share(masks[1], both), _share(masks[4], rare)]
    columns += [_worst(mask, rare) for mask in (own_or_heads, within, masks[3], masks[4])]
    columns += [columns[3].max() - columns[3], _ranks(columns[3]), (masks[0] * rare).sum(axis=1), ((1 - masks[4]) * rare).sum(axis=1)]
    said = set(_NUMBER.findall(question))
    numbers = [set(_NUMBER.findall(f"{one.text} {one.heads}")) for one in listed]
    columns += [np.array([len(said & held) / (len(said) or 1) for held in numbers]), np.full(len(listed), float(bool(said)))]
    columns += [np.full(len(listed), float(len(wanted)))]
    columns += [np.array([len(words & set(wanted)) / (len(words) or 1) for words in own])]
    return np.stack(columns, axis=1)


def _by_kind(question: str, listed: Sequence[Window]) -> Floats:
    """Compare the kind of the question with that of the unit: a price for "how much", steps for "how do I"."""
    wants = [float(bool(pattern.search(question))) for pattern in _WANTS]
    rows = []
    for one in listed:
        holds = [float(bool(pattern.search(one.text if place != 5 else one.unit.text))) for place, pattern in enumerate(_HOLDS)]
        unit = one.unit
        kinds = [float(unit.kind == kind) for kind in ("step", "row", "bullet", "sentence")]
        rows.append([
            *wants, *holds, *kinds,
            *(want * held for want, held in zip(wants[:4], holds[:4], strict=True)),
            wants[5] * kinds[0], wants[6] * holds[6], wants[4] * holds[4], wants[8] * holds[8],
            min(len(one.text.split()), 50) / 50, float(one.text.endswith(":")), float(one.text.endswith("?")),
            float(one.outdated), float(unit.place), float(bool(unit.lead)),
        ])  # fmt: skip
    return np.array(rows)


def _unit(rows: Floats) -> Floats:
    lengths: Floats = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return rows / lengths


def _best_of(keys: Sequence[object], values: Floats) -> Floats:
    """Return for each place the best value among those with the same key."""
    best: dict[object, float] = {}
    for key, value in zip(keys, values, strict=True):
        best[key] = max(best.get(key, -1.0), float(value))
    return np.array([best[key] for key in keys])


def _ranks(values: Floats) -> Floats:
    ranks = np.empty(len(values))
    ranks[np.argsort(-values, kind="stable")] = np.arange(len(values))
    return np.minimum(ranks, 20.0)


def _mask(wanted: Sequence[str], bags: Sequence[set[str]]) -> Floats:
    return np.array([[float(word in bag) for word in wanted] for bag in bags]).reshape(len(bags), len(wanted))


def _share(mask: Floats, weights: Floats) -> Floats:
    total = float(weights.sum()) or 1.0
    return np.asarray(mask @ weights / total)


def _worst(mask: Floats, rare: Floats) -> Floats:
    """Return the rarity of the rarest word that is missing."""
    return np.asarray(((1 - mask) * rare).max(axis=1, initial=0.0))
