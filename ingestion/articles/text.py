"""Reads a text article into blocks, guessing headings from the shape of the lines."""

import re
from collections.abc import Iterator

from ingestion.articles.blocks import Block, Kind, Outline, Parsed

_ITEM = re.compile(r"\s*(?:[-*•–‣◦▪]|\d{1,2}[.)])\s+\S")
_BULLET = re.compile(r"^(\s*)[*•–‣◦▪]\s+")
_RULE = re.compile(r"\s*([=~_*#-])\1{2,}\s*")
_LONGEST_HEADING = 10  # words


def parse(text: str) -> Parsed:
    """Read plain text: paragraphs between empty lines, list items by their markers, short lines standing alone as headings."""
    blocks: list[Block] = []
    outline = Outline()
    for number, lines in enumerate(_paragraphs(text)):
        if len(lines) == 1 and _is_heading(lines[0]):
            outline.enter(1 if number == 0 else 2, lines[0].strip().strip("#").strip().rstrip(":"))
        else:
            blocks += [Block(outline.path, kind, body) for kind, body in _pieces(lines)]
    return Parsed("", None, tuple(blocks or _headings_alone(text)))


def guessed(lines: str) -> tuple[Block, ...]:
    """Read lines of a PDF in which no size of letters tells the headings."""
    return parse("\n".join(_set_apart(lines))).blocks


def plain(lines: str, headings: tuple[str, ...]) -> Iterator[Block]:
    """Give the paragraphs and list items of lines whose headings are known."""
    for run in _paragraphs(lines):
        yield from (Block(headings, kind, body) for kind, body in _pieces(run))


def _paragraphs(text: str) -> Iterator[list[str]]:
    """Give runs of lines between empty ones. A rule of signs under or over a line sets it apart as an empty line does."""
    run: list[str] = []
    for line in [*text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").split("\n"), ""]:
        if line.strip() and not _RULE.fullmatch(line):
            run.append(line.rstrip())
        elif run:
            yield run
            run = []


def _is_heading(line: str) -> bool:
    words = line.split()
    return (
        0 < len(words) <= _LONGEST_HEADING
        and not _ITEM.match(line)
        and not line.rstrip().endswith((".", "!", ",", ";"))
        and any(character.isalpha() for character in line)
        and "|" not in line
    )


def _pieces(lines: list[str]) -> Iterator[tuple[Kind, str]]:
    """Join wrapped lines into paragraphs, with each list item as a piece of its own."""
    kind: Kind = "paragraph"
    body: list[str] = []
    for line in lines:
        if _ITEM.match(line):
            if body:
                yield kind, " ".join(body)
            kind, body = "item", [_BULLET.sub(r"\1- ", line)]
        else:
            body.append(line.strip())
    if body:
        yield kind, " ".join(body)


def _set_apart(text: str) -> Iterator[str]:
    """Put empty lines around what looks like a heading in the lines of a PDF, which keeps no empty lines of its own."""
    lines = text.split("\n")
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        ended = not before.strip() or before.rstrip().endswith((".", "!", "?", ":")) or len(before.split()) <= _LONGEST_HEADING
        opens = line[:1].isupper() and after[:1].strip() and (after[:1].isupper() or bool(_ITEM.match(after)))
        if ended and opens and _is_heading(line) and len(line) < 60 and (len(after) > len(line) or bool(_ITEM.match(after))):
            yield from ("", line, "")
        else:
            yield line


def _headings_alone(text: str) -> list[Block]:
    """Take a file that is nothing but short lines as text."""
    return [Block((), "paragraph", " ".join(line.split())) for line in text.splitlines() if line.strip()]
