"""The part of a long text that models read: its beginning and its end."""

from dataclasses import dataclass

HEAD, TAIL = 8_000, 4_000  # characters, about 2,000 and 1,000 tokens; people say what they want first, or at the very end
NO_LETTER = 100_000  # characters; what is longer is a log, a table or a book with a few words around it, of which half as much is read
_GAP = "\n\n[…]\n\n"
_REACH = 400  # characters in which a place to cut is looked for
_ENDS = ("\n", ". ", "! ", "? ", "。", " ")


@dataclass(frozen=True)
class Excerpt:
    """A text as models read it, and how many characters were left out of its middle."""

    text: str
    left_out: int = 0


def of(text: str) -> Excerpt:
    """Return the first and last sentences of a text, whole where it is no longer than both together."""
    if len(text) <= HEAD + TAIL:
        return Excerpt(text)
    share = 2 if len(text) > NO_LETTER else 1
    start, end = _end(text, HEAD // share), _start(text, len(text) - TAIL // share)
    return Excerpt(f"{text[:start].rstrip()}{_GAP}{text[end:].lstrip()}", end - start)


def _end(text: str, at: int) -> int:
    """Return the end of the last sentence that ends before a place, or the place itself in a run without an end."""
    return next((found + len(mark) for mark in _ENDS if (found := text.rfind(mark, at - _REACH, at)) >= 0), at)


def _start(text: str, at: int) -> int:
    return next((found + len(mark) for mark in _ENDS if (found := text.find(mark, at, at + _REACH)) >= 0), at)
