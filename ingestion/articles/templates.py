"""Takes out what a site's generator would have filled in: template tags, shortcodes, attribute lists."""

import re

_TAGS = re.compile(
    r"(`+)(?:(?!\1).)+?\1(?!`)"  # a code span speaks of templates and is kept
    r"|\{\{[^{}\n]{0,300}\}\}|\{%-?.{0,300}?-?%\}|\{#-?\s.{0,300}?\s-?#\}|<%[=-]?.{0,300}?%>"
    r"|\[/?(?:caption|gallery|embed|audio|video|playlist|toc|vc_\w+|et_pb_\w+|su_\w+|button|accordion\w*|tabs?|toggle|column|row|spacer|divider"
    r"|contact-form-7|gravityform)\b[^\]\n]{0,300}\](?!\()"
)
_ATTRIBUTES = re.compile(
    r"(?<![ \t])[ \t]*\{:[^{}\n]{0,200}\}|(?<=\S)[ \t]+\{\s?#[\w:.-]{1,80}\s?\}[ \t]*$|^\[(?:TOC|\[_?TOC_?\])\]\s*$|^\[\[toc\]\]\s*$",
    re.MULTILINE | re.IGNORECASE,
)
_PICTURE = re.compile(r"(?<![\w:`/]):([a-z][a-z0-9_+-]{1,40}):(?![\w:`/])")
_SAID = (
    ({"white_check_mark", "heavy_check_mark", "ballot_box_with_check", "check"}, "yes"),
    ({"x", "negative_squared_cross_mark", "heavy_multiplication_x", "no_entry", "close"}, "no"),
)
_MARKED = re.compile(r"(?<![\w=])==(\S(?:[^=\n]{0,300}?\S)?)==(?![\w=])")


def without(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text without template tags outside code spans, and the tags taken out."""
    taken: list[str] = []

    def take(found: re.Match[str]) -> str:
        if found[1]:
            return found[0]
        taken.append(found[0])
        return ""

    return _TAGS.sub(take, text), tuple(f"template: {tag}" for tag in taken)


def without_signs(text: str) -> str:
    """Return Markdown with the short names of pictures as words or nothing, and without the marks of a text marker."""
    return _MARKED.sub(r"\1", _PICTURE.sub(lambda found: next((word for names, word in _SAID if names & set(found[1].split("-"))), ""), text))


def without_attributes(text: str) -> str:
    """Return Markdown without attribute lists, ids behind headings and the place of a table of contents."""
    return _ATTRIBUTES.sub("", text)
