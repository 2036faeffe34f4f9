"""Whether text at one point of a page is seen: what its elements inherit, and how colour, size, place and clipping conceal."""

import re
from dataclasses import dataclass, replace

from tinycss2 import color3

from ingestion.styles import Declared

Colour = tuple[float, float, float]  # red, green, blue: 0 to 1

_WHITE: Colour = (1.0, 1.0, 1.0)
_FAINT = 1.1  # contrast (WCAG 2.1) below which nobody reads a text
_TINY = 1.4  # pixels of a font
_AWAY = -900.0  # pixels to the left of or above the page
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
    "vw": 10.24,
    "vh": 7.68,
    "": 1.0,
}
_LENGTH = re.compile(r"^\s*(-?\d*\.?\d+)\s*(px|pt|pc|in|cm|mm|em|rem|ex|vw|vh|%|)\s*(?:!|$)")
_CLIPPED = re.compile(r"rect\(\s*(\d+)(?:px)?[\s,]+(\d+)(?:px)?[\s,]+(\d+)(?:px)?[\s,]+(\d+)(?:px)?\s*\)")
_INSET = re.compile(r"inset\(\s*(\d+(?:\.\d+)?)%|circle\(\s*0")
_SCALE = re.compile(r"(?:^|\s)(?:scale[xy]?|scale3d|matrix)\(\s*(-?\d*\.?\d+)")
_MOVED = re.compile(r"translate[xy]?\(\s*(-\d+)(?:px|em|vw)")
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

    @property
    def is_unseen(self) -> bool:
        """Tell whether text here is there without being seen."""
        if self.concealed or self.invisible or self.opacity < 0.05 or self.size < _TINY:
            return True
        return self.colour is not None and self.ground is not None and _contrast(self.colour, self.ground) < _FAINT


def within(around: Look, tag: str, marks: dict[str, str], declared: Declared) -> Look:
    """Return how text looks inside an element, given how it looks around it."""
    ground = _ground(around, marks, declared)
    return replace(
        around,
        concealed=around.concealed or ("hidden" in marks and "display" not in declared) or _conceals(declared),
        invisible=declared["visibility"] in {"hidden", "collapse"} if "visibility" in declared else around.invisible,
        opacity=around.opacity * _share(declared.get("opacity", "")),
        size=_size(around, declared),
        colour=_colour(around, ground, marks, declared),
        ground=ground,
        preformatted=tag == "pre" or _keeps_lines(declared.get("white-space"), around.preformatted),
    )


def _keeps_lines(space: str | None, inherited: bool) -> bool:
    return inherited if space is None else space.startswith(("pre", "break-spaces"))


def _conceals(declared: Declared) -> bool:
    if declared.get("display", "").startswith("none") or declared.get("mso-hide") == "all":
        return True
    return _is_clipped(declared) or _is_away(declared) or _is_shrunk(declared)


def _is_clipped(declared: Declared) -> bool:
    if (clip := _CLIPPED.search(declared.get("clip", ""))) and (int(clip[1]) >= int(clip[3]) or int(clip[4]) >= int(clip[2])):
        return True
    if inset := _INSET.search(declared.get("clip-path", "")):
        return inset[1] is None or float(inset[1]) >= 50
    cuts = any("hidden" in declared.get(name, "") or "clip" in declared.get(name, "") for name in ("overflow", "overflow-x", "overflow-y"))
    boxes = [_pixels(declared[name]) for name in ("height", "max-height", "width", "max-width") if name in declared]
    return cuts and any(box is not None and box <= 1 for box in boxes)


def _is_away(declared: Declared) -> bool:
    indent = _pixels(declared.get("text-indent", ""))
    if indent is not None and indent <= -100:
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


def _colour(around: Look, ground: Colour | None, marks: dict[str, str], declared: Declared) -> Colour | None:
    value = declared.get("-webkit-text-fill-color") or declared.get("color") or marks.get("color", "")
    parsed = _parsed(value) if value else None
    if parsed is None:
        return around.colour
    return parsed[:3] if parsed[3] >= 0.1 else ground  # see-through letters look like what is behind them


def _parsed(word: str) -> tuple[float, float, float, float] | None:
    """Return a colour with its opacity; the old attributes leave the # off."""
    found = color3.parse_color(word) or (color3.parse_color(f"#{word}") if re.fullmatch(r"[0-9a-f]{6}", word, re.IGNORECASE) else None)
    return tuple(found) if found is not None and not isinstance(found, str) else None


def _contrast(one: Colour, two: Colour) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.1, definition of contrast ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(two)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
