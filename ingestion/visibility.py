"""Whether text at one point of a page is seen, in mail and in articles: what its elements inherit, and how colour, size, place and clipping conceal."""

import re
from dataclasses import dataclass, replace

from tinycss2 import color4

from ingestion.styles import Declared

Colour = tuple[float, float, float]  # red, green, blue: 0 to 1

_WHITE: Colour = (1.0, 1.0, 1.0)
_FAINT = 1.1  # contrast (WCAG 2.1) below which nobody reads a text
_TINY = 2.0  # pixels of a font
_FAINTEST = 0.05  # opacity
_CLEAR = 0.1  # opacity of a colour
_LONGEST_COLOUR = 200  # characters; the library makes numbers of all digits that it finds
_AWAY = -500.0  # pixels to the left of or above the page
_UNITS = {
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 37.8,
    "mm": 3.78,
    "em": 16.0,
    "rem": 16.0,
    "ex": 8.0,
    "ch": 8.0,
    "vw": 10.24,
    "vh": 7.68,
    "": 1.0,
}
_LENGTH = re.compile(r"^\s*(-?\d*\.?\d+)\s*(px|pt|pc|in|cm|mm|em|rem|ex|vw|vh|%|)\s*(?:!|$)")
_CLIPPED = re.compile(r"rect\(\s*(\d+)(?:px)?[\s,]+(\d+)(?:px)?[\s,]+(\d+)(?:px)?[\s,]+(\d+)(?:px)?\s*\)")
_INSET = re.compile(r"inset\(\s*(\d+(?:\.\d+)?)%|circle\(\s*0")
_SCALE = re.compile(r"(?:^|\s)(?:scale[xy]?|scale3d|matrix)\(\s*(-?\d*\.?\d+)")
_MOVED = re.compile(r"translate[xy]?\(\s*(-\d+)(?:px|em|vw)")
_FILTERED = re.compile(r"opacity\(\s*0(?:\.0+)?%?\s*\)")
_PICTURE = re.compile(r"url\(|gradient\(|image\(|var\(")
_FONT_SIZE = re.compile(r"(?:^|\s)(\d*\.?\d+(?:px|pt|em|rem|%))(?:\s*/|\s)")
_FONT_NAMES = {
    "xx-small": 9.0,
    "x-small": 10.0,
    "small": 13.0,
    "medium": 16.0,
    "large": 18.0,
    "x-large": 24.0,
    "xx-large": 32.0,
    "smaller": 13.0,
    "larger": 19.0,
}


@dataclass(frozen=True)
class Look:
    """How text looks at one point of a page. `ground` is None where a picture or an unknown colour is behind it."""

    concealed: bool = False
    invisible: bool = False  # by `visibility`, which what is inside may take back
    opacity: float = 1.0
    size: float = 16.0  # pixels
    colour: Colour | None = None  # None: the reader's own, which is seen on any ground
    ground: Colour | None = _WHITE
    preformatted: bool = False
    is_clear: bool = False  # its letters have no colour at all

    @property
    def is_unseen(self) -> bool:
        """Tell whether text here is there without being seen."""
        return bool(self.why_unseen)

    @property
    def why_unseen(self) -> str:
        """Say why text here is not seen, '' where it is."""
        if self.concealed or self.invisible or self.opacity < _FAINTEST:
            return "hidden"
        if self.size < _TINY:
            return "too small to see"
        if self.is_clear:
            return "without colour"
        if self.colour is not None and self.ground is not None and _contrast(self.colour, self.ground) < _FAINT:
            return "in the colour of its background"
        return ""


def within(around: Look, tag: str, marks: dict[str, str], declared: Declared, *, is_opened: bool = False) -> Look:
    """Return how text looks inside an element, given how it looks around it. `is_opened`: something in the page shows the element when it is clicked."""
    ground = _ground(around, marks, declared)
    colour, is_clear = _colour(around, marks, declared)
    shown = around.invisible if "visibility" not in declared else declared["visibility"] in {"hidden", "collapse"}
    return replace(
        around,
        concealed=around.concealed or is_away(declared) or (is_closed(marks, declared) and not is_opened),
        invisible=shown and not (is_opened and "visibility" in declared),
        opacity=around.opacity * (1.0 if is_opened else _share(declared.get("opacity", ""))),
        size=_size(around, declared),
        colour=colour,
        ground=ground,
        preformatted=tag == "pre" or _keeps_lines(declared.get("white-space"), around.preformatted),
        is_clear=is_clear,
    )


def _keeps_lines(space: str | None, inherited: bool) -> bool:
    return inherited if space is None else space.startswith(("pre", "break-spaces"))


def is_closed(marks: dict[str, str], declared: Declared) -> bool:
    """Tell whether an element takes no place or no colour at first: `hidden`, `display:none`, a height of nothing, no opacity."""
    if declared.get("display", "").startswith("none") or declared.get("mso-hide") == "all" or ("hidden" in marks and "display" not in declared):
        return True
    no_height = any(_pixels(declared.get(name, "")) == 0 for name in ("height", "max-height"))
    return (no_height and _cuts(declared)) or _share(declared.get("opacity", "")) < _FAINTEST


def is_away(declared: Declared) -> bool:
    """Tell whether an element is cut to nothing, moved off the page or shrunk to a point, which no click undoes."""
    return _is_clipped(declared) or _is_off_page(declared) or _is_shrunk(declared) or bool(_FILTERED.search(declared.get("filter", "")))


def declares_ground(marks: dict[str, str], declared: Declared) -> bool:
    """Tell whether an element says what is behind its text."""
    return bool(marks.get("bgcolor") or "background" in marks or declared.keys() & {"background", "background-color", "background-image"})


def _cuts(declared: Declared) -> bool:
    return any("hidden" in declared.get(name, "") or "clip" in declared.get(name, "") for name in ("overflow", "overflow-x", "overflow-y"))


def _is_clipped(declared: Declared) -> bool:
    if (clip := _CLIPPED.search(declared.get("clip", ""))) and (int(clip[1]) >= int(clip[3]) or int(clip[4]) >= int(clip[2])):
        return True
    if inset := _INSET.search(declared.get("clip-path", "")):
        return inset[1] is None or float(inset[1]) >= 50
    if not _cuts(declared):
        return False
    widths = [_pixels(declared[name]) for name in ("width", "max-width") if name in declared]
    heights = [_pixels(declared[name]) for name in ("height", "max-height") if name in declared]
    return any(box is not None and box <= 1 for box in widths) or any(box is not None and 0 < box <= 1 for box in heights)


def _is_off_page(declared: Declared) -> bool:
    indents = [_pixels(declared.get(name, "")) for name in ("text-indent", "margin-left")]
    if any(
        indent is not None and indent <= (-100 if name == "text-indent" else _AWAY)
        for name, indent in zip(("text-indent", "margin-left"), indents, strict=True)
    ):
        return True
    places = [_pixels(declared[name]) for name in ("left", "top", "right", "bottom") if name in declared]
    moved = _MOVED.search(declared.get("transform", ""))
    return any(place is not None and place <= _AWAY for place in places) or (moved is not None and float(moved[1]) <= _AWAY)


def _is_shrunk(declared: Declared) -> bool:
    scaled = _SCALE.search(declared.get("transform", ""))
    factors = [scaled[1] if scaled else "1", declared.get("scale", "1").split(" ")[0]]
    return any(abs(_share(factor)) < 0.05 for factor in factors)


def _pixels(value: str) -> float | None:
    found = _LENGTH.match(value)
    if not found:
        return None
    return float(found[1]) * 10 if found[2] == "%" else float(found[1]) * _UNITS[found[2]]


def _share(value: str) -> float:
    try:
        return float(value.rstrip("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        return 1.0


def _size(around: Look, declared: Declared) -> float:
    short = _FONT_SIZE.search(declared.get("font", ""))
    value = declared.get("font-size", short[1] if short else "")
    if value in _FONT_NAMES:
        return _FONT_NAMES[value]
    found = _LENGTH.match(value)
    if not found:
        return around.size
    relative = {"em": around.size, "%": around.size / 100}.get(found[2], _UNITS.get(found[2], 1.0))
    return float(found[1]) * relative


def _ground(around: Look, marks: dict[str, str], declared: Declared) -> Colour | None:
    """Return what is behind the text: the last background that is declared, over the one around it."""
    ground = around.ground
    if "background" in marks:
        return None
    values = [marks["bgcolor"]] if marks.get("bgcolor") else []
    values += [value for name, value in declared.items() if name in {"background", "background-color", "background-image"}]
    for value in values:
        ground = _laid_over(value, ground)
    return ground


def _laid_over(value: str, below: Colour | None) -> Colour | None:
    if _PICTURE.search(value):
        return None
    for word in re.findall(r"rgba?\([^)]*\)|hsla?\([^)]*\)|[#\w.%-]+", value):
        parsed = _parsed(word)
        if parsed is not None:
            red, green, blue, alpha = parsed
            if alpha >= 0.99 or below is None:
                return (red, green, blue) if alpha >= 0.99 else below
            return tuple(part * alpha + under * (1 - alpha) for part, under in zip((red, green, blue), below, strict=True))  # type: ignore[return-value]
    return below


def _colour(around: Look, marks: dict[str, str], declared: Declared) -> tuple[Colour | None, bool]:
    """Return the colour of the text, and whether it has none at all."""
    value = declared.get("-webkit-text-fill-color") or declared.get("color") or marks.get("color", "")
    parsed = _parsed(value) if value else None
    if parsed is None:
        return around.colour, around.is_clear
    return parsed[:3], parsed[3] < _CLEAR


def _parsed(word: str) -> tuple[float, float, float, float] | None:
    """Return a colour with its opacity; the old attributes leave the # off."""
    if len(word) > _LONGEST_COLOUR:
        return None
    found = color4.parse_color(word) or (color4.parse_color(f"#{word}") if re.fullmatch(r"[0-9a-f]{6}", word, re.IGNORECASE) else None)
    if found is None or isinstance(found, str):
        return None
    try:
        red, green, blue = (float(channel or 0) for channel in found.to("srgb").coordinates)
    except NotImplementedError:  # a colour space of print
        return None
    return red, green, blue, float(found.alpha)


def _contrast(one: Colour, two: Colour) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.1, definition of contrast ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(two)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
