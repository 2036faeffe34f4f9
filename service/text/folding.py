"""Text folded for comparison: one form of spaces, dashes, quotation marks and letters, whatever a keyboard or a converter made of them."""

import re
import unicodedata

_ALIKE = str.maketrans({
    **dict.fromkeys("‘’‚‛′´`", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-"), "…": "...", "\u00ad": None,
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", None),
})  # fmt: skip
_MARKS = re.compile(r"\*\*|__|`|^\s*(?:[-*•+]|\d{1,2}[.)])\s+|^\s*#+\s+|^>\s?|!?\[([^\]]*)\]\([^)]*\)", re.MULTILINE)


def fold(text: str) -> str:
    """Return a text in lower case with one kind of space, dash and quotation mark, compatibility letters resolved."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_ALIKE).casefold().split())


def unaccented(text: str) -> str:
    """Return a text without accents and other marks on its letters."""
    return text if text.isascii() else "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


def plain(text: str) -> str:
    """Return a text folded and without Markdown's marks, bars of tables included."""
    bare = _MARKS.sub(lambda match: match[1] or "", text).replace("|", " ")
    return fold(bare)
