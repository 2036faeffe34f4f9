"""An answer beside its passages: which words of which passage carry each sentence, linked both ways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retrieval.passages import Passage
from service.console import highlight
from service.console.highlight import Mark, Piece
from service.text import places
from service.wire import Citation, Sentence, SentenceQuote, StruckSentence


@dataclass(frozen=True)
class Shown:
    """A quote of a sentence: where it is marked, and whether the sentence stands in it word for word."""

    passage: str
    text: str
    href: str
    same: bool


@dataclass(frozen=True)
class Line:
    """A sentence with its number, what it cites as (label, address on the page), and its quotes."""

    number: int
    sentence: Sentence
    cites: tuple[tuple[str, str], ...]
    quotes: tuple[Shown, ...]


@dataclass(frozen=True)
class Opened:
    """A cited passage with the quotes marked in it. No pieces and no id where it is in no snapshot any more."""

    label: str
    title: str
    heading: str
    article: str
    score: float | None
    quote: str
    pieces: list[Piece]
    passage_id: str | None = None
    version: str | None = None
    updated: str | None = None


def lines(sentences: Sequence[Sentence]) -> list[Line]:
    """Number sentences, each with links to the places of its quotes."""
    return [_line(number, one) for number, one in enumerate(sentences, 1)]


def opened(listed: Sequence[Line], struck: Sequence[StruckSentence], citations: Sequence[Citation], passages: Mapping[str, Passage]) -> list[Opened]:
    """Return every passage that a sentence cites, kept or struck, with the quotes marked; `passages` are those known, by label."""
    labels = [label for line in listed for label in line.sentence.citations] + [label for one in struck for label in one.citations]
    told = {one.id: one for one in citations}
    found = [_opened(label, listed, told.get(label), passages.get(label)) for label in dict.fromkeys([*labels, *told])]
    return [one for one in found if one]


def _line(number: int, sentence: Sentence) -> Line:
    quotes = tuple(Shown(one.passage, one.text, _href(number, one), places.find(one.text, sentence.text) is not None) for one in sentence.quotes)
    marked = {one.passage: one.href for one in reversed(quotes)}
    return Line(number, sentence, tuple((label, marked.get(label, f"#passage-{label}")) for label in sentence.citations), quotes)


def _href(number: int, quote: SentenceQuote) -> str:
    return f"#passage-{quote.passage}" if quote.start is None else f"#quote-{number}-{quote.passage}"


def _opened(label: str, listed: Sequence[Line], told: Citation | None, passage: Passage | None) -> Opened | None:
    if passage is None:
        if told is None:
            return None
        return Opened(label, told.title, told.heading, told.article, told.score, told.quote, [], None, told.version, told.updated)
    marks = [mark for line in listed for mark in _marks(label, line, passage.text)]
    score = told.score if told else None
    pieces = highlight.pieces(passage.text, marks)
    return Opened(
        label,
        passage.title,
        passage.heading,
        passage.article,
        score,
        told.quote if told else "",
        pieces,
        passage.id,
        passage.version,
        passage.updated,
    )


def _marks(label: str, line: Line, text: str) -> list[Mark]:
    """Mark the quotes of a sentence in the passage of a label; where it is kept without their places, they are looked for."""
    found = []
    for quote in line.sentence.quotes:
        if quote.passage != label:
            continue
        place = places.find(text, quote.text) if quote.start is None or quote.end is None else (quote.start, quote.end)
        if place:
            found.append(Mark(*place, "quote", f"carries sentence {line.number}", f"quote-{line.number}-{label}"))
    return found
