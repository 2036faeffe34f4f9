"""Bytes of a mail as text, whatever charset they claim to be in."""

import codecs
import re

_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ALIASES = {
    "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "x-sjis": "cp932",
    "shift_jis": "cp932", "shift-jis": "cp932", "iso-8859-8-i": "iso-8859-8", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "us-ascii": "cp1252", "ascii": "cp1252", "unicode-1-1-utf-7": "utf-7", "iso-8859-9": "cp1254", "utf8mb4": "utf-8",
    "x-mac-roman": "mac-roman", "iso-8859-11": "cp874", "tis-620": "cp874", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp", "cp50222": "iso-2022-jp",
}  # fmt: skip
_ESCAPE = re.compile(rb"\x1b(\$[B@]|\([BJIH]|\$\([DQO])")
_NOT_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}
_LONGEST_NAME = 60  # characters; Python keeps every name it was ever asked for


def clean(text: str) -> str:
    """Return a text with line ends of one kind, and without NUL, other control characters and lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", _UNWANTED.sub("", text))


def decode(data: bytes, charset: str) -> str:
    """Decode as declared; what is not in the declared charset is tried as UTF-8, then as windows-1252."""
    codec = _codec(charset)
    if b"\x1b$" in data and (codec in {"", "cp1252"} or codec.startswith("iso2022_jp") or codec in {"iso-2022-jp", "cp50220", "cp50221"}):
        return _japanese(data)
    for candidate in ("utf-8", codec) if codec in {"", "cp1252", "windows-1252"} else (codec, "utf-8"):
        try:
            return data.decode(candidate)
        except (LookupError, ValueError):
            continue
    try:  # a few broken characters in a long text do not make it a different charset
        guess = data.decode(codec, "replace")
        if guess.count("\ufffd") * 3 < sum(character > "\x7f" for character in guess):
            return guess
    except (LookupError, ValueError):
        pass
    return data.decode("cp1252", "replace")


def _codec(charset: str) -> str:
    """Return the name of the codec that a charset means; '' where it is none, or none of text ("unicode escape!" is one by any spelling)."""
    name = charset.strip("\"' \t").lower()
    name = _ALIASES.get(name, name)
    if len(name) > _LONGEST_NAME:
        return ""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):  # a NUL or a surrogate in its name is a ValueError
        return ""
    return "" if found in _NOT_CHARSETS else name


def _japanese(data: bytes) -> str:
    """Decode ISO-2022-JP with the vendors' rows (① ㈱ 髙), which the standard codecs refuse: each pair of bytes is read by its Shift_JIS double."""
    pieces = _ESCAPE.split(data)
    text = [pieces[0].decode("ascii", "replace")]
    for escape, run in zip(pieces[1::2], pieces[2::2], strict=True):
        if escape in {b"$B", b"$@"}:
            pairs, _, rest = run.partition(b"\n")  # a line that forgot to switch back
            text.append(b"".join(_shifted(pairs[at], pairs[at + 1]) for at in range(0, len(pairs) - 1, 2)).decode("cp932", "replace"))
            text.append(f"\n{rest.decode('ascii', 'replace')}" if rest else "")
        elif escape == b"(I":
            text.append(bytes(byte | 0x80 for byte in run).decode("cp932", "replace"))
        else:
            text.append(run.decode("ascii", "replace"))
    return "".join(text)


def _shifted(row: int, cell: int) -> bytes:
    """Return the Shift_JIS pair of a JIS pair (JIS X 0208:1997, annex 1)."""
    lead = ((row + 1) >> 1) + (0x70 if row < 0x5F else 0xB0)
    trail = cell + (0x7E if row % 2 == 0 else 0x20 if cell > 0x5F else 0x1F)
    return bytes((lead & 0xFF, trail & 0xFF))
