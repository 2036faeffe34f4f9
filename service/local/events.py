"""Which event each sentence of a mail reports: networks over two layers of its meaning and a head over its words, learned from labelled sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from service.local import networks
from service.local.networks import Networks
from service.text.word_runs import Floats, Vocabulary

MEANING_SHARE = 0.5  # of both log-probabilities; measured by leaving whole trades out (decision 16)


def log_softmax(scores: Floats) -> Floats:
    """Return the logarithms of the softmax of each row."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


@dataclass(frozen=True)
class Head:
    """A linear softmax: weights of shape (features, labels), bias of shape (labels,)."""

    weights: Floats
    bias: Floats

    def log_probabilities(self, rows: Any) -> Floats:
        """Return log-probabilities of shape (rows, labels)."""
        scores = np.asarray(rows @ self.weights) + self.bias
        return log_softmax(scores).astype(np.float32)


@dataclass(frozen=True)
class EventReader:
    """Says for each sentence how likely each event is. `labels` names the columns of what `read` returns."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    by_meaning: Networks
    by_words: Head

    def read(self, sentences: Sequence[str], layers: npt.NDArray[np.float32]) -> Floats:
        """Return probabilities of shape (len(sentences), len(labels)). `layers` are the sentences' as an encoder's `layers` returns them."""
        mixed = MEANING_SHARE * self.by_meaning.log_probabilities(layers)
        mixed = mixed + (1 - MEANING_SHARE) * self.by_words.log_probabilities(self.vocabulary.rows(sentences))
        return np.exp(log_softmax(mixed))


def learn(rows: Sequence[Mapping[str, Any]], layers: npt.NDArray[np.float32]) -> EventReader:
    """Fit both to labelled sentences (`text`, `event`, and `counts` where a row counts more than once) and their layers. Deterministic."""
    counts = [int(row.get("counts", 1)) for row in rows]
    labels, by_meaning = networks.fit(layers, [str(row["event"]) for row in rows], counts)
    shown = [row for row, count in zip(rows, counts, strict=True) for _ in range(count)]
    texts = [str(row["text"]) for row in shown]
    vocabulary = Vocabulary.learn(texts)
    _, by_words = fit(vocabulary.rows(texts).matrix(), [str(row["event"]) for row in shown], strength=10.0)
    return EventReader(labels, vocabulary, by_meaning, by_words)


def fit(rows: Any, labels: Sequence[str], strength: float) -> tuple[tuple[str, ...], Head]:
    """Fit a multinomial logistic regression (scikit-learn, L2, inverse strength C) and return its labels and arrays."""
    from sklearn.linear_model import LogisticRegression  # a second to import, needed only when a prompt is new
    from threadpoolctl import threadpool_limits

    model = LogisticRegression(C=strength, max_iter=200, tol=1e-3)
    with threadpool_limits(1):  # many small products: more threads take half as long again
        model.fit(rows, list(labels))
    weights, bias = model.coef_.T, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one column for two classes
        weights, bias = np.hstack([np.zeros_like(weights), weights]), np.array([0.0, bias[0]])
    return tuple(str(label) for label in model.classes_), Head(weights.astype(np.float32), bias.astype(np.float32))
