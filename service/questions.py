"""A question with the passages that may answer it."""

from dataclasses import dataclass

from retrieval.passages import Found
from service.prompting import Material, Readable


@dataclass(frozen=True)
class Question(Material):
    """What is asked, and the passages that may answer it, labelled p1, p2, … in the order in which they were found.

    `focus` holds the sentences of a long text that ask, none where the whole text does. `answerable` tells whether the search is
    confident enough for a model that cannot judge that by itself. `whole` is the mail that asks, with its date and subject, as a model reads it
    that can read all of it; None where the question is no mail.
    """

    text: Readable
    passages: dict[str, Found]
    focus: tuple[str, ...] = ()
    answerable: bool = True
    whole: Readable | None = None


@dataclass(frozen=True)
class Answered(Material):
    """An answer to be looked at a second time: what was asked, the passages by label, and the sentences, each with the labels it cites."""

    question: Readable
    passages: dict[str, Found]
    sentences: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def cited(self) -> dict[str, Found]:
        """The passages that some sentence cites."""
        labels = {name for _, citations in self.sentences for name in citations}
        return {name: found for name, found in self.passages.items() if name in labels}


def label(found: tuple[Found, ...]) -> dict[str, Found]:
    """Give passages the labels by which an answer cites them."""
    return {f"p{number}": one for number, one in enumerate(found, 1)}
