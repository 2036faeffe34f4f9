"""Takes out of a page what its reader can never see, and what is struck out in it.

The rule: text that is hidden at first (`hidden`, `display:none`, a height of nothing) is read where the page has something that opens it: a tab, a
button or a link that names it, an opener or a question right before it (a heading, where a style sheet hides it), or a role or class of panels. Text that no click shows is taken out and
told: hidden without an opener, in the colour of its background, without size or opacity, cut to nothing or moved off the screen. `aria-hidden` hides
from screen readers alone, so what carries it is read. Struck text is former text: it is taken out and told.
"""

from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion import visibility
from ingestion.articles import disclosures
from ingestion.styles import Declared, Styles
from ingestion.visibility import Look

_STRUCK = {"del", "s", "strike"}
_STRUCK_CLASSES = {"line-through", "strikethrough", "strike", "old-price", "was-price", "price-old", "price--old", "price-was", "price--was"}
_OFF_SCREEN_CLASSES = {"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader-only"}
_CLOSED_CLASSES = {"d-none", "is-hidden"}  # of style sheets that everybody uses, and that are rarely in the file
_DEEPEST = 400


def uncover(tree: LexborHTMLParser, styles: Styles) -> tuple[str, ...]:
    """Take unseen and struck text out of a page, and return what was taken, each with the reason before it."""
    body = tree.body
    if body is None or (styles.are_none and tree.css_first("[hidden], del, s, strike, font, [bgcolor], [class], [style]") is None):
        return ()
    page = _Page(styles, disclosures.named(tree), tree.css_first("link[rel~=stylesheet]") is not None)
    page.walk(body, Look(), 0)
    return tuple(page.taken)


class _Page:
    """The styles of a page, and what was taken out of it so far."""

    def __init__(self, styles: Styles, opened: frozenset[str], outside_styles: bool) -> None:
        self.taken: list[str] = []
        self._styles = styles
        self._opened = opened
        self._outside_styles = outside_styles

    def walk(self, node: LexborNode, around: Look, depth: int) -> None:
        if depth > _DEEPEST:
            return
        marks = {name: value or "" for name, value in node.attributes.items()}
        own = self._styles.of(node)
        is_opened = self._is_opened(node)
        if why := _why_gone(node, marks, own, is_opened):
            self._take(node, why)
            return
        inside = visibility.within(around, node.tag or "", marks, own, is_opened=is_opened)
        if self._outside_styles and marks.get("class") and node.tag not in {"html", "body"} and not visibility.declares_ground(marks, own):
            inside = replace(inside, ground=None)  # a class may set it in a sheet that is not in the file
        for child in list(node.iter(include_text=True)):
            if child.tag == "-text":
                if (child.text_content or "").strip() and (why := inside.why_unseen):
                    self._take(child, why)
            elif child.is_element_node:
                self.walk(child, inside, depth + 1)

    def _take(self, node: LexborNode, why: str) -> None:
        if text := " ".join((node.text_content or "").split() if node.tag == "-text" else node.text(separator=" ").split()):
            self.taken.append(f"{why}: {text}")
        node.decompose()

    def _is_opened(self, node: LexborNode) -> bool:
        by_hand = "hidden" in node.attributes or "display" in (node.attributes.get("style") or "")
        return disclosures.opens(node, self._opened) or (not by_hand and disclosures.follows_heading(node))


def _why_gone(node: LexborNode, marks: dict[str, str], own: Declared, is_opened: bool) -> str:
    """Say why an element is taken out with all that is in it, '' where it stays."""
    classes = set(marks.get("class", "").lower().split())
    if node.tag in _STRUCK or classes & _STRUCK_CLASSES or "line-through" in own.get("text-decoration", "") + own.get("text-decoration-line", ""):
        return "struck out"
    if visibility.is_away(own) or classes & _OFF_SCREEN_CLASSES:
        return "off screen"
    return "hidden" if (visibility.is_closed(marks, own) or classes & _CLOSED_CLASSES) and not is_opened else ""
