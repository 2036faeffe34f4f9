"""Who wrote a mail: the names that it offers, weighed by their evidence."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from service.local import classifier, events
from service.local.classifier import Weigher
from service.local.events import Head
from service.local.names import Candidate, Letter, candidates, clean, fold, is_organisation
from service.text import patterns
from service.text.word_runs import Floats

_GREETING = patterns.pattern(
    r"^\W*(?:hi|hello|dear|hey|hiya|good (?:morning|afternoon|evening|day)|greetings|to|attn|attention|hallo|liebe[rs]?|sehr geehrte[rs]?|guten (?:tag|morgen)|hola|"
    r"buen(?:os|as) (?:días|tardes)|estimad[oa]s?|querid[oa]|bonjour|chère?|buongiorno|gentile|ciao|beste|geachte|olá|bom dia|prezad[oa]s?|caro|cara)\b(?P<who>[^\n,!.:;]{0,60})", re.I | re.M)  # fmt: skip

SOURCES = ("introduction", "here", "sign_off", "signature_top", "signature_rest", "last_line", "tail", "closing_words", "forwarded", "from")
HEAD_FEATURES = (
    *SOURCES, "person", "person_low", "one_word", "one_word_person", "two_words", "three_or_more", "capitals", "lower", "organisation", "greeted", "from_same", "from_first",
    "from_person", "in_address", "title", "seen_elsewhere", "position", "sentence_word", "likeliest_person", "others", "first_line",
)  # fmt: skip
CHOICE = 0.05  # inverse penalty of the weigher: measured by leaving trades out
THRESHOLD = 0.5
PERSON = 0.5  # how surely words are a person's name to be taken for one
ENOUGH = 0.3  # weight of a person's name where the best name is none, or where the mail begins by saying it
FIRST_LINE = 0.1  # of a mail's length
FULL_NAME = 2  # words


@dataclass(frozen=True)
class NameReader:
    """Weighs candidates. `person` tells people's names from other words; `choice` tells the writer from others who are named."""

    person: Head
    choice: Weigher
    threshold: float


def describe(letter: Letter, found: Sequence[Candidate], person: Sequence[float]) -> Floats:
    """Return the evidence for each candidate, of shape (candidates, HEAD_FEATURES)."""
    greeted = {word for match in _GREETING.finditer(letter.text) for word in fold(match["who"]).split()}
    sender = fold(clean(letter.sender_name or ""))
    sender_person = max((p for c, p in zip(found, person, strict=True) if c.source == "from"), default=0.0)
    address = fold((letter.sender_address or "").split("@")[0].replace(".", " ").replace("_", " ").replace("-", " "))
    rows = []
    for candidate, likely in zip(found, person, strict=True):
        folded = fold(candidate.name)
        words = folded.split()
        facts: dict[str, float] = {source: float(candidate.source == source) for source in SOURCES}
        facts |= {
            "person": likely,
            "person_low": float(likely < 0.3),
            "one_word": float(len(words) == 1),
            "one_word_person": likely * (len(words) == 1),
            "two_words": float(len(words) == 2),
            "three_or_more": float(len(words) >= 3),
            "capitals": float(candidate.name.isupper()),
            "lower": float(candidate.name.islower()),
            "organisation": float(is_organisation(candidate.name)),
            "greeted": float(any(word in greeted for word in words)),
            "from_same": float(bool(sender) and candidate.source != "from" and folded == sender),
            "from_first": float(bool(sender) and candidate.source != "from" and folded != sender and bool(set(words) & set(sender.split()))),
            "from_person": sender_person,
            "in_address": float(any(len(word) > 2 and word in address for word in words)),
            "title": float(candidate.titled),
            "seen_elsewhere": float(sum(fold(other.name) == folded for other in found) > 1),
            "position": candidate.position,
            "sentence_word": float(candidate.source in ("introduction", "here") and not candidate.name[:1].isupper()),
            "likeliest_person": float(likely >= max(person) - 0.02),
            "others": min(len({fold(one.name) for one in found}), 6) / 6,
            "first_line": float(candidate.source in ("introduction", "here") and candidate.position < 0.1),
        }
        rows.append([facts[name] for name in HEAD_FEATURES])
    return np.array(rows, dtype=np.float32).reshape(len(rows), len(HEAD_FEATURES))


def shape(texts: Sequence[str], vectors: npt.NDArray[np.float32]) -> Floats:
    """Return what is known of a run of words as a name: its embedding, and the look of its letters."""
    looks = [
        [
            len(text.split()) / 3,
            float(text.istitle()),
            float(text.isupper()),
            float(text.islower()),
            float(any(character.isdigit() for character in text)),
            float(is_organisation(text)) * 2,
            float(bool(re.search(r"[&@/|+]", text))),
            float(bool(re.search(r"\b(?:and|the|of|to|for|from|in|on|we|und|et|y|e|de)\b", text, re.I))),
        ]
        for text in texts
    ]
    return np.hstack([vectors * 3, np.array(looks, dtype=np.float32).reshape(len(texts), 8)])


def likely_people(person: Head, found: Sequence[Candidate], vectors: npt.NDArray[np.float32]) -> list[float]:
    """Return for each candidate how likely its words are a person's name."""
    if not found:
        return []
    scores = person.log_probabilities(shape([candidate.name for candidate in found], vectors))
    return [float(value) for value in np.exp(scores[:, 1])]


def choose(
    reader: NameReader, letter: Letter, found: Sequence[Candidate], vectors: npt.NDArray[np.float32]
) -> tuple[str | None, list[tuple[Candidate, float]]]:
    """Return the writer's name, or None where the evidence is thin, and every candidate with its weight, best first."""
    if not found:
        return None, []
    person = likely_people(reader.person, found, vectors)
    weights = [float(weight) for weight in reader.choice.likely(describe(letter, found, person))]
    ranked = sorted(zip(found, weights, strict=True), key=lambda pair: -pair[1])
    best, weight = ranked[0]
    is_person = {one.name for one, likely in zip(found, person, strict=True) if likely >= PERSON}
    passed_on = next((one for one in found if one.source == "forwarded" and one.name in is_person), None)
    if passed_on:  # whose mail was sent on wrote it, whoever is named in it
        return _fullest(passed_on, ranked), ranked
    if best.name not in is_person:  # a mailbox is nobody where somebody signed
        best, weight = next(((one, value) for one, value in ranked if one.name in is_person and value >= ENOUGH), (best, weight))
    if signed := _signed_by_another(best, ranked, is_person):
        return signed, ranked
    says_so = best.source in ("introduction", "here") and best.position < FIRST_LINE
    enough = ENOUGH if best.name in is_person and (best != ranked[0][0] or says_so) else reader.threshold
    return (_fullest(best, ranked) if weight >= enough else None), ranked


def _signed_by_another(best: Candidate, ranked: Sequence[tuple[Candidate, float]], is_person: Collection[str]) -> str | None:
    """Return the person who signed a mail with first name and surname where the chosen name stands in its header alone and is another's: a firm's, mostly."""
    words = set(fold(best.name).split())
    if any(one.source != "from" and words & set(fold(one.name).split()) for one, _ in ranked):
        return None
    signed = (one.name for one, _ in ranked if one.source == "sign_off" and one.name in is_person and not one.name.islower())
    return next((name for name in signed if len(name.split()) >= FULL_NAME), None) if best.source == "from" else None


def _fullest(best: Candidate, ranked: Sequence[tuple[Candidate, float]]) -> str:
    """Return the longest form of the chosen name that another good candidate gives: both are right, and the full one says more."""
    words = set(fold(best.name).split())
    longer = [c.name for c, weight in ranked if words < set(fold(c.name).split()) and len(fold(c.name).split()) <= 4 and weight > 0.15]
    return longer[0] if len(words) == 1 and longer else best.name


def learn(
    names: Sequence[Mapping[str, Any]],
    name_vectors: npt.NDArray[np.float32],
    letters: Sequence[Letter],
    truths: Sequence[frozenset[str]],
    encode: Any,
) -> NameReader:
    """Fit both heads: `names` rows have `text` and `person`; `truths` gives for each letter the folded right names (empty: nobody can be named)."""
    texts = [str(row["text"]) for row in names]
    _, person = events.fit(shape(texts, name_vectors), [str(int(bool(row["person"]))) for row in names], strength=3.0)
    listed = [candidates(letter) for letter in letters]
    encode([candidate.name for found in listed for candidate in found])  # all at once is faster
    rows: list[Floats] = []
    labels: list[bool] = []
    for letter, found, truth in zip(letters, listed, truths, strict=True):
        if found:
            likely = likely_people(person, found, encode([candidate.name for candidate in found]))
            rows.append(describe(letter, found, likely))
            labels += [fold(candidate.name) in truth for candidate in found]
    return NameReader(person, classifier.learn(np.vstack(rows), labels, CHOICE), THRESHOLD)
