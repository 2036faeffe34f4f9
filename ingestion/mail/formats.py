"""The text of a body part, by the format it is written in."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ingestion.mail import charsets, html, transfer
from ingestion.mail.parts import Leaf

_UUENCODED = re.compile(r"^begin(?:-base64)? [0-7]{3,4} ([^\n]{1,200})\n((?:[!-`][ -`]{0,80}\n){1,})(?:`?\n)?end[ \t]*$", re.MULTILINE)
_MARKUP = re.compile(r"\s*<(?:!doctype html|html|head|body|div|p|table|span)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^<>]{1,200}?charset=[\"' ]*([\w:.-]{1,40})|<\?xml[^<>]{1,100}?encoding=[\"']([\w:.-]{1,40})", re.IGNORECASE)
_ENRICHED = re.compile(r"<<|<param>[^<]{0,1000}</param>|<(/?[a-z][\w-]{0,59})>", re.IGNORECASE)
_RICH_BREAKS = {"nl": "\n", "np": "\n\n", "paragraph": "\n\n", "/paragraph": "\n\n", "lt": "<"}
_LARGEST = 1_000_000  # characters of a format that a library takes apart
_HEAD, _TAIL = 1_500_000, 500_000  # characters of plain text that are read of a part which is longer than both


@dataclass(frozen=True)
class Written:
    """What a part says: the text its reader sees, what its page hides, whether it shows pictures, and files written into the text."""

    text: str
    hidden: str = ""
    pictures: bool = False
    files: tuple[tuple[str, int], ...] = ()  # name and size in bytes
    cut: int = 0  # characters of a part that is longer than any letter, which nobody here reads


def read(data: bytes, leaf: Leaf) -> Written:
    """Return what a part says. A format that nobody knows is read as plain text."""
    reader = _READERS.get(leaf.media_type, _plain)
    return reader(data, leaf)


def is_read(leaf: Leaf) -> bool:
    """Tell whether a part is text that a mail client would show: every kind of text but tables, cards and code."""
    return leaf.media_type in _READERS or (leaf.media_type.startswith("text/") and leaf.name is None and leaf.media_type not in _DATA)


def is_page(leaf: Leaf) -> bool:
    """Tell whether a part is HTML."""
    return leaf.media_type in {"text/html", "application/xhtml+xml"}


def is_common(leaf: Leaf) -> bool:
    """Tell whether a part is plain text or HTML, which every client shows."""
    return leaf.media_type == "text/plain" or is_page(leaf)


def is_invitation(leaf: Leaf) -> bool:
    """Tell whether a part is a calendar entry, which is read only where nothing else is."""
    return leaf.media_type in {"text/calendar", "application/ics"}


def _page(data: bytes, leaf: Leaf) -> Written:
    stated = _CHARSET.search(data[:4096])
    name = (stated[1] or stated[2]).decode("ascii", "replace") if stated else ""
    return of_page(charsets.clean(charsets.decode(data, leaf.charset or name)))


def of_page(source: str) -> Written:
    """Return what a page says."""
    seen = html.read(source)
    return Written(seen.text, seen.hidden, seen.pictures, cut=seen.cut)


def _plain(data: bytes, leaf: Leaf) -> Written:
    text = charsets.clean(charsets.decode(data, leaf.charset))
    if _MARKUP.match(text):
        return of_page(text)
    files = tuple((block[1].strip(), len(transfer.uudecode(block[2].encode("ascii")))) for block in _UUENCODED.finditer(text))
    text = _UUENCODED.sub("", text)
    cut = max(0, len(text) - _HEAD - _TAIL)
    if cut:
        text = f"{text[:_HEAD]}\n\n[…]\n\n{text[-_TAIL:]}"
    return Written(_unflow(text, drops_space=leaf.drops_space) if leaf.is_flowed else text, files=files, cut=cut)


def _enriched(data: bytes, leaf: Leaf) -> Written:
    """Read text/enriched (RFC 1896) and the older text/richtext (RFC 1341): commands in angle brackets, single line ends that are spaces."""
    text = charsets.clean(charsets.decode(data, leaf.charset))
    if not _ENRICHED.search(text):
        return Written(text)
    said = _ENRICHED.sub(lambda found: "<" if found[0] == "<<" else _RICH_BREAKS.get((found[1] or "").lower(), ""), text)
    return Written(re.sub(r"\n{2,}", lambda run: run[0][1:], re.sub(r"(?<!\n)\n(?!\n)", " ", said)))


def of_rtf(source: str) -> str:
    """Return the text of an RTF document. Raises nothing: a broken one says what could be read."""
    from striprtf.striprtf import rtf_to_text  # as rare as calendars are

    try:
        return charsets.clean(str(rtf_to_text(source[:_LARGEST], errors="replace")))
    except Exception:  # anybody writes it, and the library raises whatever it stumbles over
        return ""


def _rtf(data: bytes, leaf: Leaf) -> Written:
    return Written(of_rtf(data.decode("latin-1")))


def _invitation(data: bytes, leaf: Leaf) -> Written:
    """Read what a calendar entry says to people: what it is called, and what is written below it. In an answer only the comment is its sender's."""
    import icalendar  # a fortieth of a second to import, and few mails invite

    try:
        calendar = icalendar.Calendar.from_ical(charsets.decode(data, leaf.charset)[:_LARGEST])
        names = ("comment",) if str(calendar.get("method", "")).upper() == "REPLY" else ("summary", "description", "comment")
        said = [str(entry.get(name, "")) for entry in calendar.walk() for name in names]
    except Exception:  # as above: what the library stumbles over is no calendar
        return Written("")
    return Written(charsets.clean("\n\n".join(dict.fromkeys(filter(None, map(str.strip, said))))))


def _unflow(text: str, *, drops_space: bool) -> str:
    """Join the soft line breaks of RFC 3676, so that a sentence is on one line again."""
    lines: list[list[str]] = []
    depth, is_open = 0, False
    for line in text.split("\n"):
        content = line.lstrip(">")
        marks = len(line) - len(content)
        content = content[1:] if content.startswith(" ") else content
        if is_open and marks == depth and content != "-- ":
            lines[-1].append(content)
        else:
            lines.append([("> " if marks else "") + content])
        depth, is_open = marks, content.endswith(" ") and content != "-- "
        if is_open and drops_space:
            lines[-1][-1] = lines[-1][-1][:-1]
    return "\n".join("".join(pieces) for pieces in lines)


_READERS: dict[str, Callable[[bytes, Leaf], Written]] = {
    "text/plain": _plain,
    "text/html": _page,
    "application/xhtml+xml": _page,
    "text/markdown": _plain,
    "text/x-markdown": _plain,
    "text/enriched": _enriched,
    "text/richtext": _enriched,
    "text/rtf": _rtf,
    "application/rtf": _rtf,
    "text/calendar": _invitation,
    "application/ics": _invitation,
}
_DATA = {"text/csv", "text/tab-separated-values", "text/vcard", "text/x-vcard", "text/directory", "text/css", "text/javascript", "text/xml",
         "text/x-amp-html", "text/rfc822-headers", "text/x-patch", "text/x-diff", "text/watch-html"}  # fmt: skip
