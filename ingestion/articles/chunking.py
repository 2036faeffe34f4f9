"""Cuts an article into passages: windows of whole sentences, steps and table rows under their headings."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby

from ingestion.articles.blocks import Block
from ingestion.articles.reading import Article
from retrieval.passages import Passage

_SENTENCE_END = re.compile(
    r"(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bNo\.)(?<!\bapprox\.)(?<!\b[A-Z]\.)(?<=[.!?…])[\"'”’)\]]*\s+(?=\S)"
    r"|(?<=[。！？])"
)

_MARK = re.compile(r"\w+|[^\w\s|-]")
_MARKS_PER_WORD = 1.2  # in plain prose
_MOST_CHARACTERS_PER_WORD = 9  # beyond that it is identifiers, encoded data, or a script without spaces
_LONGEST_RUN = 450  # characters without a space that are kept in one piece


@dataclass(frozen=True)
class Chunking:
    """How articles are cut. `words`: most words of a window; `settled`: words from which a window ends at the next heading.

    Words and punctuation marks are counted and put into words of plain prose, because what is full of marks (addresses, listings, codes)
    takes far more of the encoder's tokens a word than prose does, and tokens beyond the encoder's most would not be searched.

    A window may exceed `words` by a `tolerance` share, where a list, a table or a short rest would be torn otherwise.
    """

    words: int = 180
    settled: int = 90
    tolerance: float = 0.25

    @property
    def most(self) -> int:
        """Return the most words a window has, its headings not counted, unless one row or word-like run is longer."""
        return int(self.words * (1 + self.tolerance))

    def settings(self) -> dict[str, float]:
        """Return the settings as they stand in a manifest."""
        return asdict(self)


@dataclass(frozen=True)
class _Piece:
    """What a window is built of: blocks that belong together."""

    blocks: tuple[Block, ...]

    @property
    def words(self) -> int:
        return sum(_size(block.text) for block in self.blocks)


def cut(article: Article, chunking: Chunking) -> list[Passage]:
    """Return the passages of an article in reading order. Every word of its blocks is in exactly one of them; table heads may repeat."""
    seen: dict[str, int] = {}
    passages = []
    for window in _windows(article.blocks, chunking):
        heading = " > ".join(window[0].headings)
        text = _text(window)
        count = seen[text] = seen.get(text, 0) + 1
        passages.append(Passage(_id(article.path, text, count), article.path, article.title, heading, text, article.updated, article.version))
    return passages


def _id(path: str, text: str, count: int) -> str:
    return hashlib.sha256("\x00".join([path, text, str(count)]).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _size(text: str) -> int:
    return round(max(len(_MARK.findall(text)) / _MARKS_PER_WORD, len(text) / _MOST_CHARACTERS_PER_WORD))


def _windows(blocks: Iterable[Block], chunking: Chunking) -> list[list[Block]]:
    windows: list[list[Block]] = []
    held = 0
    for headings, section in groupby(blocks, key=lambda block: block.headings):
        for piece in _pieces(section, chunking):
            words = piece.words
            if windows and _fits(held, words, windows[-1][-1].headings == headings, chunking):
                windows[-1].extend(piece.blocks)
                held += words
            else:
                windows.append(list(piece.blocks))
                held = words
    return windows


def _fits(held: int, words: int, same_section: bool, chunking: Chunking) -> bool:
    """Tell whether so many words more go into a window that holds so many."""
    if not same_section:
        return held < chunking.settled and held + words <= chunking.words
    limit = chunking.most if words <= chunking.words * chunking.tolerance else chunking.words
    return held + words <= limit


def _pieces(section: Iterable[Block], chunking: Chunking) -> Iterator[_Piece]:
    """Group a section's lists and tables with the line that leads in to them, and cut what is longer than a window."""
    group: list[Block] = []
    for block in section:
        if group and not _belongs(group[-1], block):
            yield from _cut_down(group, chunking)
            group = []
        group.append(block)
    yield from _cut_down(group, chunking)


def _belongs(before: Block, block: Block) -> bool:
    if before.kind == "paragraph":
        return block.kind != "paragraph" and before.text.rstrip().endswith((":", "："))
    return before.kind == block.kind != "code" and before.head == block.head


def _cut_down(group: list[Block], chunking: Chunking) -> Iterator[_Piece]:
    whole = _Piece(tuple(group))
    if whole.words <= chunking.most:
        yield whole
        return
    for block in group:
        for part in _parts(block, chunking.words):
            yield _Piece((part,))


def _parts(block: Block, most: int) -> Iterator[Block]:
    """Cut a block that is longer than a window into sentences or lines, and those, if they still are, at spaces."""
    if _size(block.text) <= most:
        yield block
        return
    joint = "\n" if block.kind == "code" else " "
    run: list[str] = []
    for unit in _units(block, most):
        if run and _size(joint.join([*run, unit])) > most // 2:  # halves leave room for what stands around them
            yield Block(block.headings, block.kind, joint.join(run), block.head)
            run = []
        run.append(unit)
    yield Block(block.headings, block.kind, joint.join(run), block.head)


def _units(block: Block, most: int) -> Iterator[str]:
    """Give the lines or sentences of a block; those longer than a window in pieces cut at spaces."""
    for unit in block.text.split("\n") if block.kind == "code" else _SENTENCE_END.split(block.text):
        if _size(unit) <= most:
            yield unit
            continue
        run: list[str] = []
        held = 0
        for word in re.findall(rf"\S{{1,{_LONGEST_RUN}}}", unit):
            if run and held + _size(word) > most // 2:
                yield " ".join(run)
                run, held = [], 0
            run.append(word)
            held += max(_size(word), 1)
        yield " ".join(run)


def _text(window: list[Block]) -> str:
    """Write a window out: table heads over their rows, and headings that begin inside it as lines of their own."""
    lines: list[str] = []
    before: Block | None = None
    for block in window:
        if before and block.headings != before.headings:
            lines += ["", block.headings[-1] if block.headings else ""]
        elif before and block.kind != before.kind and not before.text.endswith(":"):
            lines.append("")
        if block.kind == "row" and block.head and (before is None or before.head != block.head or before.headings != block.headings):
            lines.append(block.head)
        lines.append(block.text)
        before = block
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
