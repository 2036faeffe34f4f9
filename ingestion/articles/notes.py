"""Brings footnotes to their marks, so that a number keeps its condition and never runs together with the number of its note.

Readers put a superscript between two private signs (`marked`); here each is resolved against the notes of the article.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from ingestion.articles.blocks import Block

_OPEN, _CLOSE = "\ue000", "\ue001"
_RAISED = re.compile(f"\\s?{_OPEN}([^{_CLOSE}{_OPEN}]{{0,80}}){_CLOSE}")
_BARE = re.compile(r"(?<=[^\s*])(\*{1,3}|[†‡§]{1,3}|[⁰¹²³⁴-⁹]{1,2})(?=[\s.,;:)|]|$)")
_NOTE = re.compile(
    rf"^(?:\|\s*)?(?:\s*(?:-|\d+\.)\s)?\s*(?:{_OPEN}([^{_CLOSE}]{{1,80}}){_CLOSE}|(\*{{1,3}}|[†‡§]{{1,3}}|[⁰¹²³⁴-⁹]{{1,2}}))[.):\]]?\s*(?=\S)"
)
_FLAT_NOTE = re.compile(r"^\s*[\[(]?(\d{1,2}|[a-z])[\]).:]?\s+(?=\S)")
_NOTES_HEADING = re.compile(r"\b(?:foot)?notes?\b|fußnote|anmerkung|notes de bas|notas?\b|note\b", re.IGNORECASE)
_DIGITS = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_ORDINALS = {"st", "nd", "rd", "th", "er", "ère", "e", "o", "a", "º", "ª", "tm", "®", "™", "℠", "me", "te"}
_SHORT = 30  # words of a note that is put in brackets behind its mark; a longer one follows the paragraph


def marked(superscript: str) -> str:
    """Return a superscript as a reader puts it into running text."""
    return f"{_OPEN}{superscript.strip().strip('[]()')}{_CLOSE}"


def plain(text: str) -> str:
    """Return a text, such as a heading, without the marks of notes."""
    return _RAISED.sub(lambda found: _unresolved(text, found, are_notes=True), text)


def bring(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the blocks with each note at its first mark in a block; notes that were brought no longer stand alone."""
    blocks = tuple(_with_own_marks(blocks))
    notes = dict(_notes(blocks))
    used: set[str] = set()
    brought = [_resolve(block, notes, used) for block in blocks]
    return tuple(after for before, after in zip(blocks, brought, strict=True) if _own_mark(before) not in used and after.text.strip())


def _with_own_marks(blocks: Sequence[Block]) -> Iterator[Block]:
    """Raise the number before a note that stands on the line, where the text before it has that number raised and no note has it so."""
    raised = {found[1] for block in blocks if (found := _NOTE.match(block.text))}
    seen: set[str] = set()
    last = _last_list(blocks)
    for block in blocks:
        found = _FLAT_NOTE.match(block.text) if block.kind == "paragraph" or _is_of_notes(block) or id(block) in last else None
        if found and found[1] in seen - raised:
            block = replace(block, text=f"{marked(found[1])} {block.text[found.end() :]}")
        seen.update(one[1] for one in _RAISED.finditer(block.text))
        yield block


def _last_list(blocks: Sequence[Block]) -> set[int]:
    """Return the items at the end of an article that have just the numbers that are raised in it."""
    items = list(takewhile(lambda block: block.kind == "item", reversed(blocks)))
    numbers = {found[1] for block in items if (found := _FLAT_NOTE.match(block.text))}
    return {id(block) for block in items} if numbers and numbers == {one[1] for block in blocks for one in _RAISED.finditer(block.text)} else set()


def _is_of_notes(block: Block) -> bool:
    return block.kind == "item" and bool(block.headings) and _NOTES_HEADING.search(block.headings[-1]) is not None


def _notes(blocks: Sequence[Block]) -> Iterator[tuple[str, str]]:
    for block in blocks:
        if (found := _NOTE.match(block.text)) and block.kind != "code":
            text = " ".join(_RAISED.sub("", block.text[found.end() :]).strip("| ").split())
            yield found[1] or found[2], text


def _own_mark(block: Block) -> str | None:
    found = _NOTE.match(block.text) if block.kind != "code" else None
    return (found[1] or found[2]) if found else None


def _resolve(block: Block, notes: Mapping[str, str], used: set[str]) -> Block:
    if block.kind == "code":
        return block
    own = _own_mark(block)
    behind: list[str] = []
    here: set[str] = set()

    def put(found: re.Match[str]) -> str:
        mark = found[1]
        if mark == own or mark not in notes:
            return _unresolved(block.text, found, bool(notes)) if found[0] != mark else mark
        used.add(mark)
        if mark in here:
            return ""
        here.add(mark)
        note = notes[mark].rstrip(".")
        if len(note.split()) <= _SHORT:
            return f" ({note})"
        behind.append(notes[mark])
        return ""

    text = _BARE.sub(put, _RAISED.sub(put, block.text)) if notes else _RAISED.sub(put, block.text)
    if behind and block.kind == "row":
        text = f"{text.rstrip(' |')} ({' '.join(behind).replace('|', '/')}) |"
    elif behind:
        text = " ".join([text, *behind])
    return replace(block, text=text, head=plain(block.head))


def _unresolved(text: str, found: re.Match[str], are_notes: bool) -> str:
    """Return a superscript that has no note: a power, an ordinal, or the mark of a note that is not there."""
    raised, before = found[1], text[: found.start()][-1:]
    if raised.casefold() in _ORDINALS or (raised.isalpha() and len(raised) > 1):
        return raised
    if not raised or found.start() == 0:
        return raised + (" " if raised else "")
    if not raised.lstrip("+-").isdigit():
        return "" if not raised.isalnum() or len(raised) == 1 else f" {raised}"
    if before.isdigit():
        return "" if are_notes else f"^{raised}"
    return raised.translate(_DIGITS) if before.isalpha() or before == ")" else ""
