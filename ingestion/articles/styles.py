"""What the style sheets and style attributes of a page declare for its elements, as far as it decides whether text is seen."""

from collections.abc import Iterable, Iterator, Mapping

import tinycss2
import tinycss2.ast
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

Declared = Mapping[str, str]

_WATCHED = {
    "background", "background-color", "clip", "clip-path", "color", "display", "filter", "font-size", "height", "left", "margin-left", "max-height",
    "opacity", "overflow", "position", "right", "text-decoration", "text-decoration-line", "text-indent", "top", "transform", "visibility", "width",
}  # fmt: skip
_LARGEST_SHEET = 300_000  # characters of all style sheets in a page
_MOST_RULES = 1_500  # of those that declare anything watched
_MOST_LAID = 100_000  # times that a rule meets an element
_SCREENS = ("print", "speech", "max-width", "prefers-", "max-height", "orientation")  # a medium with one of these is not a reader's desk


def declared(tree: LexborHTMLParser) -> dict[int, Declared]:
    """Return the watched properties of every element that has any, by its `mem_id`: the later and the more specific win."""
    found: dict[int, dict[str, tuple[tuple[bool, int, int], str]]] = {}
    laid = 0
    for order, (selector, declarations) in enumerate(_rules(tree)):
        try:
            nodes = tree.css(selector) if laid < _MOST_LAID else []
        except SelectolaxError:  # a selector for states and halves of elements, which no text hangs on
            continue
        laid += len(nodes)
        for node in nodes:
            _lay(found.setdefault(node.mem_id, {}), declarations, _specificity(selector), order)
    for node in tree.css("[style]"):
        _lay(found.setdefault(node.mem_id, {}), _declarations(node.attributes.get("style") or ""), 1_000_000, 0)
    return {at: {name: value for name, (_, value) in properties.items()} for at, properties in found.items()}


def _lay(properties: dict[str, tuple[tuple[bool, int, int], str]], declarations: Iterable[tuple[str, str, bool]], weight: int, order: int) -> None:
    for name, value, important in declarations:
        rank = (important, weight, order)
        if name not in properties or properties[name][0] <= rank:
            properties[name] = (rank, value)


def _rules(tree: LexborHTMLParser) -> Iterator[tuple[str, list[tuple[str, str, bool]]]]:
    sheet = "\n".join(node.text() or "" for node in tree.css("style"))[:_LARGEST_SHEET]
    given = 0
    for rule in _qualified(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)):
        declarations = _declarations(rule.content)
        if declarations and given < _MOST_RULES:
            given += 1
            for selector in tinycss2.serialize(rule.prelude).split(","):
                yield selector.strip(), declarations


def _qualified(rules: Iterable[tinycss2.ast.Node], depth: int = 0) -> Iterator[tinycss2.ast.QualifiedRule]:
    for rule in rules:
        if isinstance(rule, tinycss2.ast.QualifiedRule):
            yield rule
        elif isinstance(rule, tinycss2.ast.AtRule) and rule.content and rule.lower_at_keyword in {"media", "supports", "layer"} and depth < 5:
            medium = tinycss2.serialize(rule.prelude).lower()
            if not any(word in medium for word in _SCREENS):
                yield from _qualified(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), depth + 1)


def _declarations(content: "str | list[tinycss2.ast.Node]") -> list[tuple[str, str, bool]]:
    listed = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    return [
        (one.lower_name, tinycss2.serialize(one.value).strip().lower(), one.important)
        for one in listed
        if isinstance(one, tinycss2.ast.Declaration) and one.lower_name in _WATCHED
    ]


def _specificity(selector: str) -> int:
    return 10_000 * selector.count("#") + 100 * (selector.count(".") + selector.count("[") + selector.count(":")) + len(selector.split())
