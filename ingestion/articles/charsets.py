"""Turns the bytes of an article into text, in the charset they are in rather than the one they may claim."""

import re

import webencodings
from charset_normalizer import from_bytes

from ingestion.articles.blocks import Unreadable

_STATED = re.compile(rb"""(?:<meta[^>]{0,300}?charset\s*=\s*|<\?xml[^>]{0,100}?encoding\s*=\s*)["']?\s*([\w:.+-]{2,40})""", re.IGNORECASE)
_STATED_WITHIN = 4096  # bytes; the standard says 1024, real pages put scripts before it
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27})
UNSEEN = dict.fromkeys([*_CONTROL, 0xAD, 0x200B, 0x2060, 0xFEFF])  # control signs, soft hyphens and signs without width
_MOST_CONTROL = 0.1  # share of control signs beyond which bytes are no text
_FOREIGN = 0.3  # share of letters beyond ASCII from which a charset nobody stated is guessed; western text has a tenth
_GUESSED_FROM = 64_000  # bytes


def decode(raw: bytes) -> str:
    """Return the text of a file without its control signs and soft hyphens. Raises Unreadable for binary data.

    A byte order mark decides, then what is valid UTF-8 beyond ASCII, then the charset that a page states, then the look of the bytes.
    """
    return _decoded(raw).translate(UNSEEN)


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    if wide := _unmarked_utf_16(raw):
        return raw.decode(wide, "replace")
    if len(raw) - len(raw.translate(None, _CONTROL)) > _MOST_CONTROL * len(raw):
        raise Unreadable("it is binary data, not text")
    stated = _stated(raw)
    if not stated.startswith("iso2022"):  # seven bits wide, so that any of it would pass as UTF-8
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    return raw.decode(stated or _guessed(raw) or "windows-1252", "replace")


def _unmarked_utf_16(raw: bytes) -> str | None:
    """Name UTF-16 by its zero bytes, which are nearly all on one side of each pair."""
    left, right = raw[0:20_000:2].count(0), raw[1:20_000:2].count(0)
    pairs = min(len(raw), 20_000) // 2
    if pairs and max(left, right) > 0.4 * pairs and min(left, right) < 0.05 * pairs:
        return "utf-16-be" if left > right else "utf-16-le"
    return None


def _stated(raw: bytes) -> str:
    found = _STATED.search(raw[:_STATED_WITHIN])
    named = webencodings.lookup(found[1].decode("ascii")) if found else None
    if named is None or named.name.startswith("utf-16"):  # a page whose statement can be read is not in UTF-16
        return ""
    codec: str = named.codec_info.name
    return {"shift_jis": "cp932", "gbk": "gb18030", "euc-kr": "cp949"}.get(named.name, codec)


def _guessed(raw: bytes) -> str | None:
    beyond = sum(byte > 127 for byte in raw[:_GUESSED_FROM])
    letters = beyond + sum(chr(byte).isalpha() for byte in raw[:_GUESSED_FROM] if byte < 128)
    if beyond < _FOREIGN * letters:
        return None
    best = from_bytes(raw[:_GUESSED_FROM]).best()
    return best.encoding if best else None
