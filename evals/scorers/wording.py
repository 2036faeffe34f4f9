"""How scorers compare words: folded, with numbers, quotes and dashes written alike."""

import re
from collections.abc import Sequence

from service.text.folding import unaccented

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:[.,:]\d+)*")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d)[,\s](?=\d{3}\b)")
_ALIKE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "\u00a0": " ", "\u202f": " "})
_FORMS = (
    "a an the and or but if of to in on at for with from by as is are was were be been being it its this that these those you your we our us "
    "they their them he she his her him i my me do does did have has had can could will would may might shall should must not no so than then "
    "there here which who whom what when where how why also only just into out up down over under about after before until while during each any "
    "some other more most per via still now yet"
)
COMMON = frozenset(_FORMS.split())


def fold(text: str) -> str:
    """Return a text in lower case without accents, its quotes, dashes, spaces and thousands written one way."""
    plain = re.sub(r"(?<=\d)\s+(?=%)", "", _THOUSANDS.sub("", unaccented(text.translate(_ALIKE)))).casefold()
    return " ".join(re.sub(r"[*_`]+", "", plain).split())


def states(text: str, fact: str) -> bool:
    """Tell whether a text states a fact, given as alternatives parted by `|`; each may be the beginning of a word, but not a part of a number."""
    folded = fold(text)
    return any(_holds(folded, fold(alternative)) for alternative in fact.split("|") if alternative.strip())


def _holds(text: str, words: str) -> bool:
    before = r"(?<![\w.,])" if words[0].isdigit() else r"(?<!\w)"
    after = r"(?![\d]|[.,]\d)" if words[-1].isdigit() else ""
    return re.search(f"{before}{re.escape(words)}{after}", text) is not None


def missing(text: str, facts: Sequence[str]) -> list[str]:
    """Return the facts that a text does not state."""
    return [fact for fact in facts if not states(text, fact)]


def content(text: str) -> set[str]:
    """Return the stems of the words of a text that carry meaning, and its numbers."""
    return {stem(word) for word in _WORD.findall(fold(text)) if word not in COMMON}


def numbers(text: str) -> set[str]:
    """Return the numbers of a text, without trailing zeros after the point."""
    return {re.sub(r"[.,]0+$", "", number) for number in _NUMBER.findall(fold(text))}


def stem(word: str) -> str:
    """Cut the commonest English endings; crude on purpose, for both sides are cut alike."""
    word = word.removesuffix("'s")
    for ending in ("ations", "ation", "ings", "ing", "edly", "ies", "ied", "ed", "es", "s", "ly", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
