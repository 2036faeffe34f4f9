"""Plain text: one line that is nothing but words, whoever shows it and wherever."""

import re
import unicodedata
from collections.abc import Iterator

from service.text import domains

_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?(?:-->|$)|<![A-Za-z\[][^<>]*>", re.S)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.I)
_MARKDOWN_LINK = re.compile(r"!?\[([^\]\n]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)")
_MARKS = re.compile(r"`+|\*\*|__(?=\S)|(?<=\S)__|~~|^\s*(?:#{1,6}|[-*+>]|\d+[.)])\s+", re.M)
_EMPHASIS = re.compile(
    r"(?<![\w*])\*(?=[\w\"'(])(?P<stars>[^*\n]{0,200}?[\w.,:;!?)\"'])\*(?![\w*])|(?<![\w_])_(?=[^\W_])(?P<lines>[^_\n]{0,200}?[^\W_][.!?]?)_(?!\w)"
)
_LINK = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,30}://\S+|\b(?:www\.|mailto:|javascript:|data:[a-z]+/)\S+|\b(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,63}/\S*", re.I
)
_PASSES = 4  # what is taken out of the midst of something may leave a mark or a link behind
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_ENDS = ("Cc", "Zl", "Zp")
_ANY_END = re.compile("\r\n?|[\u2028\u2029]")
_JOINERS = "\u200c\u200d"  # Persian, Indic scripts and emoji need theirs


def faults(text: str) -> Iterator[str]:
    """Say what keeps a text from being plain, in the words that go back to a model."""
    if odd := next((one for one in text if unicodedata.category(one) in _HIDDEN), None):
        yield f"it holds the control or invisible character U+{ord(odd):04X}"
    if _LINK.search(text) or _MARKDOWN_LINK.search(text):
        yield "it holds a link"
    elif domains.has_mailbox(text):
        yield "it holds an e-mail address, of which mail programs make a link"
    elif domains.has_domain(text):
        yield "it holds a domain, of which mail programs make a link"
    elif any(mark.search(text) for mark in (_TAG, _ENTITY, _MARKS, _EMPHASIS)):
        yield "it holds markup"


def plain(text: str, most: int) -> str:
    """Return a text as at most `most` characters on one plain line: markup goes, its words stay, and a link, a domain or an address is called one."""
    text = _seen(text)
    for _ in range(_PASSES):
        before, text = text, domains.without(_EMPHASIS.sub(lambda match: match["stars"] or match["lines"], _MARKS.sub("", _unmarked(text))))
        if before == text:
            break
    return _cut(" ".join(text.split()), most)


def unmarked(text: str, most: int) -> str:
    """Return a text as at most `most` characters on one line without marks and links that say what they are: what the shipped readers learned from."""
    return _cut(" ".join(_MARKS.sub("", _seen(_unmarked(text))).split()), most)


def _unmarked(text: str) -> str:
    return _ENTITY.sub(" ", _LINK.sub("a link", _MARKDOWN_LINK.sub(r"\1", _TAG.sub(" ", text))))


def _seen(text: str) -> str:
    return "".join("" if unicodedata.category(one) == "Cf" else " " if unicodedata.category(one) in _HIDDEN else one for one in text)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:-–—") + "."


def one_line(text: str) -> str:
    """Return a text whose line ends, of every kind that there is, are blanks: U+2028 in a field is text, and begins no line of a mail's head."""
    return " ".join(text.splitlines()) if len(text.splitlines()) > 1 or text[-1:].isspace() else text


def escaped(json_text: str) -> str:
    """Return a JSON text with what is not seen, ends lines or steers terminals as escapes: the same values, in one printable line."""
    if json_text.isprintable():
        return json_text
    return "".join(one if one.isprintable() or one == "\n" else _escape(one) for one in json_text)


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD800 + (code - 0x10000 >> 10):04x}\\u{0xDC00 + (code - 0x10000 & 0x3FF):04x}"


def line(text: str, most: int | None = None) -> str:
    """Return a text as one line that no terminal, list or log takes for anything but words: controls and line ends become blanks, and what steers
    the direction or is not seen goes.
    """
    if not text.isprintable():
        text = " ".join("".join(" " if unicodedata.category(one) in _ENDS else _shown(one) for one in text).split())
    return text if most is None or len(text) <= most else text[: most - 1] + "…"


def lines(text: str) -> str:
    """Return a text as `line` does, with its own line ends and tabs left."""
    if text.isprintable():
        return text
    return "".join(one if one in "\n\t" else _shown(one) for one in _ANY_END.sub("\n", text))


def _shown(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    kind = unicodedata.category(character)
    return " " if kind in ("Cc", "Zs") else "" if kind in ("Cf", "Cs") else character
