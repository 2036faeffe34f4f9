"""Where some words stand in a text, however they are spaced, marked up, cut by a table's bars or told with its heads there."""

import re
import unicodedata
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+|[£€$%]")
_AFTER = ".!?)”’\"'"  # belongs to the words before it
_BEFORE = "(“‘\"'"


def find(text: str, words: str) -> tuple[int, int] | None:
    """Return the first stretch of a text that holds these words and no others, as (start, end); None where there is none.

    A table's row may be told with its heads ("Plan: Large; Price: £9"), which stand elsewhere: then its cells are looked for.
    """
    matches = list(_WORD.finditer(text))
    held = [_folded(one[0]) for one in matches]
    told = [part.split(": ", 1) for part in words.split("; ")]
    for wanted in (words, " ".join(pair[-1] for pair in told)):
        listed = [_folded(one) for one in _WORD.findall(wanted)]
        if listed and (at := _run(held, listed)) is not None:
            return _widened(text, matches[at].start(), matches[at + len(listed) - 1].end())
    return None


def _run(held: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Return where a run of words begins; None where it is not there."""
    size, first = len(wanted), wanted[0]
    for at in range(len(held) - size + 1):
        if held[at] == first and held[at : at + size] == wanted:
            return at
    return None


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    while start and text[start - 1] in _BEFORE:
        start -= 1
    while end < len(text) and text[end] in _AFTER:
        end += 1
    return start, end


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()
