"""The disclosure widgets of a page: the tabs, buttons and questions that show a panel of text, which is closed at first."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

_NAMING = ("aria-controls", "data-target", "data-bs-target", "data-toggle-target", "data-tab", "data-panel", "for")
_PANELS = re.compile(r"(?:^|[\s_-])(?:accordion|collaps\w*|tabs?|panel|pane|toggle|expand\w*|answer|faq)(?:$|[\s_-])", re.IGNORECASE)
_OPENING = re.compile(r"(?:^|[\s_-])(?:accordion|collaps\w*|tabs?|toggle\w*|trigger|expand\w*|question|faq)(?:$|[\s_-])", re.IGNORECASE)
_OPENERS = "button, summary, label, [role=button], [role=tab], [aria-expanded], [aria-controls], [onclick], a[href^='#']"
_CONTROLS = {"button", "summary", "label"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6", "dt", "legend"}
_LONGEST = 200  # characters of what may be a question


def named(tree: LexborHTMLParser) -> frozenset[str]:
    """Return the ids that something in a page names as what it opens."""
    return frozenset(labels(tree))


def labels(tree: LexborHTMLParser) -> dict[str, str]:
    """Return the words of what opens a panel, by the id of the panel."""
    found: dict[str, str] = {}
    for node in tree.css(", ".join([*(f"[{name}]" for name in _NAMING), "a[href^='#']"])):
        text = words(node)
        for name in (*_NAMING, "href"):
            for at in (node.attributes.get(name) or "").split():
                found.setdefault(at.lstrip("#"), text)
    return found


def opens(node: LexborNode, opened: frozenset[str]) -> bool:
    """Tell whether a page has something that shows this element, which is closed at first."""
    attributes = node.attributes
    if attributes.get("hidden") == "until-found" or attributes.get("role") == "tabpanel" or node.tag in {"details", "dd"}:
        return True
    if (attributes.get("id") or "") in opened or _PANELS.search(attributes.get("class") or ""):
        return True
    before = _element_before(node)
    return before is not None and _is_opener(before)


def follows_heading(node: LexborNode) -> bool:
    """Tell whether an element stands right below a heading, as the text of an accordion does whose script is elsewhere."""
    before = _element_before(node)
    return before is not None and before.tag in _HEADINGS


def _is_opener(node: LexborNode) -> bool:
    """Tell whether an element looks like what is clicked to open the one after it: a control, or a question."""
    attributes = node.attributes
    if node.tag in _CONTROLS or attributes.get("role") in {"button", "tab"} or attributes.keys() & {"aria-expanded", "aria-controls", "onclick"}:
        return True
    text = words(node)
    if _OPENING.search(attributes.get("class") or "") or (len(text) < _LONGEST and text.endswith(("?", "？"))):
        return True
    return len(text) < _LONGEST and node.css_first(_OPENERS) is not None


def is_control(node: LexborNode) -> bool:
    """Tell whether a button is the head of text in the page, rather than one that does something."""
    attributes = node.attributes
    if node.tag == "summary" or attributes.get("role") == "tab" or attributes.get("aria-controls") or "aria-expanded" in attributes:
        return True
    if any(attributes.get(name) for name in _NAMING) or _OPENING.search(attributes.get("class") or ""):
        return True
    return words(node).endswith(("?", "？"))


def words(node: LexborNode) -> str:
    """Return the text of an element in one line."""
    return " ".join((node.text(deep=True, separator="") or "").split())


def _element_before(node: LexborNode) -> LexborNode | None:
    before = node.prev
    while before is not None and not before.is_element_node:
        before = before.prev
    return before
