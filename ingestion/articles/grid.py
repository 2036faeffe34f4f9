"""Reads a table of a page as the grid it draws: rows with every cell in its column, under the heads of the columns."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from ingestion.articles.blocks import table_head, table_row

_YES = re.compile(r"(?:^|[\W_])(?:check(?:mark|ed)?|tick|yes|included|available|true|done|ok)(?:$|[\W_])", re.IGNORECASE)
_NO = re.compile(r"(?:^|[\W_])(?:cross|x-?mark|times|no|none|close|excluded|unavailable|minus|dash|false|ban)(?:$|[\W_])", re.IGNORECASE)
_SIGNS = {**dict.fromkeys("✓✔✅☑🗸", "yes"), **dict.fromkeys("✗✘❌✕✖☒", "no")}
_MOST_COLUMNS, _MOST_SPAN = 60, 500
_LONGEST_HEAD = 6  # words of a cell that can be the head of a column

Words = Callable[[LexborNode], str]


@dataclass(frozen=True)
class Row:
    """A row of a table as a line of Markdown, with the two lines of its head; or, without a head, a note that spans the table."""

    text: str
    head: str = ""
    is_note: bool = False


@dataclass(frozen=True)
class _Cell:
    text: str
    is_head: bool
    origin: int  # the same for all places that one cell spans


def is_layout(table: LexborNode) -> bool:
    """Tell whether a table sets a page rather than data: it holds tables or whole blocks, has one column, or says so."""
    if table.attributes.get("role") in {"presentation", "none"}:
        return True
    cells = table.css("td, th")
    if table.css_first("th") is None and len(cells) <= max(len(table.css("tr")), 1):
        return True
    return any(cell.css_first("table, h1, h2, h3, h4, h5, h6") is not None for cell in cells)


def rows(table: LexborNode, words: Words) -> Iterator[Row]:
    """Give the rows of a table below its heads; `words` reads the text of a cell."""
    lines = _grid(table, words)
    heads = _heads(table, lines)
    head = table_head(_joined(lines[:heads])) if heads else ""
    group = ""
    for number, line in enumerate(lines[heads:], heads):
        if len(line) > 1 and len({cell.origin for cell in line}) == 1:
            text = line[0].text
            if number + 1 < len(lines) and not text.endswith((".", "!", "。")):
                group = text
            elif text:
                yield Row(text, is_note=True)
            continue
        texts = [cell.text for cell in line]
        if any(texts):
            yield Row(table_row([f"{group}: {texts[0]}" if group and texts[0] else texts[0] or group, *texts[1:]]), head)


def _grid(table: LexborNode, words: Words) -> list[list[_Cell]]:
    """Lay out the cells, those that span rows or columns in every place they cover."""
    lines: list[list[_Cell]] = []
    below: dict[int, tuple[_Cell, int]] = {}  # by column: the cell reaching down into this row, and for how many rows
    for number, row in enumerate(table.css("tr")):
        line: list[_Cell] = []
        for place, cell in enumerate(row.css("td, th")):
            _reach_down(line, below)
            wide = min(_span(cell, "colspan"), _MOST_COLUMNS - len(line))
            made = _Cell(_shown(cell, words), cell.tag == "th", number * 1000 + place)
            for _ in range(wide):
                if (deep := _span(cell, "rowspan")) > 1:
                    below[len(line)] = (made, deep)
                line.append(made)
        _reach_down(line, below)
        below = {column: (cell, deep - 1) for column, (cell, deep) in below.items() if deep > 1}
        if line:
            lines.append(line)
    width = max(map(len, lines), default=0)
    return [line + [_Cell("", False, -1)] * (width - len(line)) for line in lines]


def _reach_down(line: list[_Cell], below: dict[int, tuple[_Cell, int]]) -> None:
    while len(line) in below and len(line) < _MOST_COLUMNS:
        line.append(below[len(line)][0])


def _heads(table: LexborNode, lines: Sequence[Sequence[_Cell]]) -> int:
    """Count the rows that head the others: those of the thead, of th alone, in bold, or of words where the rows below have figures."""
    if len(lines) < 2:
        return 0
    stated = len(table.css("thead tr"))
    if not stated:
        while stated < len(lines) - 1 and all(cell.is_head for cell in lines[stated]):
            stated += 1
    if stated:
        return min(stated, len(lines) - 1)
    first = table.css_first("tr")
    deep = max((_span(cell, "rowspan") for cell in first.css("td, th")), default=1) if first else 1
    if first and 1 < deep < len(lines) and first.css_first("[colspan]") and not any(_has_figure(cell.text) for line in lines[:deep] for cell in line):
        return deep
    cells = first.css("td, th") if first else []
    if cells and all(_is_bold(cell) for cell in cells):
        return 1
    return 1 if _reads_as_heads(lines) else 0


def _is_bold(cell: LexborNode) -> bool:
    bold = cell.css_first("b, strong")
    return cell.tag == "th" or (bold is not None and (bold.text() or "").strip() == (cell.text() or "").strip())


def _reads_as_heads(lines: Sequence[Sequence[_Cell]]) -> bool:
    first, rest = [cell.text for cell in lines[0]], lines[1:]
    if (
        lines[0][0].is_head
        or len(first) < 2
        or len(set(first)) < len(first)
        or any(_has_figure(text) or len(text.split()) > _LONGEST_HEAD for text in first)
    ):
        return False
    return any(all(_has_figure(line[column].text) for line in rest) for column in range(1, len(first)))


def _has_figure(text: str) -> bool:
    return any(character.isdigit() or character in "✓✔✗✘✅❌—–" for character in text) or text.casefold() in {"yes", "no"}


def _joined(heads: Sequence[Sequence[_Cell]]) -> list[str]:
    """Join the heads of a column, the outer before the inner."""
    return [" ".join(dict.fromkeys(line[column].text for line in heads if line[column].text)) for column in range(len(heads[0]))]


def _shown(cell: LexborNode, words: Words) -> str:
    """Return the text of a cell; of a cell with a picture alone, what the picture says: a tick is yes, a cross is no."""
    if text := words(cell):
        return _SIGNS.get(text.rstrip("\ufe0f"), text)
    for node in cell.css("img, i, span, svg, input"):
        said = node.attributes.get("alt") or node.attributes.get("aria-label") or node.attributes.get("title") or ""
        named = f"{said} {node.attributes.get('class') or ''} {(node.attributes.get('src') or '').rsplit('/', 1)[-1]}"
        if node.attributes.get("type") == "checkbox":
            return "yes" if "checked" in node.attributes else "no"
        if _NO.search(named):
            return "no"
        if _YES.search(named):
            return "yes"
        if said:
            return " ".join(said.split())
    return ""


def _span(cell: LexborNode, name: str) -> int:
    stated = (cell.attributes.get(name) or "").strip()
    return min(max(int(stated), 1), _MOST_SPAN) if stated.isascii() and stated.isdigit() else 1
