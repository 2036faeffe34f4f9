"""Takes the words of a PDF with their places, page by page, from PDFium."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pypdfium2
import pypdfium2.raw as pdfium

from ingestion.articles.blocks import Unreadable

_MOST_PAGES = 2_000
_MOST_CHARACTERS = 3_000_000
_LEAST_GAP = 0.22  # of the size of the letters, between two words
_SAME_BASE = 0.25  # of the size, between the bases of letters of a word
_HYPHENS = {0x02: "-", 0xAD: "-"}  # how PDFium gives a hyphen at the end of a line
_SILENT = {0, 0xFFFE, 0xFFFF, 0x200B, 0xFEFF}


@dataclass(frozen=True)
class Word:
    """A word on a page: from `left` to `right` on the line at `base` (points from the lower left corner), its letters `size` high."""

    left: float
    right: float
    base: float
    size: float
    text: str


@dataclass(frozen=True)
class Sheets:
    """The words of each page in the order they were drawn, and the title that the file gives itself."""

    title: str
    pages: tuple[tuple[Word, ...], ...]


def read(raw: bytes) -> Sheets:
    """Read the words of a PDF. Raises Unreadable for one that is damaged, locked or beyond all bounds."""
    try:
        document = pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as exc:
        why = "it is locked with a password" if "password" in str(exc).lower() else f"it is not a PDF that can be read ({exc})"
        raise Unreadable(why) from exc
    try:
        return Sheets(str(document.get_metadata_value("Title") or ""), tuple(_pages(document)))
    except pypdfium2.PdfiumError as exc:
        raise Unreadable(f"it is not a PDF that can be read ({exc})") from exc
    finally:
        document.close()


def _pages(document: pypdfium2.PdfDocument) -> Iterator[tuple[Word, ...]]:
    if len(document) > _MOST_PAGES:
        raise Unreadable(f"it has more than {_MOST_PAGES} pages")
    left = _MOST_CHARACTERS
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage()
        left -= text.count_chars()
        if left < 0:
            raise Unreadable(f"it has more than {_MOST_CHARACTERS:,} characters")
        yield tuple(_words(text))
        text.close()
        page.close()


def _words(page: pypdfium2.PdfTextPage) -> Iterator[Word]:
    """Join letters that stand beside each other on one line."""
    word: Word | None = None
    for letter in _letters(page):
        if word and letter and _continues(word, letter):
            word = replace(word, right=letter.right, text=word.text + letter.text, size=max(word.size, letter.size))
            continue
        if word:
            yield word
        word = letter
    if word:
        yield word


def _continues(word: Word, letter: Word) -> bool:
    if abs(letter.base - word.base) > _SAME_BASE * word.size or not 0.8 < letter.size / word.size < 1.25:
        return False
    return -0.5 * word.size < letter.left - word.right < _LEAST_GAP * word.size


def _letters(page: pypdfium2.PdfTextPage) -> Iterator[Word | None]:
    """Give the letters of a page, None where a word ends."""
    box = pdfium.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    for at in range(page.count_chars()):
        sign = pdfium.FPDFText_GetUnicode(page, at)
        text = _HYPHENS.get(sign) or chr(sign)
        if sign in _SILENT or text.isspace() or not pdfium.FPDFText_GetLooseCharBox(page, at, box):
            yield None
            continue
        pdfium.FPDFText_GetCharOrigin(page, at, x, y)
        yield Word(box.left, box.right, y.value, max(box.top - box.bottom, 1.0), text)
