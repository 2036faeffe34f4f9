"""An encoder's memory: a text is embedded once in a process, a passage once in a data directory."""

import threading
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from retrieval.encoder import Encoder, Read, Tokens, Vectors

MOST_TOKENS = 3000  # texts whose tokens are remembered: a text of twenty tokens takes 30 kB, a help centre of 300 passages has as many
SPARE_TOKENS = 500  # beyond that, so that what a question has just read is not forgotten before it is answered


class Keeps(Protocol):
    """Something that keeps what was made of the texts of passages, for the next process."""

    def read(self, texts: Sequence[str]) -> list[Read] | None:
        """Return what is kept of a passage's texts, None where nothing is."""
        ...

    def write(self, texts: Sequence[str], made: Sequence[Read]) -> None:
        """Keep what was made of a passage's texts."""
        ...


class Remembering:
    """An encoder that remembers the vectors of the texts it met last: the stages of one email ask for the same sentences again and again.

    What it makes of passages goes to `kept`, and comes from there where an earlier process has met them.
    """

    def __init__(self, encoder: Encoder, most: int = 8192, kept: Keeps | None = None, most_tokens: int = MOST_TOKENS) -> None:
        self._encoder = encoder
        self._most = most
        self._most_tokens = most_tokens
        self._kept = kept
        self._known: dict[str, Vectors] = {}
        self._layers: dict[str, Vectors] = {}
        self._tokens: dict[str, Tokens] = {}
        self._counts = threading.local()
        self.name = encoder.name
        self.dimensions = encoder.dimensions

    def meet(self, passages: Sequence[Sequence[str]]) -> None:
        """Learn what the encoder makes of the texts of passages, each given as its texts, all that is new in one run.

        Until the next question the calling thread asks for them without being counted: they are read once, whoever asks.
        """
        if len(self._tokens) > self._most_tokens:
            self._tokens = {}
        if len(self._known) > self._most:
            self._known = {}
        vectors, tokens = self._known, self._tokens
        new = [texts for texts in passages if not all(text in vectors and text in tokens for text in texts)]
        unread = []
        for texts in new:
            kept = self._kept.read(texts) if self._kept else None
            if kept is None:
                unread.append(texts)
            else:
                self._learn(texts, kept)
        wanted = list(dict.fromkeys(text for texts in unread for text in texts if not (text in vectors and text in tokens)))
        made = dict(zip(wanted, self._encoder.both(wanted), strict=True)) if wanted else {}
        self._learn(list(made), list(made.values()))
        if self._kept:
            for texts in unread:
                self._kept.write(texts, [made[text] if text in made else Read(vectors[text], tokens[text]) for text in texts])
        self._counts.met = frozenset(text for texts in passages for text in texts)

    def _learn(self, texts: Sequence[str], read: Sequence[Read]) -> None:
        for text, one in zip(texts, read, strict=True):
            self._known.setdefault(text, one.vector)
            self._tokens.setdefault(text, one.tokens)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, float32 of shape (len(texts), dimensions)."""
        self._ask(texts)
        known = self._known
        if len(known) > self._most:
            self._known = known = {}  # a plain new dictionary: other threads keep the one they are reading
        new = list(dict.fromkeys(text for text in texts if text not in known))
        fresh = dict(zip(new, self._encoder.encode(new), strict=True)) if new else {}
        known.update(fresh)
        rows = [fresh[text] if text in fresh else known[text] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.dimensions)

    def layers(self, texts: Sequence[str]) -> Vectors:
        """Return each text's vector and the mean of its middle layer, float32 of shape (len(texts), 2 * dimensions); `encode` then knows the vectors."""
        self._ask(texts)
        known = self._layers
        if len(known) > self._most // 2:
            self._layers = known = {}
        new = list(dict.fromkeys(text for text in texts if text not in known))
        fresh = dict(zip(new, self._encoder.layers(new), strict=True)) if new else {}
        known.update(fresh)
        self._known.update({text: row[: self.dimensions] for text, row in fresh.items()})
        rows = [fresh[text] if text in fresh else known[text] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), 2 * self.dimensions)

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Return each text's tokens; `encode` then knows the vectors."""
        self._ask(texts)
        known = self._tokens
        if len(known) > self._most_tokens + SPARE_TOKENS:
            self._tokens = known = {}
        new = list(dict.fromkeys(text for text in texts if text not in known))
        fresh = dict(zip(new, self._encoder.both(new), strict=True)) if new else {}
        self._learn(list(fresh), list(fresh.values()))
        return [fresh[text].tokens if text in fresh else known[text] for text in texts]

    def begin(self) -> None:
        """Begin a question or a mail in the calling thread: what its passages are is not known yet."""
        self._counts.met = frozenset()

    def _ask(self, texts: Sequence[str]) -> None:
        met: frozenset[str] = getattr(self._counts, "met", frozenset())
        self.count(sum(text not in met for text in texts))

    def count(self, texts: int) -> None:
        """Count texts as asked for by the calling thread; what remembers more than vectors counts here what it did not have to ask again."""
        self._counts.asked = self.asked + texts

    @property
    def asked(self) -> int:
        """How many vectors the calling thread has asked for so far, remembered ones too, those of passages it has met apart: what a clock cannot say on a busy machine."""
        asked: int = getattr(self._counts, "asked", 0)
        return asked
