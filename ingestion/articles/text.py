"""Reads a text or PDF article into blocks, guessing headings from the shape of the lines."""

import io
import re
from collections.abc import Iterator

import pypdf
import pypdf.errors

from ingestion.articles.blocks import Block, Kind, Outline, Parsed, Unreadable

_ITEM = re.compile(r"\s*(?:[-*•–‣◦▪]|\d{1,2}[.)])\s+\S")
_BULLET = re.compile(r"^(\s*)[*•–‣◦▪]\s+")
_RULE = re.compile(r"\s*([=~_*#-])\1{2,}\s*")
_HYPHENATED = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
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


def parse_pdf(raw: bytes) -> Parsed:
    """Read the text of a PDF, page after page. Raises Unreadable for one that is damaged or locked."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("it is locked with a password")
        sheets = [page.extract_text() for page in reader.pages]
        title = str((reader.metadata.title if reader.metadata else "") or "")
    except Unreadable:
        raise
    except Exception as exc:  # a damaged file makes pypdf raise almost any built-in class beside its own
        raise Unreadable(f"it is not a PDF that can be read ({exc})") from exc
    parsed = parse("\n".join(_set_apart(_HYPHENATED.sub("", "\n".join(sheets)))))
    return Parsed(title.strip() if len(title.split()) > 1 else "", None, parsed.blocks)


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
