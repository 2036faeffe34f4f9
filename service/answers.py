"""What the pipeline ends with: an answer with its citations, or the reason why there is none."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from retrieval.passages import Found

Reason = Literal[
    "nothing_found",  # no passage above the floor
    "no_answer",  # passages, but no model found an answer in them
    "unsupported",  # an answer, but too little of it is supported by what it cites
    "invalid_ticket",  # no model gave a ticket that holds the contract
    "models_failed",  # every route failed
    "needs_a_person",  # safety, law, security: a person must see it first
    "policy",  # the answer broke a policy rule
    "deadline",  # the time for this email ran out
    "unclear",  # it may ask for something, but what is not understood
    "unreadable",  # what somebody wrote cannot be read here: it is encrypted, or stands in attachments alone
    "not_handled",  # its workers ended before it was done, again and again: nobody here has read it to its end
]

# What each link of the check found of a sentence that it struck, in plain words: for people, before the particulars.
LINKS: Mapping[str, str] = {
    "form": "It is not one plain sentence",
    "quote": "What it rests on does not stand in a passage",
    "agreement": "It says something else than its passage",
    "policy": "It says what may not leave",
    "coverage": "Its passage does not carry all of it",
    "verify": "The second opinion does not support it",
}


@dataclass(frozen=True)
class DraftSentence:
    """One sentence as a model wrote it, with the labels of the passages it says it rests on and the words it says it quotes of them."""

    text: str
    citations: tuple[str, ...]
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """An answer that nobody has checked. Customers never get one. `sources` gives the passage behind each label."""

    sentences: tuple[DraftSentence, ...]
    sources: dict[str, Found]


@dataclass(frozen=True)
class Quoted:
    """Words of a passage that carry a sentence: the passage's label, and the characters `start` to `end` of its text, None where they are told otherwise."""

    label: str
    text: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Sentence:
    """A sentence that was checked: `support` is its measured support, 0 to 1, `quotes` the words that carry it."""

    text: str
    citations: tuple[str, ...]
    support: float
    quotes: tuple[Quoted, ...] = ()


@dataclass(frozen=True)
class Struck:
    """A sentence that was taken out of a draft: the link of the check that it failed, and why."""

    text: str
    citations: tuple[str, ...]
    why: str
    link: str = ""


@dataclass(frozen=True)
class Citation:
    """A passage that a sentence rests on, with the quote that supports it, and what its article says of its date and version."""

    id: str
    article: str
    title: str
    heading: str
    quote: str
    score: float
    updated: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class Answer:
    """An answer whose every sentence was found supported by what it cites. Only `check.chain` makes one."""

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    struck: tuple[Struck, ...] = field(default=())

    @property
    def text(self) -> str:
        """Return the sentences as one text, list items on lines of their own."""
        return join(sentence.text for sentence in self.sentences)

    @property
    def checked(self) -> int:
        """How many sentences were looked at, kept or struck."""
        return len(self.sentences) + len(self.struck)

    @property
    def by_link(self) -> dict[str, int]:
        """How many sentences each link struck; links that struck none are not in it."""
        return dict(Counter(one.link or "quote" for one in self.struck))


class HandedOver(Exception):
    """A person must take this email. `draft` is what a model would have said, for that person's eyes only."""

    def __init__(self, reason: Reason, detail: str, draft: Answer | Draft | None = None) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        self.detail = detail
        self.draft = draft


class Discarded(Exception):
    """This email is known to ask nothing of anybody: automatic, bounced, empty, advertising, or pure thanks.

    `why` is for people. `kind` is for programs: how the mail is automatic ("auto-reply", "bounce", "machine", "newsletter"), "empty", "thanks", "spam" or "noise".
    """

    def __init__(self, why: str, kind: str) -> None:
        super().__init__(why)
        self.why = why
        self.kind = kind


def join(sentences: Iterable[str]) -> str:
    """Join sentences into one text: steps and bullets on lines of their own, the rest as running text."""
    text = ""
    for sentence in sentences:
        listed = sentence.lstrip().startswith(("- ", "* ")) or sentence.split(".")[0].isdigit()
        text += ("\n" if listed or text.rsplit("\n", 1)[-1].startswith("- ") else " ") + sentence if text else sentence
    return text
