"""A secret in every spelling that libraries and servers give it: as it is, escaped, encoded, or a part of it."""

import base64
import re
from functools import lru_cache

PUT = "[key]"
SHORTEST_PART = 12  # characters of a secret that an error may not show: fewer are in what providers show on purpose


def without(text: str, secret: str) -> str:
    """Return a text without a secret, whichever way it is written in it."""
    text = _pattern(secret).sub(PUT, text)
    for coded in _coded(secret):
        text = text.replace(coded, PUT)
    return _without_parts(text, secret)


@lru_cache(64)
def _pattern(secret: str) -> re.Pattern[str]:
    """Return a pattern of a secret of which each character may be escaped, as in URLs, Python, JSON, HTML and mail."""
    return re.compile("".join(_escapes(one) for one in secret))


def _escapes(character: str) -> str:
    code, number = f"{ord(character):x}", ord(character)
    utf8 = character.encode("utf-8", "surrogatepass")
    ways = {re.escape(character), rf"(?i:\\{{1,4}}u0*{code})", rf"(?i:&#x0*{code};)", rf"&#0*{number};", rf"\\{{1,4}}{re.escape(character)}"}
    for mark in ("%", "%25", "=", r"\\{1,4}x"):
        ways.add("(?i:" + "".join(f"{mark}{byte:02x}" for byte in utf8) + ")")
    if named := {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": r"\\{1,4}n", "\r": r"\\{1,4}r", "\t": r"\\{1,4}t", " ": r"\+"}.get(
        character
    ):
        ways.add(named)
    return f"(?:{'|'.join(sorted(ways, key=len, reverse=True))})"


@lru_cache(64)
def _coded(secret: str) -> tuple[str, ...]:
    """Return what stands for the whole of a secret in hex, and in base64 wherever it begins in what was coded."""
    raw = secret.encode("utf-8", "surrogatepass")
    found = {raw.hex(), raw.hex().upper(), secret[::-1]}
    for before in range(3):
        for coded in (base64.b64encode(b"x" * before + raw), base64.urlsafe_b64encode(b"x" * before + raw)):
            first = -(-before * 8 // 6)  # characters that hold a bit of what stands before
            whole = (before + len(raw)) * 8 // 6
            found.add(coded.decode()[first:whole])
    return tuple(sorted((one for one in found if len(one) >= 8), key=len, reverse=True))


def _without_parts(text: str, secret: str) -> str:
    """Take out every long part of a secret: a server may quote it cut off."""
    if len(secret) <= SHORTEST_PART:
        return text
    pieces, at = [], 0
    while at < len(text):
        end = at + SHORTEST_PART
        if text[at:end] in secret and end <= len(text):
            while end < len(text) and text[at : end + 1] in secret:
                end += 1
            pieces.append(PUT)
            at = end
        else:
            pieces.append(text[at])
            at += 1
    return "".join(pieces)
