"""Text as its reader sees it, and what disguises hide from that reader: invisible characters, look-alike letters, encoded runs."""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from urllib.parse import unquote

_LATIN = "\\x00-\\u024f"
# A joiner is dropped beside Latin letters only: emoji, Persian and Indic scripts need theirs.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0]+"
    "|[\U000e0000-\U000e0fff]+"
    f"|(?<=[{_LATIN}])[\u200c\u200d\ufe0f]+|[\u200c\u200d]+(?=[{_LATIN}])"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_FLAG = "\U0001f3f4"  # subdivision flags are this one and tag characters
_SMUGGLED = 4  # characters; fewer say nothing
_MOST_TOLD = 100  # places with overrides that are told: one is enough to see what the text is


@dataclass(frozen=True)
class Smuggled:
    """Text carried in characters that nobody sees, with its place in the visible text."""

    text: str
    at: int


def visible(text: str) -> tuple[str, tuple[Smuggled, ...]]:
    """Return a text composed (NFC) without its invisible characters, and what those carried."""
    if text.isascii():
        return text, ()
    text = unicodedata.normalize("NFC", text)
    found: list[Smuggled] = []
    dropped = 0
    is_turned = _RIGHT_TO_LEFT.search(text) is None  # overrides belong to scripts that run that way; elsewhere they turn letters round

    def drop(match: re.Match[str]) -> str:
        nonlocal dropped
        run = match[0]
        if run[0] > "\U000dffff" and text[match.start() - 1 : match.start()] == _FLAG:
            return run
        says = _carried(run)
        if len(says) >= _SMUGGLED:
            found.append(Smuggled(says, match.start() - dropped))
        elif is_turned and ("\u202d" in run or "\u202e" in run) and len(found) < _MOST_TOLD:
            found.append(Smuggled("text turned round by an override character", match.start() - dropped))
        dropped += len(run)
        return ""

    return _INVISIBLE.sub(drop, text), tuple(found)


def _carried(run: str) -> str:
    """Read tag characters as the ASCII they double, variation selectors as the bytes they number."""
    tags = "".join(chr(ord(one) - 0xE0000) for one in run if "\U000e0020" <= one <= "\U000e007e")
    numbered = bytes(number for one in run if 0 <= (number := ord(one) - 0xFE00 if one < "\U000e0000" else ord(one) - 0xE0100 + 16) < 256).decode(
        "utf-8", "ignore"
    )
    return tags or (numbered if numbered.isprintable() else "")


_LOOKALIKES = dict(
    zip(
        "аеорсухіјѕԁһвкмнтгԛѡӏиАЕОРСУХІЈЅВКМНТԚԜαβεηικνορτυχωΑΒΕΖΗΙΚΜΝΟΡΤΥΧıłøðđħŋʀʟɪɴɢᴀʙᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜱꜰ",
        "aeopcyxijsdhbkmhtrqwlnaeopcyxijsbkmhtqwabenikvoptuxwabezhikmnoptyxiloddhnrlingabcdejkmoptuvwzsf",
        strict=True,
    )
)  # fmt: skip
_MARKS = {"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‹": '"', "›": '"',
          "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "＿": "_"}  # fmt: skip
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


def _base(character: str) -> str | None:
    """Return the one ASCII character that a decorated one is a form of, None where there is none."""
    decomposed = [one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one)]
    return decomposed[0].lower() if len(decomposed) == 1 and decomposed[0].isascii() else None


_LETTERS = {
    code: base
    for code in chain(range(0xA0, 0x250), range(0x1E00, 0x1F00), range(0x2070, 0x2150), range(0x24B6, 0x24EA), range(0xFF01, 0xFF5F), range(0x1D400, 0x1D800))
    if (base := _base(chr(code)))
}  # fmt: skip
_DIGITS = {code: str(unicodedata.digit(chr(code))) for code in range(0x660, 0x1FBFA) if unicodedata.category(chr(code)) == "Nd"}
_PLAIN = {ord(one): two for one, two in _MARKS.items()} | dict.fromkeys(map(ord, _SPACES), " ")
_NUMERIC = str.maketrans(_DIGITS | _PLAIN)
_FOLDED = str.maketrans(_LETTERS | {ord(one): two for one, two in _LOOKALIKES.items()} | {ord("ß"): "s"} | _DIGITS | _PLAIN)
_LEET = str.maketrans("013457@$", "oieastas")
_LEET_SPEAK = re.compile(r"(?<=[a-z])[013457@$](?=[a-z])|(?<![\w@$])[013457@$](?=[a-z][a-z013457@$]{2})|(?<=[a-z]{4})[013457@$](?![\w@$])")


def plain_numbers(text: str) -> str:
    """Return a text of the same length in which digits, dashes, quotes and spaces of any script are ASCII."""
    return text if text.isascii() else text.translate(_NUMERIC)


def fold(text: str) -> str:
    """Return a text of the same length in lower-case letters without accents, look-alikes from other scripts or digits for letters."""
    text = (text if text.isascii() else text.translate(_FOLDED)).lower()
    return _LEET_SPEAK.sub(lambda match: match[0].translate(_LEET), text)


_BASE64 = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{20,}(?:\r?\n[A-Za-z0-9+/_-]{8,})*={0,2}")
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}){8,}|(?:&#[xX]?[0-9A-Fa-f]{2,6};){8,}")
_SPACED_OUT = re.compile(r"(?<!\w)(?:[^\W\d_][ .*_-]{1,3}){9,}[^\W\d_](?!\w)")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def encoded(text: str) -> Iterator[tuple[int, int, str]]:
    """Give each run of a text that decodes to readable text, as (start, end, decoded): base64, hex, escapes, spaced-out letters."""
    for match in _BASE64.finditer(text):
        if decoded := _unpacked("".join(match[0].split())):
            yield match.start(), match.end(), decoded
    for match in _ESCAPED.finditer(text):
        yield match.start(), match.end(), html.unescape(unquote(match[0].replace("\\x", "%")))
    for match in _SPACED_OUT.finditer(text):
        words = re.split(r"[ .*_-]{2,3}", match[0])
        yield match.start(), match.end(), " ".join(re.sub(r"[ .*_-]", "", word) for word in words)


def turned(text: str) -> tuple[str, str]:
    """Return a text read by rot13, and read backwards."""
    return codecs.decode(text, "rot13"), text[::-1]


def _unpacked(run: str) -> str:
    if _HEX.fullmatch(run):
        data = bytes.fromhex(run)
    else:
        run = run.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            data = base64.b64decode(run[: len(run) - (len(run) % 4 == 1)] + "=" * (-len(run) % 4))
        except binascii.Error:
            return ""
    decoded = data.decode("utf-8", "ignore")
    readable = sum(one.isalpha() or one == " " for one in decoded[:2000])
    return decoded if readable > 0.8 * min(len(data), 2000) else ""
