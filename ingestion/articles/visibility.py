"""Takes out of a page what its reader can never see, and what is struck out in it.

The rule: text that is hidden at first (`hidden`, `display:none`, a height of nothing) is read where the page has something that opens it: a tab, a
button or a link that names it, an opener or a question right before it (a heading, where a style sheet hides it), or a role or class of panels. Text that no click shows is taken out and
told: hidden without an opener, in the colour of its background, without size or opacity, cut to nothing or moved off the screen. `aria-hidden` hides
from screen readers alone, so what carries it is read. Struck text is former text: it is taken out and told.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import tinycss2.color4
from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.articles import disclosures
from ingestion.articles.styles import Declared

_Colour = tuple[float, float, float, float]

_STRUCK = {"del", "s", "strike"}
_STRUCK_CLASSES = {"line-through", "strikethrough", "strike", "old-price", "was-price", "price-old", "price--old", "price-was", "price--was"}
_OFF_SCREEN_CLASSES = {"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader-only"}
_CLOSED_CLASSES = {"d-none", "is-hidden"}  # of style sheets that everybody uses, and that are rarely in the file
_PIXELS = {"px": 1.0, "": 1.0, "pt": 1.33, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "cm": 37.8, "mm": 3.78, "in": 96.0, "vw": 12.8, "vh": 8.0}
_LENGTH = re.compile(r"^(-?\d*\.?\d+(?:e\d+)?)([a-z%]*)$")
_CLIPPED = re.compile(r"rect\(\s*(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?\s*\)")
_CLIP_PATH = re.compile(r"inset\(\s*(?:[5-9]\d|100)(?:\.\d+)?%\s*\)|circle\(\s*0|polygon\(\s*0(?:px|%)?\s+0(?:px|%)?\s*\)")
_GONE_BY_FILTER = re.compile(r"opacity\(\s*0(?:\.0+)?%?\s*\)")
_MOVED = re.compile(r"scale(?:[xy]|3d)?\(\s*0(?:\.0+)?\s*[,)]|translate(?:[xy]|3d)?\([^)]*-\d{4,}px")
_FAR = -500.0  # pixels
_SMALLEST = 2.0  # pixels of a letter that can be read
_NEARLY = 0.06  # distance of two colours, each channel from 0 to 1
_DEEPEST = 400
_WHITE: _Colour = (1.0, 1.0, 1.0, 1.0)
_BLACK: _Colour = (0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class _Inherited:
    """What an element takes over from those around it. `ground` is None where the background cannot be known."""

    colour: _Colour | None = _BLACK
    ground: _Colour | None = _WHITE
    size: float = 16.0
    shown: bool = True


def uncover(tree: LexborHTMLParser, declared: Mapping[int, Declared]) -> tuple[str, ...]:
    """Take unseen and struck text out of a page, and return what was taken, each with the reason before it."""
    body = tree.body
    if body is None or (not declared and tree.css_first("[hidden], del, s, strike, font, [bgcolor], [class]") is None):
        return ()
    page = _Page(declared, disclosures.named(tree), tree.css_first("link[rel~=stylesheet]") is not None)
    page.walk(body, _Inherited(), 0)
    return tuple(page.taken)


class _Page:
    """The declarations of a page, and what was taken out of it so far."""

    def __init__(self, declared: Mapping[int, Declared], opened: frozenset[str], outside_styles: bool) -> None:
        self.taken: list[str] = []
        self._declared = declared
        self._opened = opened
        self._outside_styles = outside_styles

    def walk(self, node: LexborNode, around: _Inherited, depth: int) -> None:
        if depth > _DEEPEST:
            return
        own = self._declared.get(node.mem_id, {})
        if why := self._why_gone(node, own):
            self._take(node, why)
            return
        inside = self._inherit(node, own, around)
        for child in list(node.iter(include_text=True)):
            if child.tag == "-text":
                if (child.text_content or "").strip() and (why := _unseen(inside)):
                    self._take(child, why)
            elif child.is_element_node:
                self.walk(child, inside, depth + 1)

    def _take(self, node: LexborNode, why: str) -> None:
        if text := " ".join((node.text_content or "").split() if node.tag == "-text" else node.text(separator=" ").split()):
            self.taken.append(f"{why}: {text}")
        node.decompose()

    def _why_gone(self, node: LexborNode, own: Declared) -> str:
        classes = set((node.attributes.get("class") or "").lower().split())
        if node.tag in _STRUCK or classes & _STRUCK_CLASSES or "line-through" in own.get("text-decoration", "") + own.get("text-decoration-line", ""):
            return "struck out"
        if _is_off_screen(own) or classes & _OFF_SCREEN_CLASSES:
            return "off screen"
        if (_is_closed(node, own) or classes & _CLOSED_CLASSES) and not self._is_opened(node):
            return "hidden"
        return ""

    def _is_opened(self, node: LexborNode) -> bool:
        by_hand = "hidden" in node.attributes or "display" in (node.attributes.get("style") or "")
        return disclosures.opens(node, self._opened) or (not by_hand and disclosures.follows_heading(node))

    def _inherit(self, node: LexborNode, own: Declared, around: _Inherited) -> _Inherited:
        ground, colour = around.ground, around.colour
        if stated := own.get("background-color") or own.get("background") or node.attributes.get("bgcolor"):
            ground = _ground(stated, around.ground)
        elif self._outside_styles and node.attributes.get("class") and node.tag not in {"html", "body"}:
            ground = None  # a class may set it in a sheet that is not in the file
        if stated := own.get("color") or (node.attributes.get("color") if node.tag == "font" else None):
            colour = around.colour if stated in {"inherit", "currentcolor"} else _colour(stated, None)
        shown = around.shown
        if "visibility" in own:
            shown = own["visibility"] not in {"hidden", "collapse"} or self._is_opened(node)
        return replace(around, colour=colour, ground=ground, size=_size(own.get("font-size", ""), around.size), shown=shown)


def _unseen(here: _Inherited) -> str:
    if not here.shown:
        return "hidden"
    if here.size < _SMALLEST:
        return "too small to see"
    if here.colour and here.colour[3] < _NEARLY:
        return "without colour"
    if here.colour and here.ground and max(abs(one - other) for one, other in zip(here.colour[:3], here.ground[:3], strict=True)) < _NEARLY:
        return "in the colour of its background"
    return ""


def _is_closed(node: LexborNode, own: Declared) -> bool:
    attributes = node.attributes
    hidden = "hidden" in attributes and own.get("display", "none") == "none"
    nothing = any(_pixels(own.get(name, "")) == 0 for name in ("max-height", "height")) and own.get("overflow", "") in {"hidden", "clip"}
    return hidden or own.get("display") == "none" or nothing or _pixels(own.get("opacity", "")) == 0


def _is_off_screen(own: Declared) -> bool:
    if own.get("position") in {"absolute", "fixed", "relative"}:
        if any((_pixels(own.get(side, "")) or 0) <= _FAR for side in ("left", "top", "right")) or _CLIPPED.search(own.get("clip", "")):
            return True
        tiny = all(0 <= pixels <= 1 for pixels in (_pixels(own.get(name, "")) for name in ("width", "height")) if pixels is not None)
        if tiny and "width" in own and "height" in own and own.get("overflow") in {"hidden", "clip"}:
            return True
    if _GONE_BY_FILTER.search(own.get("filter", "")):
        return True
    if any((_pixels(own.get(name, "")) or 0) <= _FAR for name in ("text-indent", "margin-left")):
        return True
    return bool(_CLIP_PATH.search(own.get("clip-path", "")) or _MOVED.search(own.get("transform", "")))


def _ground(stated: str, around: _Colour | None) -> _Colour | None:
    if "url(" in stated or "gradient" in stated:
        return None
    colour = _colour(stated, around)
    return around if colour is None or colour[3] == 0 else colour


def _pixels(length: str) -> float | None:
    found = _LENGTH.match(length)
    return float(found[1]) * _PIXELS.get(found[2], 1.0) if found else None


def _size(stated: str, around: float) -> float:
    found = _LENGTH.match(stated)
    if not found:
        return around
    if found[2] in {"em", "%"}:
        return around * float(found[1]) / (100 if found[2] == "%" else 1)
    return _pixels(stated) or 0.0


def _colour(stated: str, otherwise: _Colour | None) -> _Colour | None:
    parsed = tinycss2.color4.parse_color(stated.split("!")[0].strip())
    if parsed is None or isinstance(parsed, str):
        return otherwise
    try:
        red, green, blue = (float(channel or 0) for channel in parsed.to("srgb").coordinates)
    except NotImplementedError:  # a colour space of print
        return otherwise
    return red, green, blue, float(parsed.alpha)
