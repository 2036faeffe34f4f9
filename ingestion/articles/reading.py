"""The articles of a help centre, each read from one Markdown, HTML, text or PDF file."""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ingestion.articles import charsets, dates, html, markdown, pdf, text, word
from ingestion.articles.blocks import Block, Parsed, Unreadable

LARGEST = 25_000_000  # bytes; a help-centre article beyond this is a dump of something else


def _written(parse: Callable[[str], Parsed]) -> Callable[[bytes], Parsed]:
    """Return a reader of bytes for a format that is text."""
    return lambda raw: parse(charsets.decode(raw))


_markdown, _html, _text = _written(markdown.parse), _written(html.parse), _written(text.parse)
READERS: dict[str, Callable[[bytes], Parsed]] = {
    ".md": _markdown, ".markdown": _markdown, ".mdx": _written(lambda written: markdown.parse(written, mdx=True)),
    ".html": _html, ".htm": _html, ".xhtml": _html, ".txt": _text, ".text": _text, ".pdf": pdf.parse, ".docx": word.parse,
}  # fmt: skip


@dataclass(frozen=True)
class Article:
    """One file of a help centre. `path` is relative to what was ingested; `checksum` is the sha256 of the file.

    `version` and `replaces` are what it says of itself; `left_out` is what stands in the file and is not read, each with the reason before it.
    """

    path: str
    title: str
    updated: str | None
    checksum: str
    blocks: tuple[Block, ...]
    version: str | None = None
    replaces: str | None = None
    left_out: tuple[str, ...] = ()

    @property
    def words(self) -> int:
        """Return the number of words in its blocks."""
        return sum(len(block.text.split()) for block in self.blocks)


def read(file: Path, path: str) -> Article:
    """Read one file as the article `path`. Raises Unreadable with the reason in plain words."""
    if not file.exists():
        raise Unreadable("it cannot be opened: there is no such file or folder")
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise Unreadable(f"{file.suffix or 'a file without a suffix'} is not read (Markdown, HTML, text, PDF and .docx are)")
    raw = _bytes(file)
    parsed = reader(raw)
    blocks = [block for block in parsed.blocks if any(character.isalnum() for character in block.text)]
    if not blocks:
        raise Unreadable("there is no text in it" + (" (a scanned PDF needs text recognition first)" if reader is pdf.parse else ""))
    title = " ".join((parsed.title or _first_heading(blocks) or _from_name(file)).split())
    checksum, kept = hashlib.sha256(raw).hexdigest(), tuple(_without_title(blocks, title))
    updated = parsed.updated and (dates.iso(parsed.updated) or parsed.updated)
    return Article(path, title, updated, checksum, kept, parsed.version, parsed.replaces, parsed.left_out)


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > LARGEST:
            raise Unreadable(f"it is larger than {LARGEST // 1_000_000} MB")
        return file.read_bytes()
    except OSError as exc:
        raise Unreadable(f"it cannot be opened: {exc.strerror or exc}") from exc


def _first_heading(blocks: Iterable[Block]) -> str:
    return next((block.headings[0] for block in blocks if block.headings), "")


def _from_name(file: Path) -> str:
    return re.sub(r"[-_\s]+", " ", file.stem).strip().capitalize()


def _without_title(blocks: Iterable[Block], title: str) -> Iterable[Block]:
    """Take the title off the headings, where a file repeats it as its first heading."""
    folded = _folded(title)
    for block in blocks:
        cut = 1 if block.headings and _folded(block.headings[0]) == folded else 0
        yield Block(block.headings[cut:], block.kind, block.text, block.head)


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
