"""Who wrote a mail: every name that the mail itself offers, weighed by its evidence."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from service.local import events, roles
from service.local.events import Head
from service.text import patterns
from service.text.word_runs import Floats

_TITLES = patterns.pattern(
    r"^(?:(?:i\.\s?[AV]|p\.p|pp|drs|barrister|attorney|familie|familia|famille|mr|mrs|ms|miss|mx|dr|prof|professor|doctor|sir|dame|rev|reverend|fr|herr|frau|hr|sr|sra|srta|señor|señora|don|doña|m|mme|mlle|madame|monsieur|sig|"
    r"sig\.ra|signora|signor|dott|dott\.ssa|ing|dipl\.-ing|dhr|mevr|mevrouw|capt|captain|col|sgt|lt|hon|judge|avv|maître|me)\.?\s+)+(?=\S)", re.I)  # fmt: skip
_AFTER_NAME = patterns.pattern(r"\s*(?:[,|/(<•·–—]|\s-\s|\b(?:phd|md|mba|esq|jr|sr|llb|bsc|msc|rn|dds|cpa|acca|frcs|ceo|cto)\b).*$", re.I)
_ON_BEHALF = patterns.pattern(
    r"^.*\b(?:on behalf of|im auftrag von|im namen von|au nom de|en nombre de|per conto di|namens|em nome de)\s+", re.IGNORECASE
)
_WORD = r"[^\W\d_]+(?:['’.\-][^\W\d_]+)*[.’']?"
_NAME = patterns.pattern(rf"{_WORD}(?:\s+{_WORD}){{0,4}}")
_PARTICLES = {"van", "der", "den", "de", "la", "le", "du", "da", "dos", "das", "di", "del", "della", "von", "zu", "bin", "bint", "ibn", "al", "el", "ter", "ten", "y", "e", "af", "av", "ben", "st"}  # fmt: skip
_GOES_ON = {"and", "from", "with", "i", "we", "at", "here", "my", "the", "in", "for", "but", "who", "und", "aus", "von", "mit", "ich", "wir", "bei", "der", "die", "das", "et", "avec", "je", "nous",
            "du", "chez", "y", "con", "soy", "e", "sono", "di", "en", "met", "van", "ik", "wij", "com", "sou", "eu"}  # fmt: skip
_INTRODUCTION = patterns.pattern(
    r"(?:\b(?i:my name is|my name's|my full name is|name is|this is|it is|it's|i am|i'm|i’m|the name is|ich bin|ich hei(?:ß|ss)e|mein name ist|me llamo|mi nombre es|soy|"
    r"je m'appelle|je suis|mon nom est|mi chiamo|il mio nome è|sono|ik ben|mijn naam is|meu nome é|chamo-me|eu sou|sou|aquí|aqui é|hier (?:ist|is|schreibt))\s+"
    r"(?:(?i:mr|mrs|ms|miss|dr|prof|herr|frau|señora?|mme|m|o|a|el|la|der|die|de|il)\.?\s+)*)"
    rf"(?P<name>{_WORD}(?:\s+{_WORD}){{0,4}})"
)
_HERE = patterns.pattern(
    rf"^\s*(?:(?i:hi|hello|hey|hiya|good morning|morning)[\s,!]+)?(?P<name>{_WORD}(?:\s+{_WORD}){{0,3}}),?\s+(?:here|speaking|hier|aquí|ici|writing)\b",
    re.M,
)
_SIGN_OFF = patterns.pattern(
    r"^\W*(?:(?:with |many |kind|kindest|best|warm|warmest|my|yours|your|all the|cheers|thanks|thank you|thx|ta|regards|rgds|br|sincerely|respectfully|faithfully|love|"
    r"take care|in anticipation|cordially|mit freundlichen|freundliche|viele|beste|liebe|herzliche|schöne|mfg|lg|vg|gruß|grüße|danke|vielen dank|besten dank|un saludo|"
    r"saludos|atentamente|cordialmente|gracias|muchas gracias|cordialement|bien à vous|salutations|merci|bien cordialement|je vous prie|cordiali|distinti|grazie|saluti|"
    r"un cordiale|met vriendelijke|vriendelijke|groet|groeten|bedankt|dank|atenciosamente|cumprimentos|obrigad[oa]|abraço|com os melhores|sent from|hochachtungsvoll)\b.*)$",
    re.I,
)  # fmt: skip
_AFTER_COMMA = patterns.pattern(r"^[^,.!?]{2,40}[,.!]\s*(?P<name>\S.{1,40})$")
_CLOSING_WORDS = patterns.pattern(
    rf"(?:[.!?)]\s+|\s[-–—/]\s*|\s{{2,}}|\b(?i:thanks|thank you|thx|regards|cheers|best|ta)[,.!]?\s+)(?P<name>{_WORD}(?:\s+{_WORD}){{0,3}})\W*(?:,[^.!?]{{0,40}})?$"
)
_INVERTED = patterns.pattern(rf"({_WORD}(?:\s+{_WORD})?),\s*({_WORD}(?:\s+{_WORD})?)")
_GREETING = patterns.pattern(
    r"^\W*(?:hi|hello|dear|hey|hiya|good (?:morning|afternoon|evening|day)|greetings|to|attn|attention|hallo|liebe[rs]?|sehr geehrte[rs]?|guten (?:tag|morgen)|hola|"
    r"buen(?:os|as) (?:días|tardes)|estimad[oa]s?|querid[oa]|bonjour|chère?|buongiorno|gentile|ciao|beste|geachte|olá|bom dia|prezad[oa]s?|caro|cara)\b(?P<who>[^\n,!.:;]{0,60})", re.I | re.M)  # fmt: skip
_ORGANISATION = patterns.pattern(
    r"\b(?:ltd|limited|llc|inc|gmbh|ag|kg|bv|b\.v|s\.?l|s\.?a|srl|plc|co|corp|team|support|service|services|customer|accounts?|accounting|billing|sales|office|reception|"
    r"admin|desk|department|dept|group|company|club|school|clinic|hotel|shop|store|studio|solutions|systems|bank|mailer|daemon|postmaster|no-?reply|newsletter|info|"
    r"notifications?|alerts?|manager|director|head|assistant|coordinator|officer|owner|founder|partner|associates|solicitors|law|legal|buchhaltung|atención|cliente|"
    r"mobile|phone|tel|street|road|avenue|suite|floor|www|http|order|ticket|ref|iphone|android|outlook|mail|confidential|disclaimer|unit|app)\b", re.I)  # fmt: skip

_ADDRESSED = ("from", "forwarded")  # sources that directories and mail programs write, surname first as they like it
SOURCES = ("introduction", "here", "sign_off", "signature_top", "signature_rest", "last_line", "tail", "closing_words", "forwarded", "from")
HEAD_FEATURES = (
    *SOURCES, "person", "person_low", "one_word", "one_word_person", "two_words", "three_or_more", "capitals", "lower", "organisation", "greeted", "from_same", "from_first",
    "from_person", "in_address", "title", "seen_elsewhere", "position", "sentence_word",
)  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """A name that the mail offers: as written, where it stood, and the text around it."""

    name: str
    source: str
    titled: bool = False
    position: float = 0.0


@dataclass(frozen=True)
class Letter:
    """The parts of a mail that can name its writer."""

    text: str
    signature: str
    sender_name: str | None
    sender_address: str | None
    forwarded_from: str | None = None


@dataclass(frozen=True)
class NameReader:
    """Weighs candidates. `person` tells people's names from other words; `choice` tells the writer from others who are named."""

    person: Head
    choice: Head
    threshold: float


def candidates(letter: Letter) -> list[Candidate]:
    """List every name the letter offers for its writer, most trusted source first; each source and name once."""
    found: dict[tuple[str, str], Candidate] = {}
    for source, raw, position in _offers(letter):
        titled = bool(_TITLES.match(raw.strip()))
        name = clean(raw, is_signed=source not in _ADDRESSED)
        if name and (key := (source, fold(name))) not in found:
            found[key] = Candidate(name, source, titled, position)
    return list(found.values())


def clean(raw: str, is_signed: bool = False) -> str:
    """Take title, qualification, company and punctuation off a name, and turn "Surname, First" round. Empty where no name is left.

    Who signs writes the first name first: of what is signed, two words before a comma are the whole name, and what follows is a role or a place.
    """
    if "://" in raw:
        return ""
    worn = "".join(" " if unicodedata.category(sign) in {"So", "Sk", "Cs"} or sign in "\ufe0f\u200d" else sign for sign in raw.replace("\u200b", ""))
    text = _ON_BEHALF.sub("", " ".join(worn.split())).strip(" \"'“”*_-–—~.,;:!|#>")
    if (match := _INVERTED.fullmatch(text)) and not (is_signed and _is_whole(match[1])) and not _is_no_name(match[2], match[1]):
        text = f"{match[2]} {match[1]}"
    text = _AFTER_NAME.sub("", _TITLES.sub("", text)).strip(" \"'“”.,;:!")
    if not text.isupper():
        text = re.sub(r"(?<=\s)[A-Z]{3,5}$|(?<=\s)\S*\d\S*$", "", text).strip()  # letters after the name, a class or room number
    return text if _NAME.fullmatch(text) and 1 < len(text) <= 60 else ""


def _is_whole(name: str) -> bool:
    """Tell whether a name has a first name and a surname: "Ana López", not "van Dijk"."""
    first, *others = name.split()
    return bool(others) and first.lower() not in _PARTICLES


def _is_no_name(words: str, before: str) -> bool:
    return is_organisation(words) or roles.is_role(words, before)


def is_organisation(name: str) -> bool:
    """Tell whether a name is that of a company, a team or a mailbox."""
    return bool(_ORGANISATION.search(name))


def fold(text: str) -> str:
    """Return a text without case, accents, punctuation or double spaces, for comparing names."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w\s]", " ", plain).split())


def _offers(letter: Letter) -> Iterator[tuple[str, str, float]]:
    for match in _INTRODUCTION.finditer(letter.text):
        yield "introduction", _trimmed(match["name"]), match.start() / (len(letter.text) or 1)
    for match in _HERE.finditer(letter.text):
        yield "here", match["name"], match.start() / (len(letter.text) or 1)
    yield from _end_of_text([line.strip() for line in letter.text.splitlines() if line.strip()])
    after = False
    for place, line in enumerate(line.strip() for line in letter.signature.splitlines() if line.strip()):
        if _SIGN_OFF.match(line):
            after = True
            if same := _AFTER_COMMA.match(line):
                yield "sign_off", same["name"], 1.0
        elif after:
            after = False
            yield "sign_off", line, 1.0
        elif place < 5:
            yield "signature_top" if place == 0 else "signature_rest", line, 1.0
    if letter.forwarded_from:
        yield "forwarded", letter.forwarded_from, 1.0
    if letter.sender_name and "@" not in letter.sender_name:
        name = re.sub(r"\s*(?:\(.*?\)|\bvia\b.*|\bat\b.*|\bfrom\b.*|\bvon\b\s+[A-Z]\w+ (?:GmbH|AG))$", "", letter.sender_name)
        yield "from", name, 0.0


def _end_of_text(lines: list[str]) -> Iterator[tuple[str, str, float]]:
    """Offer what stands at the end of a text where no signature was cut off: a line of its own, or the last words of the last line."""
    for place, line in list(enumerate(lines))[-6:]:
        if place and _SIGN_OFF.match(lines[place - 1]) and len(lines[place - 1].split()) <= 8:
            yield "sign_off", line, 1.0
        elif _SIGN_OFF.match(line) and len(line.split()) <= 8 and (same := _AFTER_COMMA.match(line)):
            yield "sign_off", same["name"], 1.0
        elif place and len(re.split(r"[,|]", line)[0].split()) <= 5 and not line.endswith(("?", "!")):
            yield "last_line" if place == len(lines) - 1 else "tail", line, 1.0
    if lines and (match := _CLOSING_WORDS.search(lines[-1])):
        yield "closing_words", match["name"], 1.0


def _trimmed(name: str) -> str:
    """Cut a captured run of words at the first one that cannot be part of the name."""
    kept: list[str] = []
    if name.islower():
        return _lower(name)
    for word in name.split():
        if kept and not (word[:1].isupper() or word.lower() in _PARTICLES):
            break
        kept.append(word)
        if word.endswith(".") and len(word) > 3:
            break
    while kept and kept[-1].lower() in _PARTICLES:
        kept.pop()
    return " ".join(kept)


def _lower(name: str) -> str:
    """Cut a run of lower-case words at the first one that goes on with the sentence: "carla ruiz and i" is Carla Ruiz."""
    kept: list[str] = []
    for word in name.split():
        if word in _GOES_ON or (len(kept) == 2 and word not in _PARTICLES):
            break
        kept.append(word)
    while kept and kept[-1] in _PARTICLES:
        kept.pop()
    return " ".join(kept)


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
            "organisation": float(bool(_ORGANISATION.search(candidate.name))),
            "greeted": float(any(word in greeted for word in words)),
            "from_same": float(bool(sender) and candidate.source != "from" and folded == sender),
            "from_first": float(bool(sender) and candidate.source != "from" and folded != sender and bool(set(words) & set(sender.split()))),
            "from_person": sender_person,
            "in_address": float(any(len(word) > 2 and word in address for word in words)),
            "title": float(candidate.titled),
            "seen_elsewhere": float(sum(fold(other.name) == folded for other in found) > 1),
            "position": candidate.position,
            "sentence_word": float(candidate.source in ("introduction", "here") and not candidate.name[:1].isupper()),
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
            float(bool(_ORGANISATION.search(text))) * 2,
            float(bool(re.search(r"[&@/|+]", text))),
            float(bool(re.search(r"\b(?:and|the|of|to|for|from|in|on|we|und|et|y|e|de)\b", text, re.I))),
        ]
        for text in texts
    ]
    return np.hstack([vectors * 3, np.array(looks, dtype=np.float32).reshape(len(texts), 8)])


def likely_people(reader: NameReader, found: Sequence[Candidate], vectors: npt.NDArray[np.float32]) -> list[float]:
    """Return for each candidate how likely its words are a person's name."""
    if not found:
        return []
    scores = reader.person.log_probabilities(shape([candidate.name for candidate in found], vectors))
    return [float(value) for value in np.exp(scores[:, 1])]


def choose(
    reader: NameReader, letter: Letter, found: Sequence[Candidate], vectors: npt.NDArray[np.float32]
) -> tuple[str | None, list[tuple[Candidate, float]]]:
    """Return the writer's name, or None where the evidence is thin, and every candidate with its weight, best first."""
    if not found:
        return None, []
    weights = np.exp(reader.choice.log_probabilities(describe(letter, found, likely_people(reader, found, vectors)))[:, 1])
    ranked = sorted(zip(found, (float(weight) for weight in weights), strict=True), key=lambda pair: -pair[1])
    best, weight = ranked[0]
    return (_fullest(best, ranked) if weight >= reader.threshold else None), ranked


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
    draft = NameReader(person, person, 0.5)
    listed = [candidates(letter) for letter in letters]
    encode([candidate.name for found in listed for candidate in found])  # all at once is faster
    rows, labels = [], []
    for letter, found, truth in zip(letters, listed, truths, strict=True):
        if found:
            rows.append(describe(letter, found, likely_people(draft, found, encode([candidate.name for candidate in found]))))
            labels += [str(int(fold(candidate.name) in truth)) for candidate in found]
    _, choice = events.fit(np.vstack(rows), labels, strength=1.0)
    return NameReader(person, choice, 0.5)
