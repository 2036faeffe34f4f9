"""What a sentence is held against: the units of the cited passages that it quotes or, where it quotes nothing, that fit it best, with heads and headings."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from retrieval.encoder import Encodes
from retrieval.passages import Passage as Kept
from service.text import quantities, units
from service.text.quantities import Quantity, Span
from service.text.units import Unit
from service.text.word_runs import content

MOST = 4  # units that may carry one sentence together
GAIN = 0.08  # share of the sentence's words that a further unit must add


@dataclass(frozen=True)
class Passage:
    """A passage as the check reads it: its title, its headings, its text."""

    title: str
    heading: str
    text: str

    @classmethod
    def of(cls, kept: Kept, longest: int | None = None) -> "Passage":
        """Return a passage of a help centre as the check reads it, its text cut to `longest` characters."""
        return cls(kept.title, kept.heading, kept.text[:longest])

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The passage's units, in reading order."""
        return tuple(units.cut("", self.text))

    @cached_property
    def tidied(self) -> tuple[str, ...]:
        """The words of each unit, without its marks."""
        return tuple(units.tidy(unit.text) for unit in self.units)

    @property
    def heads(self) -> str:
        """Title and headings as one line."""
        return f"{self.title}. {self.heading}"


@dataclass(frozen=True)
class Evidence:
    """The units that a sentence rests on: (passage, unit) pairs in reading order; `passages` are all those cited."""

    passages: tuple[Passage, ...]
    chosen: tuple[tuple[Passage, Unit], ...]

    @cached_property
    def text(self) -> str:
        """The units' own words, table rows with their heads."""
        return " ".join(unit.text for _, unit in self.chosen)

    @cached_property
    def context(self) -> str:
        """The words around them that count as theirs: lead-ins, headings, titles."""
        parts = [part for passage, unit in self.chosen for part in (unit.lead, unit.section, passage.title, passage.heading)]
        return " . ".join(dict.fromkeys(part for part in parts if part))

    @cached_property
    def quantities(self) -> list[Quantity]:
        """The quantities of units and context."""
        return [one for _, unit in self.chosen for one in quantities.read(units.tidy(unit.text))] + quantities.read(self.context)

    @cached_property
    def spans(self) -> list[Span]:
        """The ranges that units and context state."""
        return [span for _, unit in self.chosen for span in quantities.spans(units.tidy(unit.text))] + quantities.spans(self.context)


def choose(sentence: str, passages: Sequence[Passage], encoder: Encodes) -> Evidence:
    """Choose the units that fit a sentence best: one that shares most of its words, names and numbers and is nearest to it, then what adds to that."""
    listed = [(passage, unit) for passage in passages for unit in passage.units]
    if not listed:
        return Evidence(tuple(passages), ())
    wanted, numbers = content(sentence), quantities.read(sentence)
    held = [content(f"{unit.text} {unit.lead} {unit.section}") for _, unit in listed]
    around = [content(passage.heads) for passage, _ in listed]
    rare = _rarity(wanted, held)
    texts = [text for passage in passages for text in passage.tidied]
    vectors = encoder.encode([sentence, *texts])
    cosines = vectors[1:] @ vectors[0]
    stated = [quantities.read(text) for text in texts]
    chosen: list[int] = []
    covered: set[str] = set()
    found: set[int] = set()
    while len(chosen) < MOST:
        scores = np.array([
            sum(rare[word] for word in (wanted & held[place]) - covered)
            + 0.3 * sum(rare[word] for word in (wanted & around[place]) - covered - held[place])
            + 0.25 * sum(quantities.states(stated[place], one) is True for index, one in enumerate(numbers) if index not in found)
            + (0.6 if not chosen else 0.1) * float(cosines[place])
            - (10.0 if place in chosen else 0.0)
            for place in range(len(listed))
        ])  # fmt: skip
        best = int(scores.argmax())
        news = {index for index, one in enumerate(numbers) if index not in found and quantities.states(stated[best], one) is True}
        gain = sum(rare[word] for word in (wanted & held[best]) - covered)
        if chosen and gain < GAIN and not news:
            break
        chosen.append(best)
        covered |= wanted & held[best]
        found |= news
    return Evidence(tuple(passages), tuple(listed[place] for place in sorted(chosen)))


def _rarity(wanted: set[str], held: Sequence[set[str]]) -> dict[str, float]:
    """Weigh each word of the sentence by how few units hold it; the weights add up to one."""
    raw = {word: 1 / (1 + sum(word in words for words in held)) ** 0.5 for word in wanted}
    total = sum(raw.values()) or 1.0
    return {word: weight / total for word, weight in raw.items()}
