"""The articles of a help centre, each read from one Markdown, HTML, text or PDF file."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ingestion.articles import html, markdown, text
from ingestion.articles.blocks import Block, Parsed, Unreadable

SUFFIXES = {".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html", ".txt": "text", ".text": "text", ".pdf": "pdf"}
LARGEST = 25_000_000  # bytes; a help-centre article beyond this is a dump of something else


@dataclass(frozen=True)
class Article:
    """One file of a help centre. `path` is relative to what was ingested; `checksum` is the sha256 of the file."""

    path: str
    title: str
    updated: str | None
    checksum: str
    blocks: tuple[Block, ...]

    @property
    def words(self) -> int:
        """Return the number of words in its blocks."""
        return sum(len(block.text.split()) for block in self.blocks)


def read(file: Path, path: str) -> Article:
    """Read one file as the article `path`. Raises Unreadable with the reason in plain words."""
    if not file.exists():
        raise Unreadable("it cannot be opened: there is no such file or folder")
    form = SUFFIXES.get(file.suffix.lower())
    if form is None:
        raise Unreadable(f"{file.suffix or 'a file without a suffix'} is not read (Markdown, HTML, text and PDF are)")
    raw = _bytes(file)
    parsed = _parse(raw, form)
    blocks = [block for block in parsed.blocks if any(character.isalnum() for character in block.text)]
    if not blocks:
        raise Unreadable("there is no text in it" + (" (a scanned PDF needs text recognition first)" if form == "pdf" else ""))
    title = " ".join((parsed.title or _first_heading(blocks) or _from_name(file)).split())
    return Article(path, title, parsed.updated, hashlib.sha256(raw).hexdigest(), tuple(_without_title(blocks, title)))


def decode(raw: bytes) -> str:
    """Return the text of a file: UTF-8 or UTF-16 by its mark, else UTF-8, else windows-1252. Raises Unreadable for binary data."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    if b"\x00" in raw:
        raise Unreadable("it is binary data, not text")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("windows-1252", "replace")


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > LARGEST:
            raise Unreadable(f"it is larger than {LARGEST // 1_000_000} MB")
        return file.read_bytes()
    except OSError as exc:
        raise Unreadable(f"it cannot be opened: {exc.strerror or exc}") from exc


def _parse(raw: bytes, form: str) -> Parsed:
    if form == "markdown":
        return markdown.parse(decode(raw))
    if form == "html":
        return html.parse(decode(raw))
    return text.parse_pdf(raw) if form == "pdf" else text.parse(decode(raw))


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
