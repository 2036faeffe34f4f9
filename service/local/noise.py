"""The learned reader of noise: how likely nobody asks for anything in a mail, by what it is about, who sends it, and the signs that screening knows."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ingestion.mail import wishes
from ingestion.mail.message import Message
from retrieval.encoder import Encodes
from service.local import bag as bags
from service.local import reader, shipped
from service.local.bag import Bag
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
SHORT, SHORTEST = 80, 12  # words of a note with attachments, and of one that says too little to be told by anything but a machine's headers
PERSON = 2.0  # log-odds that proof needs more where somebody speaks up: out of fold, 5 of 13 requests lost have the signs of it below that, and 18 of 1,003 of noise
BAG = 2.0  # how much words count beside head and trees
VECTORS = 3.0  # how far vectors are stretched beside the signs

Impression = Callable[[Message], Floats]  # of a mail, by what its sentences report, shape (n,)


@dataclass(frozen=True)
class Bounds:
    """Log-odds from which the reader proves something (`sure`), from which a request is not believed to be one (`likely`), and below which words and
    headers prove nothing (`doubted`). A reader that was not taught what the local model makes of a mail gives way to it by `asked` times how likely
    that sees a request, and says nothing where `may_ask` tells so.
    """

    sure: float
    likely: float
    doubted: float
    asked: float = 0.0


@dataclass(frozen=True)
class NoiseReader:
    """Weighs signs, vectors and the local model's impression by a linear head, signs and impression by boosted trees, and words by a bag.

    Features are read less `mean` and by `scale`, both of shape (features,). `impression` describes a mail by what its sentences report.
    """

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    trees: Trees
    bag: Bag
    bounds: Bounds
    encoder: Encodes
    impression: Impression

    def __call__(self, message: Message) -> float:
        """Return the log-odds that nobody asks for anything."""
        found, reported = signs(message), self.impression(message)
        features = np.concatenate([found, VECTORS * vectors([message], self.encoder)[0], reported])[: len(self.mean)]
        by_head = float((features - self.mean) / self.scale @ self.weights + self.bias)
        return by_head + self.trees.score(np.concatenate([found, reported])) + BAG * self.bag.score(terms(message))

    def ground(self, message: Message, asks: float, agreed: bool = False) -> Literal["noise", "unclear"] | None:
        """Say that nobody asks for anything in a mail, or that it is unclear whether anybody does; None where a model that sees a request is believed.

        `asks` is how likely the local model takes a sentence of it for a request, 0 where it was not asked; `agreed` says that a hosted model
        saw none in all of it. Where somebody speaks up more is needed, and a few words alone or beside attachments are never told by likelihood.
        """
        found = named(message)
        likely = self(message) - self.bounds.asked * asks - (PERSON if speaks_up(found) else 0.0)
        if likely < self.bounds.likely or says_little(message) or (self.bounds.asked and may_ask(found)):
            return None
        return "noise" if likely >= self.bounds.sure or agreed else "unclear"

    def doubts(self, message: Message) -> bool:
        """Tell whether somebody may ask for something in a mail that words and headers prove to be a machine's."""
        return self(message) < self.bounds.doubted


def load(pinned: str, encoder: Encodes, impression: Impression) -> NoiseReader:
    """Read the reader that a release pins. Raises ReaderError."""
    kept = shipped.load(ARRAYS, CARD, pinned=pinned)
    try:
        return read(kept, encoder, impression)
    except KeyError as exc:
        raise ReaderError(f"{ARRAYS} lacks {exc}") from exc


def read(kept: Mapping[str, npt.NDArray[Any]], encoder: Encodes, impression: Impression) -> NoiseReader:
    """Return the reader of some kept arrays; the first ones knew signs and vectors alone, and had no bounds of their own. Raises KeyError where one is missing."""
    mean, scale, weights = (np.asarray(kept[name], dtype=np.float32) for name in ("mean", "scale", "weights"))
    bag = Bag({}, mean[:0], mean[:0], 0.0)
    bounds = Bounds(3.5, 1.0, float(kept["doubted"]), asked=6.0)
    if "terms" in kept:
        places = {term: place for place, term in enumerate(kept["terms"].tolist())}
        bag = Bag(places, kept["rarity"], kept["bag_weights"], float(kept["bag_bias"]))
        bounds = Bounds(float(kept["sure"]), float(kept["likely"]), float(kept["doubted"]))
    return NoiseReader(mean, scale, weights, float(kept["bias"]), reader.trees_of(kept), bag, bounds, encoder, impression)


def terms(message: Message) -> list[str]:
    """List the words and pairs of words of a mail that its bag weighs."""
    return bags.terms(message.subject, message.text.strip() or message.forwarded.strip())


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


def says_little(message: Message) -> bool:
    """Tell whether a mail that nothing proves to be a machine's says too little to be told by likelihood: a few words, or a short note with attachments."""
    words = len(message.text.split())
    little = (message.attachments and words < SHORT) or (message.automatic is None and words < SHORTEST)
    return bool(little) and proof.kind(message) is None


def speaks_up(found: Mapping[str, float]) -> bool:
    """Tell by signs that somebody speaks of themselves or what is theirs, and asks, wants or reports an ill; or that they fell for a trick."""
    asks, mine = bool(found["asks"]), bool(found["mine"])
    in_a_form = bool(found["customer's words"]) and asks and mine
    speaks = (found["one"] and (asks or found["serious"])) or (found["wants"] and mine) or in_a_form
    return bool(found["fell for it"]) or (bool(speaks) and not _sells(found))


def may_ask(found: Mapping[str, float]) -> bool:
    """Tell by signs whether a person may want something in a mail, whatever it is like: who speaks of themselves and asks, and an ill that lasts."""
    if _sells(found):
        return False
    is_over = found["over"] and not found["not over"]
    is_ill = found["serious"] and not is_over and not found["kind bounce"] and not found["kind auto-reply"]
    return bool((found["one"] and found["asks"]) or is_ill)


def _sells(found: Mapping[str, float]) -> bool:
    return bool(found["pitches"] >= 0.2 or found["offers"] or found["footer"] or found["mass"] >= 0.5)


def vectors(messages: list[Message], encoder: Encodes) -> Floats:
    """Return the vectors of the beginnings of mails, with what the middle layer makes of them, and those of their ends, side by side; a row a mail."""
    bodies = [message.text.strip() or message.forwarded.strip() for message in messages]
    starts = [f"{message.subject}. {body[:HEAD]}" for message, body in zip(messages, bodies, strict=True)]
    ends = [
        f"{body[-TAIL:]} {one.signature[:SMALL_PRINT]} {one.hidden[:SMALL_PRINT]}".strip() or one.subject
        for one, body in zip(messages, bodies, strict=True)
    ]
    return np.hstack([encoder.layers(starts), encoder.encode(ends)])
