"""Marks in a text: which stretches of it show something, cut into pieces that can be escaped one by one."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

_PLACEHOLDER = re.compile(r"\[(?:card|iban|national-id|key|cvv|pin|code|password)(?: \d{1,4})?\]")


_MOST_SAID = 5  # different marks over one piece that are told


@dataclass(frozen=True)
class Mark:
    """A stretch of a text, what kind of thing it shows, the words that say so, and the name under which a page links to its beginning."""

    start: int
    end: int
    kind: str
    says: str
    name: str = ""


@dataclass(frozen=True)
class Piece:
    """A stretch of text under the same marks; no mark at all for plain text. `names` are those of the marks that begin with it."""

    text: str
    kinds: tuple[str, ...] = ()
    says: str = ""
    names: tuple[str, ...] = ()


def pieces(text: str, marks: Iterable[Mark]) -> list[Piece]:
    """Cut a text at the ends of its marks; marks may overlap. Time grows with the marks, not with their square."""
    begin: dict[int, list[Mark]] = defaultdict(list)
    ends: dict[int, list[Mark]] = defaultdict(list)
    for one in marks:
        if 0 <= one.start < one.end <= len(text):
            begin[one.start].append(one)
            ends[one.end].append(one)
    kinds: Counter[str] = Counter()
    says: Counter[str] = Counter()
    found = []
    for start, stop in pairwise(sorted({0, len(text), *begin, *ends})):
        for one in ends.get(start, ()):
            _drop(kinds, one.kind)
            _drop(says, one.says)
        kinds.update(one.kind for one in begin.get(start, ()))
        says.update(one.says for one in begin.get(start, ()))
        names = tuple(dict.fromkeys(one.name for one in begin.get(start, ()) if one.name))
        found.append(Piece(text[start:stop], tuple(kinds), "; ".join(islice(says, _MOST_SAID)), names))
    return found


def _drop(counted: Counter[str], word: str) -> None:
    counted[word] -= 1
    if not counted[word]:
        del counted[word]


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
