"""A head that weighs yes against no by a description's features and by every product of two of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from service.local import events
from service.local.events import Head
from service.text.word_runs import Floats


@dataclass(frozen=True)
class Weigher:
    """Says how likely a described thing is what was asked for. Features are read less `mean` and by `scale`, both of shape (features,)."""

    head: Head
    mean: Floats
    scale: Floats

    def likely(self, described: Floats) -> Floats:
        """Return probabilities of shape (rows,) for descriptions of shape (rows, features)."""
        result: Floats = np.exp(self.head.log_probabilities(_expanded(described, self.mean, self.scale)))[:, 1]
        return result

    def arrays(self) -> dict[str, Floats]:
        """Return what `read` makes the same weigher of."""
        return {"weights": self.head.weights, "bias": self.head.bias, "mean": self.mean, "scale": self.scale}


def read(kept: Mapping[str, Floats]) -> Weigher:
    """Return the weigher of some kept arrays. Raises KeyError where one is missing."""
    return Weigher(Head(kept["weights"], kept["bias"]), kept["mean"], kept["scale"])


def learn(described: Floats, labels: Sequence[bool], strength: float) -> Weigher:
    """Fit a weigher to descriptions of shape (rows, features) and their labels; `strength` is the inverse of the penalty."""
    mean, scale = described.mean(axis=0), np.maximum(described.std(axis=0), 1e-6)
    _, head = events.fit(_expanded(described, mean, scale), [str(int(label)) for label in labels], strength)
    return Weigher(head, mean, scale)


def _expanded(described: Floats, mean: Floats, scale: Floats) -> Floats:
    """Add the products: "shares words" counts for more where it is also near in meaning."""
    standard = (described - mean) / scale
    first, second = np.triu_indices(standard.shape[1])
    return np.hstack([standard, standard[:, first] * standard[:, second]]).astype(np.float32)
