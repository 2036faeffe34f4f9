"""Whether a sentence's quantity stands in the row, the column and the clause that the sentence speaks of, and not in a neighbour's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.stages.check.evidence import Evidence, Passage
from service.text import quantities, units
from service.text.quantities import Quantity
from service.text.units import Unit
from service.text.word_runs import content

CLEAR = 0.5  # share of a neighbour's own words that a sentence must have for it to be meant
SHARED = 0.34  # share of a sentence's words that a unit must have for a quantity in it to be the sentence's
_WORDS = re.compile(r"[^\W_]+")
_NAME = re.compile(r"\w\W+[A-Z]\w*\s$")
_CLAUSE = re.compile(r"[,;:()]\s*|\s+(?:and|but|or|while|whereas|und|et|y)\s+")


@dataclass(frozen=True)
class Bound:
    """How a quantity is bound: by how much some neighbour fits the sentence better than the place that holds it (below zero: none does)."""

    quantity: Quantity
    row: float
    column: float
    clause: float

    @property
    def elsewhere(self) -> bool:
        """Tell whether it is a neighbouring row's or column's."""
        return self.row > 0 or self.column > 0


def bindings(sentence: str, evidence: Evidence) -> list[Bound]:
    """Describe how each quantity of a sentence is bound in the cited passages; nothing for quantities that stand in none."""
    stated = [one for one in quantities.read(sentence) if not one.soft]
    found = []
    for one in stated:
        if not one.kind and _NAME.search(sentence[: one.start]):
            continue  # "the Kite 2", "Symmetric 500": a name's number
        others = [other for other in stated if other is not one]
        rows = [_row(sentence, one, others, passage, unit) for passage in evidence.passages for unit in passage.units if unit.kind == "row"]
        held = [bound for bound in rows if bound]
        in_text = [_clause(sentence, one, unit, passage) for passage in evidence.passages for unit in passage.units if unit.kind != "row"]
        clauses = [margin for margin in in_text if margin is not None]
        if clauses and (not held or min(clauses) <= 0):
            found.append(Bound(one, -1.0, -1.0, min(clauses)))
        elif held:
            row, column = min(held, key=lambda pair: (max(pair[0], 0) + max(pair[1], 0), pair[0] + pair[1]))
            found.append(Bound(one, row, column, min(clauses, default=-1.0)))
    return found


def _row(sentence: str, one: Quantity, others: Sequence[Quantity], passage: Passage, unit: Unit) -> tuple[float, float] | None:
    """Return by how much another row, and another column, fits better than where this row holds the quantity; None where it does not hold it."""
    places = [
        place for place, (head, cell) in enumerate(zip(unit.heads, unit.cells, strict=True))
        if place and quantities.states(quantities.read(f"{head}: {cell}"), one) is True
    ]  # fmt: skip
    if not places:
        return None
    table = [other for other in passage.units if other.kind == "row" and other.block == unit.block]
    labels = [other.cells[0] if other.cells else "" for other in table]
    heads = list(unit.heads[1:])
    margins = []
    for place in places:
        own = _fit(sentence, others, unit.cells[0], labels)
        rows = [other for other in table if other is not unit and _rivals(other, unit.heads[place], one)]
        row = _margin(own, max((_fit(sentence, others, other.cells[0], labels) for other in rows), default=0.0))
        mine = _fit(sentence, others, unit.heads[place], heads)
        columns = [head for head in heads if head != unit.heads[place] and _rivals(unit, head, one) and not _told(unit, head, others)]
        column = _margin(mine, max((_fit(sentence, others, head, heads) for head in columns), default=0.0))
        margins.append((row, column))
    return min(margins, key=sum)


def _cell(unit: Unit, head: str) -> list[Quantity]:
    """Return the quantities of a cell, told with its head, without those that stand in the head itself."""
    told = next((f"{name}: {cell}" for name, cell in zip(unit.heads, unit.cells, strict=True) if name == head), "")
    return [one for one in quantities.read(told) if one.start > len(head)]


def _rivals(unit: Unit, head: str, one: Quantity) -> bool:
    """Tell whether a cell holds another quantity of the same kind, for which this one could be mistaken."""
    held = _cell(unit, head)
    return any(other.kind == one.kind for other in held) and quantities.states(held, one) is not True


def _told(unit: Unit, head: str, others: Sequence[Quantity]) -> bool:
    """Tell whether the sentence states what a cell holds, so that its head is mentioned for its own sake."""
    return any(quantities.states(_cell(unit, head), other) is True for other in others)


def _margin(own: float, rival: float) -> float:
    """Return how much better the rival fits, below zero where it is not clearly meant or fits no better."""
    return rival - own if rival >= CLEAR and rival > own else -1.0 if own >= CLEAR else -0.5


def _fit(sentence: str, others: Sequence[Quantity], label: str, among: Sequence[str]) -> float:
    """Return how much of what tells a label from its neighbours the sentence says: words, and numbers that the label states or spans."""
    named = _named(sentence, label, among)
    if named is not None:
        return named
    words = content(label)
    shared = set.intersection(*(content(other) for other in among)) if len(among) > 1 else set()
    own = {word for word in words - shared if not word[0].isdigit()}
    said = content(sentence)
    stated, spans = quantities.read(label), quantities.spans(label)
    parts = [float(word in said) for word in own]
    if (stated or spans) and others:
        met = any(
            quantities.states(stated, other) is True or any(span.holds(other) and span.kind == other.kind for span in spans) for other in others
        )
        parts += [float(met)] * 2
    return sum(parts) / len(parts) if parts else 0.0


def _named(sentence: str, label: str, among: Sequence[str]) -> float | None:
    """Tell whether a label is said or a longer one that begins with it, as "Kite 2 Max" does with "Kite 2"; None where no two labels are so alike."""
    longer = [other for other in among if len(other) > len(label) and _run(other).startswith(_run(label))]
    shorter = [other for other in among if len(other) < len(label) and _run(other) and _run(label).startswith(_run(other))]
    said = _run(sentence)
    if _run(label) and (longer or shorter) and any(_run(one) in said for one in (label, *shorter)):
        return float(_run(label) in said and not any(_run(other) in said for other in longer))
    return None


def _run(text: str) -> str:
    words = _WORDS.findall(text.lower())
    return f" {' '.join(words)} " if words else ""


def _clause(sentence: str, one: Quantity, unit: Unit, passage: Passage) -> float | None:
    """Return by how much a clause with another quantity of the same kind fits better than the one that holds it; None where the unit does not hold it."""
    text = units.tidy(unit.text)
    if quantities.states(quantities.read(text), one) is not True:
        return None
    said = content(sentence)
    if len(said & content(f"{text} {unit.lead} {unit.section}")) < SHARED * len(said):
        return None
    clauses = [clause for clause in _CLAUSE.split(text) if clause and clause.strip()]
    own = rival = 0.0
    for clause in clauses:
        listed = quantities.read(clause)
        words = {word for word in content(clause) if not word[0].isdigit()}
        fit = len(words & said) / len(words) if words else 0.0
        if quantities.states(listed, one) is True:
            own = max(own, fit)
        elif any(other.kind == one.kind for other in listed):
            rival = max(rival, fit)
    return rival - own if rival > own else -1.0
