"""The values that the readers of help-centre files produce: blocks of text under their headings."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["paragraph", "item", "row", "code"]
Point = tuple[tuple[int, str], ...]  # the headings above a point of a file with their levels, outermost first


@dataclass(frozen=True)
class Block:
    """A paragraph, list item, table row or code listing, with the headings above it from the outermost in.

    `head` is the header of the table that a row belongs to, as lines of a Markdown table; empty for all other kinds.
    """

    headings: tuple[str, ...]
    kind: Kind
    text: str
    head: str = ""


@dataclass(frozen=True)
class Parsed:
    """What a reader found in one file. `title` is empty and `updated` None where the file does not say.

    `version` and `replaces` are what the file says of itself, in its own words. `left_out` tells what stands in the file and is not read,
    each with the reason before it.
    """

    title: str
    updated: str | None
    blocks: tuple[Block, ...]
    version: str | None = None
    replaces: str | None = None
    left_out: tuple[str, ...] = ()


class Unreadable(Exception):
    """A file is not an article: of a kind we do not read, damaged, or empty. The message says which."""


class Outline:
    """The headings above the present point of a file."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    @property
    def path(self) -> tuple[str, ...]:
        """Return the headings above this point, outermost first."""
        return tuple(text for _, text in self._open)

    @property
    def level(self) -> int:
        """Return the level of the innermost heading above this point, 0 without one."""
        return self._open[-1][0] if self._open else 0

    def saved(self) -> Point:
        """Return this point, to come back to."""
        return tuple(self._open)

    def restore(self, point: Point) -> None:
        """Come back to a point: what was entered since is left."""
        self._open = list(point)

    def enter(self, level: int, text: str) -> None:
        """Note a heading of a level (1 to 6); it ends all headings of its level and below."""
        self._open = [one for one in self._open if one[0] < level]
        if text:
            self._open.append((level, text))


def table_row(cells: list[str]) -> str:
    """Return cells as a line of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def table_head(cells: list[str]) -> str:
    """Return the two lines that head a Markdown table."""
    return table_row(cells) + "\n|" + "---|" * len(cells)
