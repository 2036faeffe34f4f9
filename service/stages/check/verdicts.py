"""What the links of the check say of one sentence."""

from dataclasses import dataclass
from typing import Literal

LinkName = Literal["form", "quote", "agreement", "coverage", "policy"]


@dataclass(frozen=True)
class Verdict:
    """What one link says: a score from 0 to 1, below 1 only where it is unsure, and why it fails (None: it holds)."""

    link: LinkName
    score: float = 1.0
    why: str | None = None


@dataclass(frozen=True)
class Quote:
    """A verbatim stretch of a cited passage: the passage's label, and the words as they stand there."""

    label: str
    text: str


@dataclass(frozen=True)
class Examined:
    """A sentence with what every link said of it, as far as it came: `support` is the last score, 0 where a strict link failed.

    `by_quotes_alone` marks one in another language than its passages, whose clauses nothing here can compare.
    """

    text: str
    support: float
    verdicts: tuple[Verdict, ...]
    quotes: tuple[Quote, ...] = ()
    by_quotes_alone: bool = False

    @property
    def failed(self) -> Verdict | None:
        """The link that ended the sentence's life, None where all held."""
        return next((one for one in self.verdicts if one.why is not None), None)
