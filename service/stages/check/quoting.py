"""Whether a quote stands in a cited passage, and where."""

import re
from collections.abc import Mapping

from service.stages.check.evidence import Passage
from service.stages.check.verdicts import Quote
from service.text import units
from service.text.folding import fold, plain

_ELISION = re.compile(r"\s*(?:\[?(?:\.{3}|…)\]?)\s*")
_LOOSE = re.compile(r"[^\w%€£$@./:+-]+")
FEWEST = 2  # words of a piece that is looked for


def located(quotes: tuple[str, ...], passages: Mapping[str, Passage]) -> tuple[tuple[Quote, ...], tuple[str, ...]]:
    """Return the quotes that stand in a passage, each with its label, and those that stand in none. What is left out by "…" is two quotes."""
    found: list[Quote] = []
    missing: list[str] = []
    texts = {label: [_loose(passage.text), _loose(" ".join(unit.text for unit in passage.units))] for label, passage in passages.items()}
    for quote in quotes:
        pieces = [piece for piece in _ELISION.split(quote) if piece.strip()]
        places = [next((label for label, held in texts.items() if any(_loose(piece) in text for text in held)), None) for piece in pieces]
        if pieces and all(places):
            found += [Quote(label, piece) for label, piece in zip(places, pieces, strict=True) if label]
        else:
            missing.append(quote)
    return tuple(found), tuple(missing)


def touched(passage: Passage, quotes: tuple[Quote, ...]) -> list[units.Unit]:
    """Return the units of a passage that some quote reads from."""
    wanted = [_loose(quote.text) for quote in quotes]
    held = [(unit, _loose(units.tidy(unit.text)), _loose(" ".join(unit.cells))) for unit in passage.units]
    return [unit for unit, text, cells in held if any(_meets(quote, text) or (cells and _meets(quote, cells)) for quote in wanted if quote)]


def _meets(quote: str, unit: str) -> bool:
    """Tell whether one lies within the other, or a quote over several units holds a good part of this one."""
    if not unit:
        return False
    if quote in unit or unit in quote:
        return True
    words = unit.split()
    half = max(FEWEST + 2, len(words) // 2)
    return len(words) > FEWEST and (" ".join(words[:half]) in quote or " ".join(words[-half:]) in quote)


def _loose(text: str) -> str:
    return " ".join(_LOOSE.sub(" ", plain(fold(text))).replace(" .", " ").strip(" .:").split())
