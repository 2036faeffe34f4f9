"""What the words of a mail say together, by weights learned from other mails: single words and pairs of neighbours, whatever their order."""

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from service.text.word_runs import Floats

READ = 2500  # characters from the start of a text
_TERM = re.compile(r"[^\W\d_]+|[?!€$£%]|\d+")


@dataclass(frozen=True)
class Bag:
    """Weighs terms by how often they occur and how rare they are. `rarity` and `weights` are of shape (terms,), in the order of `places`."""

    places: Mapping[str, int]
    rarity: Floats
    weights: Floats
    bias: float

    def score(self, listed: Sequence[str]) -> float:
        """Return the log-odds that some terms speak for; those that nothing was learned of count for nothing."""
        found = Counter(self.places[term] for term in listed if term in self.places)
        if not found:
            return self.bias
        places, counts = np.array(list(found)), np.array(list(found.values()), dtype=np.float64)
        values = (1 + np.log(counts)) * self.rarity[places]
        return float(values @ self.weights[places] / np.linalg.norm(values) + self.bias)


def terms(subject: str, text: str) -> list[str]:
    """List the terms of a mail: words and some signs in lower case, any number as 0, those of the subject apart, and each with the next one."""
    single = [
        f"{place}{'0' if word[0].isdigit() else word}" for place, part in (("s:", subject), ("", text[:READ])) for word in _TERM.findall(part.lower())
    ]
    return single + [f"{one} {two}" for one, two in itertools.pairwise(single)]
