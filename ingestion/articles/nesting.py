"""Bounds how deep the markup of a page nests, for the time that a tree takes grows with the square of its depth."""

import re

DEEPEST = 600  # levels; real pages stay below fifty
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)>")
_EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_ENDS_ITSELF = {"p", "li", "tr", "td", "th", "dt", "dd", "option", "thead", "tbody", "tfoot"}


def bounded(html: str) -> str:
    """Return a page without the tags below the deepest level; their text stays. Most pages come back as they are."""
    if html.count("<") - html.count("</") < DEEPEST:
        return html
    depth = 0

    def keep(tag: re.Match[str]) -> str:
        nonlocal depth
        name = tag[2].lower()
        if name in _EMPTY or name in _ENDS_ITSELF or tag[3].endswith("/"):
            return tag[0]
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        return tag[0] if depth + bool(tag[1]) <= DEEPEST else " "

    return _TAG.sub(keep, html)
