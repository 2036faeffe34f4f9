"""Reads a Word document (.docx) into blocks, by way of the HTML that mammoth makes of it."""

import io
import zipfile

import mammoth

from ingestion.articles import html
from ingestion.articles.blocks import Parsed, Unreadable

_LARGEST = 60_000_000  # bytes unpacked; more is a bomb, or not an article
_STYLES = "strike => s\np[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh\n"


def parse(raw: bytes) -> Parsed:
    """Read a document: headings by style, lists, tables with their spans, footnotes; deletions and comments are not text."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(one.file_size for one in packed.infolist()) > _LARGEST:
                raise Unreadable(f"it unpacks to more than {_LARGEST // 1_000_000} MB")
            if packed.testzip() is not None:
                raise Unreadable("it is a damaged Word document")
        made = mammoth.convert_to_html(io.BytesIO(raw), style_map=_STYLES, convert_image=mammoth.images.img_element(lambda image: {"src": ""}))
    except Unreadable:
        raise
    except Exception as exc:  # mammoth and the XML below it raise almost any built-in class for a damaged file
        raise Unreadable(f"it is not a Word document that can be read ({exc or type(exc).__name__})") from exc
    return html.read(f"<main>{made.value}</main>")
