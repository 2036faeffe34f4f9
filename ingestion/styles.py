"""What a page's style sheets say of each of its elements: the cascade, as far as it decides whether text is seen."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import tinycss2
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

_DECIDING = {
    "-webkit-text-fill-color", "background", "background-color", "background-image", "clip", "clip-path", "color", "display", "filter", "font",
    "font-size", "height", "left", "margin", "margin-bottom", "margin-left", "max-height", "max-width", "mso-hide", "opacity", "overflow", "overflow-x",
    "overflow-y", "position", "right", "scale", "text-indent", "top", "transform", "visibility", "white-space", "width", "text-decoration",
    "text-decoration-line",
}  # fmt: skip
_LARGEST = 300_000  # characters of style sheets that are read; newsletters have an eighth of it, help centres with a framework most
_MOST_STEPS = 4_000_000  # selectors x elements; what would take more is not looked up, and its text counts as seen
_DYNAMIC = re.compile(r":(?!not\(|is\(|where\(|first-|last-|nth-|only-|root\b|empty\b)")
_ID, _CLASS, _TAG = re.compile(r"#[\w-]+"), re.compile(r"\.[\w-]+|\[[^\]]*\]|:[\w-]+"), re.compile(r"(?:^|[\s>+~(])[a-z][\w-]*", re.IGNORECASE)
_QUERY = re.compile(r"\(\s*(min|max)-(?:device-)?width\s*:\s*(\d+(?:\.\d+)?)\s*(px|em|rem)?\s*\)")
_DIGITS = re.compile(r"(\d{300})\d+")  # the library makes a number of them, which Python refuses from some thousands on
_SCREEN = 1024.0  # pixels: the width of the screen that @media is asked for

_INLINE = 1000  # stands for more ids than any selector has

Declared = dict[str, str]
_Weight = tuple[bool, int, int, int, int]  # important, ids, classes, tags, place


class Styles:
    """The declarations that hold for the elements of one page, by its own style sheets and by their `style` attributes."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._found: dict[int, list[tuple[_Weight, str, str]]] = defaultdict(list)
        sheets = "\n".join(sheet.text() or "" for sheet in tree.css("style"))[:_LARGEST]
        if not sheets.strip():
            return
        steps, every = 0, len(tree.css("*"))
        for place, (selector, declarations) in enumerate(_bearable(_DIGITS.sub(r"\1", sheets))):
            steps += every
            if steps > _MOST_STEPS:
                break
            try:
                nodes = tree.css(selector)
            except SelectolaxError:  # a selector for states and halves of elements, which no text hangs on
                continue
            for node in nodes:
                self._found[node.mem_id] += [(_weight(selector, important, place), name, value) for name, value, important in declarations]

    @property
    def are_none(self) -> bool:
        """Tell whether no style sheet says anything of any element."""
        return not self._found

    def of(self, node: LexborNode) -> Declared:
        """Return the declarations that win at an element, values in lower case; shorthands stand as they were written."""
        own = node.attributes.get("style")
        found = self._found.get(node.mem_id, [])
        if own:
            found = [*found, *(((important, _INLINE, 0, 0, 0), name, value) for name, value, important in _own(own[:4000]))]
        winning: Declared = {}
        for _, name, value in sorted(found, key=lambda one: one[0]):
            winning.pop(name, None)  # the later one stands last, so that a shorthand after its longhand wins
            winning[name] = value
        return winning


@lru_cache(maxsize=4096)
def _own(style: str) -> tuple[tuple[str, str, bool], ...]:
    return tuple(_declarations(tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True)))


def _bearable(sheets: str) -> Iterator[tuple[str, list[tuple[str, str, bool]]]]:
    """Give the rules of style sheets up to one of so many blocks inside one another that the library cannot bear it."""
    try:
        yield from _rules(tinycss2.parse_stylesheet(sheets, skip_comments=True, skip_whitespace=True))
    except RecursionError:
        return


def _rules(sheet: Iterable[Any]) -> Iterator[tuple[str, list[tuple[str, str, bool]]]]:
    """Give each selector with its deciding declarations, in order; rules for other media than a light screen are left out."""
    for rule in sheet:
        if rule.type == "at-rule" and rule.content is not None and rule.lower_at_keyword in {"media", "supports", "layer", "container"}:
            if rule.lower_at_keyword != "media" or _is_screen(tinycss2.serialize(rule.prelude)):
                yield from _rules(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True))
        elif rule.type == "qualified-rule":
            declarations = _declarations(tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True))
            if declarations:
                selectors = (part.strip() for part in tinycss2.serialize(rule.prelude).split(","))
                yield from ((part, declarations) for part in selectors if part and not _DYNAMIC.search(part))


def _declarations(listed: Iterable[Any]) -> list[tuple[str, str, bool]]:
    deciding = (one for one in listed if one.type == "declaration" and one.lower_name in _DECIDING)
    return [(one.lower_name, value, one.important) for one in deciding if (value := _value(one)) is not None]


def _value(declaration: Any) -> str | None:
    """Return what a declaration says; None where its brackets stand inside one another by the hundred."""
    try:
        return str(tinycss2.serialize(declaration.value)).strip().lower()
    except RecursionError:
        return None


def _weight(selector: str, important: bool, place: int) -> _Weight:
    """Return the specificity of a selector (Selectors 4, section 17), with what goes before it and after it in the cascade."""
    return important, len(_ID.findall(selector)), len(_CLASS.findall(selector)), len(_TAG.findall(selector)), place


def _is_screen(query: str) -> bool:
    return any(_holds(one.strip().lower()) for one in query.split(","))


def _holds(query: str) -> bool:
    """Tell whether one media query holds on a plain, light screen."""
    if "print" in query or "speech" in query or "dark" in query or "forced-colors" in query:
        return query.startswith("not") and "screen" not in query
    for bound, number, unit in _QUERY.findall(query):
        pixels = float(number) * (16 if unit in {"em", "rem"} else 1)
        if pixels > _SCREEN if bound == "min" else pixels < _SCREEN:
            return False
    return not query.startswith("not")
