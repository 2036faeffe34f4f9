"""Reads a PDF article into blocks: headings by size, columns, tables, without running heads and page numbers."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ingestion.articles import dates, layout, notes, sheets, text
from ingestion.articles.blocks import Block, Outline, Parsed, table_head, table_row
from ingestion.articles.layout import Line, Table

_NUMBER = re.compile(r"\W*(?:(?:page|p\.|seite|página|pagina|side)\s*)?\d{1,4}(?:\s*(?:of|von|de|di|/|sur)\s*\d{1,4})?\W*", re.IGNORECASE)
_HYPHEN = re.compile(r"(\w+)-\n(\w+)")
_KEEP_HYPHEN = {
    "self",
    "non",
    "ex",
    "all",
    "half",
    "well",
    "cross",
    "co",
    "e",
    "two",
    "three",
    "one",
    "first",
    "last",
    "high",
    "low",
    "short",
    "long",
}
_EDGE = 2  # lines at the top and at the bottom of a page that may be repeated on others
_HEADING = 1.12  # times the size of the text, from which a short line is a heading
_LONGEST_HEADING = 16  # words
_PARAGRAPH = 1.45  # times the usual step between lines, from which a new paragraph begins

_Item = Line | Table


def parse(raw: bytes) -> Parsed:
    """Read the words of a PDF, page after page. Raises Unreadable for one that is damaged or locked."""
    read = sheets.read(raw)
    pages = [list(layout.arranged(page)) for page in read.pages]
    kept, left_out = _without_repeated(pages)
    if any(kept):
        left_out += [f"page {number} has no text, as a scanned page has not" for number, page in enumerate(read.pages, 1) if not page]
    blocks = notes.bring(tuple(_blocks(kept)))
    title = " ".join(read.title.split())
    updated = next(filter(None, (dates.stated(block.text) for block in (*blocks[:3], *blocks[-3:]))), None)
    return Parsed(title if len(title.split()) > 1 else _largest(kept), updated, blocks, left_out=tuple(left_out))


def _without_repeated(pages: Sequence[Sequence[_Item]]) -> tuple[list[list[_Item]], list[str]]:
    """Take off what stands at the edge of most pages, and the numbers of pages."""
    counted = Counter(key for page in pages for key in {_key(item) for item in _edges(page) if isinstance(item, Line)})
    repeated = {key for key, count in counted.items() if len(pages) > 1 and count >= max(2, len(pages) / 2)}
    kept: list[list[_Item]] = []
    taken: dict[str, None] = {}
    for page in pages:
        edges = {id(item) for item in _edges(page)}
        gone = [item for item in page if isinstance(item, Line) and id(item) in edges and (_key(item) in repeated or _NUMBER.fullmatch(item.text))]
        taken.update((f"running head: {item.text}", None) for item in gone)
        kept.append([item for item in page if not any(item is one for one in gone)])
    return kept, list(taken)


def _edges(page: Sequence[_Item]) -> list[_Item]:
    return [*page[:_EDGE], *page[max(_EDGE, len(page) - _EDGE) :]]


def _key(item: _Item) -> str:
    return re.sub(r"\d+", "#", item.text) if isinstance(item, Line) else ""


def _blocks(pages: Sequence[Sequence[_Item]]) -> Iterator[Block]:
    lines = [item for page in pages for item in page if isinstance(item, Line)]
    body = _body(pages)
    step = _usual([(line.gap, 1) for line in lines if line.gap and line.size <= body * _HEADING]) or body * 1.2
    sizes = sorted({round(line.size, 1) for line in lines if _is_heading(line, body)}, reverse=True)
    words = set(re.findall(r"\w+", " ".join(line.text for line in lines).lower()))
    outline = Outline()
    run: list[str] = []
    heading: Line | None = None
    for item in [*(item for page in pages for item in page), None]:
        if isinstance(item, Line) and _is_heading(item, body):
            yield from _text(run, outline, words, guess=not sizes)
            run = []
            level = sizes.index(round(item.size, 1)) + 1
            wrapped = heading is not None and heading.size == item.size and 0 < (item.gap or 0) < 1.6 * item.size
            outline.enter(level, notes.plain(" ".join([*outline.path[-1:], item.text] if wrapped else [item.text])))
            heading = item
            continue
        heading = None
        if isinstance(item, Line):
            run += ["", item.text] if _begins_paragraph(item, run, step) else [item.text]
            continue
        yield from _text(run, outline, words, guess=not sizes)
        run = []
        if item is not None:
            yield from _rows(item, outline)


def _body(pages: Sequence[Sequence[_Item]]) -> float:
    """Return the size of the letters that most of the text is in."""
    return _usual([(item.size, len(item.text) if isinstance(item, Line) else sum(map(len, sum(item.rows, ())))) for page in pages for item in page])


def _usual(weighted: Sequence[tuple[float, int]]) -> float:
    counted: Counter[float] = Counter()
    for value, weight in weighted:
        counted[round(value, 1)] += weight
    return counted.most_common(1)[0][0] if counted else 0.0


def _is_heading(line: Line, body: float) -> bool:
    return line.size > body * _HEADING and len(line.text.split()) <= _LONGEST_HEADING and any(character.isalpha() for character in line.text)


def _begins_paragraph(line: Line, run: Sequence[str], step: float) -> bool:
    if not run:
        return False
    if line.gap is None:  # the top of a page or column: a sentence may run on
        return run[-1].rstrip().endswith((".", "!", "?", ":", "。")) and not line.text[:1].islower()
    return line.gap > step * _PARAGRAPH


def _text(run: Sequence[str], outline: Outline, words: set[str], guess: bool) -> Iterator[Block]:
    """Give the paragraphs and items of a run of lines; headings are guessed only where no size tells them."""
    if not run:
        return
    joined = _HYPHEN.sub(lambda found: _unbroken(found[1], found[2], words), "\n".join(run))
    if guess:
        yield from text.guessed(joined)
    else:
        yield from text.plain(joined, outline.path)


def _unbroken(first: str, second: str, words: set[str]) -> str:
    """Join a word broken at the end of a line, with its hyphen where it is one of its own."""
    if (first + second).lower() in words or not second[:1].islower() or not first[-1:].isalpha():
        return first + second if second[:1].islower() else f"{first}-{second}"
    return f"{first}-{second}" if first.lower() in _KEEP_HYPHEN else first + second


def _rows(table: Table, outline: Outline) -> Iterator[Block]:
    """Give the rows of a table under its first, where that has no figures."""
    first, *rest = table.rows
    heads = bool(rest) and not any(character.isdigit() for cell in first for character in cell)
    head = table_head([notes.plain(cell) for cell in first]) if heads else ""
    for row in rest if heads else table.rows:
        yield Block(outline.path, "row", table_row(list(row)), head)


def _largest(pages: Sequence[Sequence[_Item]]) -> str:
    """Return the line in the largest letters of the first page, where there is one above the text."""
    lines = [item for item in (pages[0] if pages else ()) if isinstance(item, Line)]
    body = _body(pages)
    largest = max(lines, key=lambda line: line.size, default=None)
    return notes.plain(largest.text) if largest and _is_heading(largest, body) else ""
