"""Whether a sentence agrees with the words it rests on in everything that can be told word by word: numbers, units, rows, columns, what a price is for, whether it is denied."""

import re

from service.stages.check import addresses, binding
from service.stages.check.evidence import Evidence
from service.text import language, negation, quantities
from service.text.quantities import MONEY, Quantity

_BASIS = re.compile(
    r"^[^.;,]{0,12}?\b(?:per|an?|each|every|for each|for every|pro|par|por)\s+(?:full\s+|calendar\s+|further\s+|single\s+)?(?P<what>[^\W\d_]{2,})|^\s?/\s?(?P<slash>[^\W\d_]+)",
    re.IGNORECASE,
)
_MOST_BASES = 2  # that a price is told for: "per night per person"
_PERSONS = frozenset({"person", "head", "guest", "adult", "passenger", "traveller", "traveler", "participant", "member", "child"})
_TIMES = frozenset({"minute", "hour", "day", "night", "week", "month", "year", "quarter"})
_WHOLES = frozenset({"booking", "group", "order", "family", "household", "box", "case", "pair", "crew", "visit", "trip", "cabin", "room", "session"})


def fault(sentence: str, evidence: Evidence) -> str | None:
    """Say in what a sentence differs from its evidence, None where it does in nothing."""
    for one in quantities.read(addresses.blanked(sentence)):
        if one.soft:
            continue
        stated = quantities.states(evidence.quantities, one)
        if stated is True or _a_case_of_a_range(sentence, one, evidence):
            continue
        return (
            f"{one.shown.strip()!r} stands with another unit in what it rests on"
            if stated is False
            else f"{one.shown.strip()!r} does not stand in what it rests on"
        )
    for bound in binding.bindings(sentence, evidence):
        if bound.elsewhere:
            return f"{bound.quantity.shown.strip()!r} belongs to another {'row' if bound.row > 0 else 'column'} of the table"
    texts = [text for passage in evidence.passages for text in passage.tidied]
    if clause := negation.turned(sentence, texts, language.detect(" ".join(texts))):
        return f"{clause!r} turns round what it rests on"
    return _other_basis(sentence, evidence)


def _a_case_of_a_range(sentence: str, one: Quantity, evidence: Evidence) -> bool:
    """Tell whether a quantity is an example of a range that is stated ("for 10 miles" where the row says 5 to 12), and not a limit of its own."""
    return one.kind not in ("clock", "date") and not quantities.bounded(sentence, one) and any(span.holds(one) for span in evidence.spans)


def _other_basis(sentence: str, evidence: Evidence) -> str | None:
    """Say where a price is told per something else than the evidence tells it: "a booking" for "a person"."""
    text = f"{evidence.text} {evidence.context}"
    for one in quantities.read(sentence):
        named = _bases(sentence, one) if one.kind in MONEY else []
        same = [_bases(text, other) for other in quantities.read(text) if named and other.kind == one.kind and other.value == one.value]
        others = {name for told in same for name in told if name in _TIMES or name in _PERSONS or name in _WHOLES}
        for what in named:
            family = next((group for group in (_TIMES, _PERSONS, _WHOLES) if what in group), frozenset())
            if family and others and what not in others and not (family is _PERSONS and others & _PERSONS):
                return f"{one.shown.strip()!r} is told per {what}, where it rests on it is per {', '.join(sorted(others))}"
    return None


def _bases(text: str, one: Quantity) -> list[str]:
    """Return what a price is told for: "per night per person" names two."""
    named: list[str] = []
    at = one.start + len(one.shown)
    while len(named) < _MOST_BASES and (match := _BASIS.match(text[at:])):
        named.append((match["what"] or match["slash"]).lower().removesuffix("s"))
        at += match.end()
    return named
