"""Marks in a text: which stretches of it show something, cut into pieces that can be escaped one by one."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_PLACEHOLDER = re.compile(r"\[(?:card|iban|national-id|key|cvv|pin|code|password)(?: \d{1,4})?\]")


@dataclass(frozen=True)
class Mark:
    """A stretch of a text, what kind of thing it shows, and the words that say so."""

    start: int
    end: int
    kind: str
    says: str


@dataclass(frozen=True)
class Piece:
    """A stretch of text under the same marks; no mark at all for plain text."""

    text: str
    kinds: tuple[str, ...] = ()
    says: str = ""


def pieces(text: str, marks: Iterable[Mark]) -> list[Piece]:
    """Cut a text at the ends of its marks; marks may overlap. Time grows with the marks, not with their square."""
    begin: dict[int, list[Mark]] = defaultdict(list)
    ends: set[int] = set()
    for one in marks:
        if 0 <= one.start < one.end <= len(text):
            begin[one.start].append(one)
            ends.add(one.end)
    edges = sorted({0, len(text), *begin, *ends})
    over: list[Mark] = []
    found = []
    for start, stop in pairwise(edges):
        over = [one for one in over if one.end > start] + begin.get(start, [])
        kinds = tuple(dict.fromkeys(one.kind for one in over))
        found.append(Piece(text[start:stop], kinds, "; ".join(dict.fromkeys(one.says for one in over))))
    return found


def masked(text: str) -> list[Mark]:
    """Mark the placeholders that stand in place of secrets."""
    return [Mark(*one.span(), "masked", "masked before any model read it") for one in _PLACEHOLDER.finditer(text)]


def words(text: str, wanted: str | None, kind: str, says: str) -> list[Mark]:
    """Mark the first place where some words stand, however they are spaced and broken there."""
    parts: Sequence[str] = (wanted or "").split()
    if not parts:
        return []
    match = re.search(r"\s+".join(map(re.escape, parts)), text, re.IGNORECASE)
    return [Mark(*match.span(), kind, says)] if match else []
