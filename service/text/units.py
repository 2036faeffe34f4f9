"""A passage cut into the smallest things that can be quoted, each with the table heads, lead-in and heading it stands under."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from service.text import sentences

KEPT = 1024  # passages whose units are remembered: those of the questions in hand
_STEP = re.compile(r"^\s*(\d{1,2})[.)]\s+")
_BULLET = re.compile(r"^\s*[-*•+]\s+")
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_RULE = re.compile(r"^\s*\|[\s:|-]+\|\s*$")
_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile(r"[*_`#|>\[\]]+")


@dataclass(frozen=True)
class Unit:
    """A sentence, a step, a bullet or a table row (`kind`), and the list or paragraph it stands in (`block`, counted through the passage).

    A row is told with its columns' heads ("Plan: Large; Price: £9"); `heads` and `cells` are the same apart, of equal length. `lead` is the sentence that
    introduces a list, `section` the heading above.
    """

    text: str
    kind: str
    block: int
    label: str
    place: int
    heads: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    lead: str = ""
    section: str = ""


def cut(label: str, text: str) -> list[Unit]:
    """Cut a passage into units. A table row is told with its column names, so that it makes sense alone."""
    return [replace(unit, label=label) for unit in _cut(text)]


@lru_cache(maxsize=KEPT)
def _cut(text: str) -> tuple[Unit, ...]:
    """Cut a passage, once for quoting and checking: one question's passages are asked for again with every sentence of its answer."""
    units: list[Unit] = []
    block = 0
    header: list[str] = []
    paragraph: list[str] = []
    lead = section = ""

    def add(unit_text: str, kind: str, heads: Sequence[str] = (), cells: Sequence[str] = ()) -> None:
        introduced = lead if kind in ("step", "bullet", "row") else ""
        units.append(Unit(unit_text.strip(), kind, block, "", len(units), tuple(heads), tuple(cells), introduced, section))

    def close() -> None:
        nonlocal lead, section
        if paragraph and is_heading(paragraph[0]) and (len(paragraph) == 1 or units):
            section = paragraph.pop(0)  # a heading within the passage is no answer
            lead = ""
        for one in sentences.split("\n".join(paragraph)):
            add(one.text, "sentence")
            lead = one.text if one.text.rstrip().endswith(":") else ""
        paragraph.clear()

    previous = ""
    for line in text.splitlines():
        kind = "row" if _ROW.match(line) else "step" if _STEP.match(line) else "bullet" if _BULLET.match(line) else "text" if line.strip() else ""
        if kind != "text" and paragraph:
            close()
        if kind != previous and not (kind == "text" and previous in ("step", "bullet")):
            block += 1
        if kind == "row":
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if previous != "row":
                header = cells
            elif not _RULE.match(line):
                pairs = [(name, cell) for name, cell in zip(header, cells, strict=False) if cell]
                told = "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs)
                add(told, "row", [name for name, _ in pairs], [cell for _, cell in pairs])
        elif kind in ("step", "bullet"):
            add(line, kind)
        elif kind == "text" and previous in ("step", "bullet") and line.startswith((" ", "\t")) and units:
            last = units.pop()
            add(f"{last.text} {line.strip()}", last.kind)
            continue
        elif kind == "text":
            if line.lstrip().startswith("#"):
                section, lead = line.lstrip("# ").strip(), ""
                continue
            paragraph.append(line.lstrip("> "))
        previous = kind
    close()
    return tuple(unit for unit in units if _WORD.search(unit.text))


def tidy(text: str) -> str:
    """Return a unit's text without Markdown marks."""
    text = re.sub(r"\*\*|__|`", "", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return " ".join(text.split())


def bare(text: str) -> str:
    """Return a unit's text with its Markdown marks blanked, links as they are written."""
    return _MARKS.sub(" ", text)


def is_heading(line: str) -> bool:
    """Tell whether a line that begins a paragraph looks like a heading without its mark."""
    return len(line.split()) <= 9 and not line.rstrip().endswith((".", "!", "?", ":", ";", ")")) and not re.search(r"\d", line)
