"""The learned reader of noise: how likely nobody asks for anything in a mail, by what it is about, who sends it, and the signs that screening knows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ingestion.mail import wishes
from ingestion.mail.message import Message
from retrieval.encoder import Encodes
from service.local import reader, shipped
from service.local.reader import Trees
from service.local.shipped import ReaderError
from service.screening import advertising, newsletters, notices, proof, troubles, voices
from service.text.word_runs import Floats

ARRAYS, CARD = "noise.npz", "noise-card.json"
KINDS = ("auto-reply", "bounce", "list", "newsletter", "machine")
HEADERS = ("list-unsubscribe", "precedence", "auto-submitted", "list-id", "list-post", "x-auto-response-suppress", "feedback-id")
HEAD, TAIL, SMALL_PRINT = 700, 400, 150  # characters that are read of the text from its start and to its end, and of what stands below
_REPLY = re.compile(r"^\W*(?:re|aw|antw|rif|r|res|sv)\s?:", re.IGNORECASE)
_PASSED_ON = re.compile(r"^\W*(?:fwd?|wg|tr|rv|doorst|enc|i)\s?:", re.IGNORECASE)
_LINK = re.compile(r"https?://|www\.")
_YOURS = re.compile(r"\b(?:your|ihre?[nrms]?|votre|vos|sus?|vostr[oaie]|uw|jullie)\b", re.IGNORECASE)
_MINE = re.compile(r"\b(?:my|our|meine?[nrms]?|unsere?[nrms]?|mon|ma|mes|notre|mis?|nuestr[oa]s?|mijn|onze?|mio|mia|nostr[oaie])\b", re.IGNORECASE)
SURE, LIKELY = 3.5, 1.0  # log-odds from which it proves something, and from which a request is not believed to be one,
ASKED = 6.0  # less so much times how likely the local model sees a request
SHORT, SHORTEST = 80, 12  # words of a note with attachments, and of one that says too little to be told by anything but a machine's headers
VECTORS = 3.0  # how far vectors are stretched beside the signs


@dataclass(frozen=True)
class NoiseReader:
    """Weighs signs and vectors by a linear head, and signs by boosted trees. Below `doubted` log-odds words and headers prove nothing.

    Features are read less `mean` and by `scale`, both of shape (features,).
    """

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    trees: Trees
    doubted: float
    encoder: Encodes

    def __call__(self, message: Message) -> float:
        """Return the log-odds that nobody asks for anything."""
        found = signs(message)
        features = np.concatenate([found, VECTORS * vectors([message], self.encoder)[0]])
        return float((features - self.mean) / self.scale @ self.weights + self.bias + self.trees.score(found))

    def ground(self, message: Message, asks: float, agreed: bool = False) -> Literal["noise", "unclear"] | None:
        """Say that nobody asks for anything in a mail, or that it is unclear whether anybody does; None where a model that sees a request is believed.

        `asks` is how likely the local model takes a sentence of it for a request, 0 where it was not asked; `agreed` says that a hosted model
        saw none in all of it. A person who wants something, an ill that lasts, and a few words alone or beside attachments are never told by likelihood.
        """
        likely = self(message) - ASKED * asks
        if likely < LIKELY or may_ask(named(message), message):
            return None
        return "noise" if likely >= SURE or agreed else "unclear"

    def doubts(self, message: Message) -> bool:
        """Tell whether somebody may ask for something in a mail that words and headers prove to be a machine's."""
        return self(message) < self.doubted


def load(pinned: str, encoder: Encodes) -> NoiseReader:
    """Read the reader that a release pins. Raises ReaderError."""
    kept = shipped.load(ARRAYS, CARD, pinned=pinned)
    try:
        return read(kept, encoder)
    except KeyError as exc:
        raise ReaderError(f"{ARRAYS} lacks {exc}") from exc


def read(kept: Mapping[str, npt.NDArray[Any]], encoder: Encodes) -> NoiseReader:
    """Return the reader of some kept arrays. Raises KeyError where one is missing."""
    mean, scale, weights = (np.asarray(kept[name], dtype=np.float32) for name in ("mean", "scale", "weights"))
    return NoiseReader(mean, scale, weights, float(kept["bias"]), reader.trees_of(kept), float(kept["doubted"]), encoder)


def signs(message: Message) -> Floats:
    """Describe a mail by its headers and words, float32 of shape (signs,)."""
    return np.array([float(value) for value in named(message).values()], dtype=np.float32)


def named(message: Message) -> dict[str, float]:
    """Return all signs of a mail by name, each from 0 to about 1."""
    head, said = message.text[: voices.HEAD], voices.told(message)
    words = len(head.split())
    return {
        **{f"kind {kind}": message.automatic == kind for kind in KINDS},
        **{name: name in message.headers for name in HEADERS},
        "proven": proof.kind(message) is not None,
        "sender named": bool(message.sender.name),
        **{part: bool(getattr(message, part)) for part in ("quoted", "forwarded", "hidden", "attachments")},
        "reply": bool(_REPLY.match(message.subject)),
        "passed on": bool(_PASSED_ON.match(message.subject)),
        "asks": wishes.asks(head),
        "asked": min(wishes.count(head), 5) / 5,
        "subject asks": wishes.asks(message.subject),
        "question": "?" in head,
        **notices.signs(message, said),
        **newsletters.signs(said),
        **advertising.signs(voices.own_words(head)),
        **voices.signs(head, said),
        **troubles.signs(message.subject, said),
        "yours": bool(_YOURS.search(head)),
        "mine": bool(_MINE.search(head)),
        "words": float(np.log1p(words)) / 6,
        "links": min(len(_LINK.findall(said)), 5) / 5,
        "lines": min(head.count("\n") / max(words, 1), 1.0),
        "digits": sum(letter.isdigit() for letter in head) / max(len(head), 1) * 5,
    }


def may_ask(found: Mapping[str, float], message: Message) -> bool:
    """Tell by signs whether a person may want something in a mail, whatever it is like: who speaks of themselves and asks, an ill that lasts, a few
    words alone, and a short note with attachments."""
    sells = found["pitches"] >= 0.2 or found["offers"] or found["footer"] or found["mass"] >= 0.5
    words = len(message.text.split())
    if not found["proven"] and ((message.attachments and words < SHORT) or (message.automatic is None and words < SHORTEST)):
        return True
    if sells:
        return False
    is_over = found["over"] and not found["not over"]
    is_ill = found["serious"] and not is_over and not found["kind bounce"] and not found["kind auto-reply"]
    return bool((found["one"] and found["asks"]) or is_ill)


def vectors(messages: list[Message], encoder: Encodes) -> Floats:
    """Return the vectors of the beginnings of mails, with what the middle layer makes of them, and those of their ends, side by side; a row a mail."""
    bodies = [message.text.strip() or message.forwarded.strip() for message in messages]
    starts = [f"{message.subject}. {body[:HEAD]}" for message, body in zip(messages, bodies, strict=True)]
    ends = [
        f"{body[-TAIL:]} {one.signature[:SMALL_PRINT]} {one.hidden[:SMALL_PRINT]}".strip() or one.subject
        for one, body in zip(messages, bodies, strict=True)
    ]
    return np.hstack([encoder.layers(starts), encoder.encode(ends)])
