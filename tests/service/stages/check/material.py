"""Passages, and a checker whose reader is a word count, for tests of the links."""

import re
import zlib
from collections.abc import Sequence

import numpy as np

from retrieval.encoder import Tokens
from service.stages.check.chain import Checker
from service.stages.check.evidence import Evidence, Passage
from service.text.word_runs import content
from tests.service.local.bags import Bags

_WORD = re.compile(r"[\w'£]+|[.,;:()]")
FEES = Passage(
    "Deposits and hire",
    "Prices",
    "A weekend lasts from Friday 3 pm to Monday 9 am. You can cancel free of charge up to 48 hours before, unless the machine was ordered for you.\n\n"
    "| Machine | Deposit | Per day | Weekend |\n|---|---|---|---|\n| Floor sander | £180 | £45 | £70 |\n| Tile cutter | £60 | £18 | £30 |\n\n"
    "Machines from 10 to 25 kg are carried to your car. Delivery costs £12 a trip. Call 01632 960 204 or write to hire@hobnail.example.\n",
)


class BagsOfTokens(Bags):
    """Bags that also give tokens: one a word."""

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Return a token a word, each with the word's direction twice."""
        split = [tuple(_WORD.findall(text.lower())) for text in texts]
        return [
            Tokens(np.array([zlib.crc32(word.encode()) for word in words]), np.hstack([self.encode(words or [" "])] * 2)[: len(words)], words)
            for words in split
        ]


def shares_words(sentence: str, evidence: Evidence) -> float:
    """Return the share of a sentence's words that its evidence holds."""
    wanted = content(sentence)
    return len(wanted & content(f"{evidence.text} {evidence.context}")) / (len(wanted) or 1)


CHECKER = Checker(BagsOfTokens(), shares_words)
