"""Whether a sentence says the opposite of its evidence: opposite words, and words that turn a rule round ("even if" for "only if", "also" for "not")."""

import re
from functools import cache
from pathlib import Path

from service.stages.check.evidence import Evidence

OPPOSITES = Path(__file__).parent / "opposites.txt"
_WORD = re.compile(r"[a-z]+(?:n't)?")
_ENDING = re.compile(r"(?:ations?|ings?|ied|ies|ed|es|s|ly|al|ance|e|y)$")
_LONG = 4  # letters, beyond which an ending is cut off
_NEGATES = re.compile(r"\b(?:not|no|never|none|nothing|cannot|without|neither|nor|nobody|\w+n['’]t)\b", re.IGNORECASE)
_REFUSES = re.compile(
    r"\b(?:refus\w+|declin\w+|reject\w+|forbid\w*|prohibit\w*|exclud\w+|ban(?:ned)?|lose|loses|lost|laps\w+|forfeit\w*|void|ends?|expires?|unable|impossible"
    r"|closed|stops?|cannot)\b",
    re.IGNORECASE,
)
_CONCEDES = re.compile(
    r"\beven (?:if|though|when|where|after|before|once|without|with)\b|\bwhether or not\b|\bregardless\b|\bno matter\b|\banyway\b|\ball the same\b|\bnevertheless\b"
    r"|\bdespite\b|\bwhatever\b|\bwhoever\b|\bwherever\b|\bwhenever\b|\bjust as (?:well|much)\b",
    re.IGNORECASE,
)
_INCLUDES = re.compile(
    r"\b(?:also|as well|too|both|either|including|included|likewise|equally|same goes|along with|or else|instead|alternatively)\b", re.IGNORECASE
)
_RESTRICTS = re.compile(r"\b(?:only|solely|exclusively|just|nothing but|alone|nobody but|no one but|not .{0,20} but)\b", re.IGNORECASE)
_LASTS = re.compile(r"\b(?:still|keeps?|remains?|stays?|goes on|carry on|continues?)\b", re.IGNORECASE)
_OBLIGES = re.compile(r"\b(?:must|has to|have to|need(?:s|ed)? to|required?|obliged|compulsory|necessary)\b", re.IGNORECASE)
_PERMITS = re.compile(
    r"\b(?:no need|need not|needn't|don't (?:need|have) to|doesn't (?:need|have) to|optional|not (?:needed|required|necessary)|without (?:having|needing)|up to you"
    r"|voluntary|may|can)\b",
    re.IGNORECASE,
)
_REGRETS = re.compile(r"\b(?:unfortunately|sadly|sorry|good news|fortunately|luckily|happily|happy to|glad)\b", re.IGNORECASE)
_COUNTED = (_CONCEDES, _INCLUDES, _RESTRICTS, _LASTS, _OBLIGES, _PERMITS, _REGRETS, _REFUSES)
COUNT = 5 + 2 * len(_COUNTED) + 7


def describe(sentence: str, evidence: Evidence) -> list[float]:
    """Return COUNT features: opposites of what the evidence says, what turns a rule on either side, and whether both deny as often."""
    text = evidence.text
    said, held = [_stem(word) for word in _WORD.findall(sentence.lower())], {_stem(word) for word in _WORD.findall(text.lower())}
    known = held | {_stem(word) for word in _WORD.findall(evidence.context.lower())}
    turned = [word for word in said if word not in known and _opposites().get(word, set()) & held]
    both = [word for word in said if word in held and _opposites().get(word, set()) & held]
    denied, denies = len(_NEGATES.findall(sentence)), len(_NEGATES.findall(text))
    counted = [(len(pattern.findall(sentence)), len(pattern.findall(text))) for pattern in _COUNTED]
    (concedes, _), (includes, _), (_, restricted) = counted[:3]
    refuses, refused = counted[-1]
    row = [
        len(turned),
        len(turned) / (len(set(said)) or 1),
        len(both),
        bool(turned) and bool(denied) == bool(denies),
        bool(turned) and bool(denied) != bool(denies),
        *(value for own, others in counted for value in (own, own - others)),
        concedes * restricted,
        includes * (restricted + denies),
        (refuses + denied) % 2 != (refused + denies) % 2,
        sentence.lower().startswith("yes") * (refused + denies),
        sentence.lower().startswith("no,") * (refused + denies == 0),
        denied,
        denies,
    ]
    return [float(value) for value in row]


@cache
def _opposites() -> dict[str, set[str]]:
    """Read the list, both ways, by stems."""
    found: dict[str, set[str]] = {}
    for line in OPPOSITES.read_text("utf-8").split("\n"):
        first, *others = [_stem(word) for word in line.split()] if line and not line.startswith("#") else ("",)
        for other in others:
            found.setdefault(first, set()).add(other)
            found.setdefault(other, set()).add(first)
    return found


def _stem(word: str) -> str:
    return _ENDING.sub("", word) if len(word) > _LONG else word
