"""How an email or a question ended: the one place that says it, and in which words."""

from dataclasses import dataclass, field
from typing import Any, Literal

from ingestion.mail.message import Message
from retrieval.passages import Search
from service.answers import Answer, Discarded, Draft, HandedOver
from service.screening.screening import Screened
from service.tickets import NOTHING, Ticket

Ended = Literal["answered", "handedOver", "discarded", "failed"]


@dataclass
class Outcome:
    """How one email ended: one of `answer`, `handed_over` and `discarded` is there, and all that was found out on the way.

    An answer beside `handed_over` was held back. There is no message where none of it was read.
    """

    message: Message | None
    screened: Screened | None = None
    ticket: Ticket = NOTHING
    evidence: dict[str, Any] = field(default_factory=dict)
    question: str | None = None
    search: Search | None = None
    draft: Draft | None = None
    answer: Answer | None = None
    handed_over: HandedOver | None = None
    discarded: Discarded | None = None
    degraded: bool = False

    @property
    def ended(self) -> Ended:
        """How the email ended, in the words of the interface."""
        return ended(self.handed_over is not None, self.discarded is not None)

    @property
    def why(self) -> str:
        """The reason of a hand-over, the ground of a discard, "" for an answer."""
        if self.discarded:
            return self.discarded.why
        return self.handed_over.reason if self.handed_over else ""

    @property
    def checked(self) -> Answer | None:
        """The answer as the check left it, given or held back; None where none came so far."""
        held = self.handed_over.draft if self.handed_over else None
        return held if isinstance(held, Answer) else self.answer

    @property
    def given(self) -> Answer | None:
        """The answer that the customer may get, None where there is none or a person must see it first."""
        return None if self.handed_over else self.answer


def ended(handed_over: object, discarded: object = None, failed: object = None) -> Ended:
    """Return how something ended by what there is of it: a failure before a discard, a discard before a hand-over."""
    if failed:
        return "failed"
    if discarded:
        return "discarded"
    return "handedOver" if handed_over else "answered"
