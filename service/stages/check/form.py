"""Whether a sentence is one plain sentence of words: no markup, no hidden or foreign characters among its letters, no noise."""

import re
import unicodedata

from service.stages.check import addresses
from service.text import sentences
from service.text.folding import fold

LONGEST = 700  # characters of a sentence of an answer
LONGEST_RUN = 36  # characters without a space: longer ones are encoded matter, unless they stand in the passages
FEWEST_LETTERS = 0.45  # share of letters and digits among what is not space
_TAG = re.compile(r"</?[A-Za-z!?|][^>]*>?|&(?:#\w+|[a-z]{2,8});|!?\[[^\]]*\]\s*[(\[:]|\{\{|\}\}|```|<\||\|>|\$\{|\[\^")
_JSON = re.compile(r"[{\[]\s*\"[^\"]{1,40}\"\s*:")
_LOOKALIKE = re.compile(r"[\u0250-\u02af\u1d00-\u1dbf\u2c60-\u2c7f\ua720-\ua7ff\U0001d400-\U0001d7ff\u249c-\u24e9]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SPLIT_LETTERS = re.compile(r"(?:\b\w\s){5,}\w\b|(?:\w[\s._-]){6,}\w\b(?=\s*\.)")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[A-Za-z])[.)]")  # of a list's item
_GLUE = re.compile(r"(?<=[a-zß-ÿ]{2}[.!?])(?=[A-ZÀ-Þ][a-zß-ÿ])|\n+")


def split(text: str) -> list[str]:
    """Cut what a model gave as one sentence into sentences: a line break or a full stop without a space ends one too. An item's number stays with it."""
    found: list[str] = []
    number = ""
    for one in (one.text for piece in _GLUE.split(text) if piece.strip() for one in sentences.split(piece)):
        if not number and _NUMBER.fullmatch(one):
            number = one
            continue
        found.append(f"{number} {one}" if number else one)
        number = ""
    return [*found, number] if number else found


def fault(sentence: str, passages: str) -> str | None:
    """Say what is wrong with the form of a sentence, None where nothing is. `passages` is the cited text, whose own oddities are allowed."""
    if odd := next((char for char in sentence if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Cn") and char not in "\t\n"), None):
        return f"holds an invisible or control character (U+{ord(odd):04X})"
    if re.search(r"[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff\ufe20-\ufe2f]{2,}", unicodedata.normalize("NFC", sentence)):
        return "piles marks on letters"
    if match := _TAG.search(sentence) or _JSON.search(sentence):
        return f"holds markup: {match[0][:40]!r}"
    if word := next((word for word in re.findall(r"\w+", sentence) if len(_scripts(word)) > 1 and fold(word) not in fold(passages)), None):
        return f"mixes alphabets in one word: {word!r}"
    if odd := next((char for char in _LOOKALIKE.findall(sentence) if char not in passages), None):
        return f"is written in letters that only look like letters ({odd!r})"
    if len(sentence) > LONGEST:
        return f"is {len(sentence)} characters long"
    bare = re.sub(r"\s", "", sentence)
    if not addresses.alone(sentence, passages) and (not _WORD.search(sentence) or sum(char.isalnum() for char in bare) < FEWEST_LETTERS * len(bare)):
        return "says nothing in words"
    if sum(unicodedata.category(char) == "So" for char in bare) > 2 or re.search(r"[!?$]{3,}", bare):
        return "is noise rather than words"
    if run := next((run for run in sentence.split() if len(run) > LONGEST_RUN and fold(run).strip(".,;:()") not in fold(passages)), None):
        return f"holds a run of {len(run)} characters that stands in no passage"
    if _SPLIT_LETTERS.search(sentence) and fold(_SPLIT_LETTERS.search(sentence)[0]) not in fold(passages):  # type: ignore[index]
        return "spells something out letter by letter"
    return None


def scripts(text: str) -> set[str]:
    """Name the alphabets of a text's letters, but for single letters that units and formulas borrow."""
    return {script for word in re.findall(r"[^\W\d_]{2,}", text) for script in _scripts(word)}


def _scripts(word: str) -> set[str]:
    named = {unicodedata.name(char, "").split(" ")[0] for char in word if char.isalpha()}
    if named & {"HIRAGANA", "KATAKANA", "CJK", "KATAKANA-HIRAGANA"}:
        named = {"CJK"} | (named - {"HIRAGANA", "KATAKANA", "CJK", "KATAKANA-HIRAGANA"})
    return named - {"MICRO", "OHM", "DOUBLE-STRUCK", "SUPERSCRIPT", "SUBSCRIPT", "FEMININE", "MASCULINE", "FULLWIDTH", "COMBINING", "MODIFIER"}
