"""Puts the placed words of a page into reading order: lines, columns one after the other, tables row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingestion.articles import notes
from ingestion.articles.sheets import Word

_SAME_LINE = 0.5  # of the size, between the bases of words of a line
_RAISED = 0.85  # of the size of its line, below which a word set higher is a superscript
_SEGMENT = 1.3  # of the size, a gap between words that sets two segments of a line apart
_NEXT_LINE = 2.6  # of the size, the widest step between lines that belong together
_CELL_WORDS = 3.5  # mean words of a cell, from which cells side by side are columns of text
_FEWEST = 2  # lines of segments side by side that make a table or columns


@dataclass(frozen=True)
class Line:
    """A line of text, or of one column of text. `gap` is the step down from the line above it, None at the top of a page or column."""

    text: str
    left: float
    base: float
    size: float
    gap: float | None = None


@dataclass(frozen=True)
class Table:
    """Cells side by side, row by row, in letters of one size; empty cells are empty texts."""

    rows: tuple[tuple[str, ...], ...]
    size: float


@dataclass(frozen=True)
class _Segment:
    words: tuple[Word, ...]

    @property
    def left(self) -> float:
        return self.words[0].left

    @property
    def right(self) -> float:
        return max(word.right for word in self.words)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True)
class _Row:
    segments: tuple[_Segment, ...]
    base: float
    size: float


_Gap = tuple[float, float]


def arranged(words: Sequence[Word]) -> Iterator[Line | Table]:
    """Give the lines and tables of a page from top to bottom; columns of text come one after the other."""
    rows = _rows(words)
    at = 0
    while at < len(rows):
        end, gaps = _run(rows, at)
        if end - at >= _FEWEST and gaps:
            yield from _side_by_side(rows[at:end], gaps)
        else:
            end = at + 1
            yield from _lines(rows[at:end], rows[at - 1].base if at else None)
        at = end


def _rows(words: Sequence[Word]) -> list[_Row]:
    """Put words on lines by their base, superscripts with the word they stand at."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda one: (-one.base, one.left)):
        for row in rows[-3:]:
            largest = max(row, key=lambda one: one.size)
            if abs(largest.base - word.base) < _SAME_LINE * max(largest.size, word.size):
                row.append(word)
                break
        else:
            rows.append([word])
    made = []
    for row in rows:
        main = max(row, key=lambda one: (one.size, len(one.text)))
        made.append(_Row(tuple(_segments(_with_marks(sorted(row, key=lambda one: one.left), main))), main.base, main.size))
    return made


def _with_marks(row: Sequence[Word], main: Word) -> list[Word]:
    joined: list[Word] = []
    for word in row:
        if word.size < _RAISED * main.size and word.base > main.base + 0.1 * main.size and joined:
            before = joined[-1]
            joined[-1] = replace(before, text=before.text + notes.marked(word.text), right=word.right)
        elif joined and word.left - joined[-1].right < 0.1 * main.size and joined[-1].text.endswith("\ue001"):
            joined[-1] = replace(joined[-1], text=joined[-1].text + word.text, right=word.right)  # a comma behind a mark
        else:
            joined.append(word)
    return joined


def _segments(row: Sequence[Word]) -> Iterator[_Segment]:
    run: list[Word] = []
    for word in row:
        if run and word.left - run[-1].right > _SEGMENT * max(word.size, run[-1].size):
            yield _Segment(tuple(run))
            run = []
        run.append(word)
    if run:
        yield _Segment(tuple(run))


def _run(rows: Sequence[_Row], start: int) -> tuple[int, list[_Gap]]:
    """Find how far rows with the same gaps between their segments reach, and those gaps."""
    gaps: list[_Gap] = _gaps(rows[start])
    end = start + 1
    while gaps and end < len(rows) and rows[end - 1].base - rows[end].base < _NEXT_LINE * rows[end].size:
        narrowed = [shared for gap in gaps if (shared := _free(gap, rows[end])) is not None]
        if not narrowed or (len(rows[end].segments) > 1 and len(narrowed) < len(gaps) and end - start > 1):
            break
        gaps = narrowed
        end += 1
    while end > start and len(rows[end - 1].segments) < 2 and rows[end - 1].segments[0].left < (gaps[0][0] if gaps else 0):
        if _is_last_of_column(rows, start, end, gaps):
            break
        end -= 1
    return end, gaps


def _is_last_of_column(rows: Sequence[_Row], start: int, end: int, gaps: Sequence[_Gap]) -> bool:
    """Tell whether a row with a segment on the left alone continues a column of text, rather than standing below a table."""
    held = [segment for row in rows[start : end - 1] for segment in row.segments]
    return len(gaps) < 3 and sum(len(one.words) for one in held) >= _CELL_WORDS * max(len(held), 1)


def _gaps(row: _Row) -> list[_Gap]:
    return [(one.right, other.left) for one, other in zip(row.segments, row.segments[1:], strict=False)]


def _free(gap: _Gap, row: _Row) -> _Gap | None:
    """Narrow a gap to what a row leaves free of it, None where text of the row stands across."""
    left, right = gap
    for segment in row.segments:
        if segment.left < (left + right) / 2 <= segment.right:
            return None
        if segment.right <= (left + right) / 2:
            left = max(left, segment.right)
        else:
            right = min(right, segment.left)
    return (left, right) if right - left > 0.5 * row.size else None


def _side_by_side(rows: Sequence[_Row], gaps: Sequence[_Gap]) -> Iterator[Line | Table]:
    bounds = [(left + right) / 2 for left, right in gaps]
    cells = [[_cell(row, low, high) for low, high in zip([float("-inf"), *bounds], [*bounds, float("inf")], strict=True)] for row in rows]
    filled = [cell for line in cells for cell in line if cell]
    if len(gaps) < 3 and sum(len(cell) for cell in filled) >= _CELL_WORDS * len(filled):
        for column in range(len(gaps) + 1):
            held = [_Row((_Segment(line[column]),), row.base, row.size) for line, row in zip(cells, rows, strict=True) if line[column]]
            yield from _lines(held, None)
    else:
        yield Table(tuple(_joined([[_Segment(cell).text if cell else "" for cell in line] for line in cells])), rows[-1].size)


def _cell(row: _Row, low: float, high: float) -> tuple[Word, ...]:
    return tuple(word for segment in row.segments for word in segment.words if low < (word.left + word.right) / 2 <= high)


def _joined(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Give the rows, a line with nothing in its first cell as the second line of the row above it."""
    held: list[str] = []
    for row in rows:
        if held and not row[0]:
            held = [f"{above} {below}".strip() for above, below in zip(held, row, strict=True)]
            continue
        if held:
            yield tuple(held)
        held = list(row)
    yield tuple(held)


def _lines(rows: Sequence[_Row], above: float | None) -> Iterator[Line]:
    for row in rows:
        text = " ".join(segment.text for segment in row.segments)
        yield Line(text, row.segments[0].left, row.base, row.size, None if above is None else above - row.base)
        above = row.base
