"""The learned reader of support: whether some units carry a sentence, by aligning its tokens with theirs and by features of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.encoder import Tokens
from service.text.word_runs import Floats

SENTENCE, EVIDENCE = 56, 220  # tokens read of each side
CLIP = 4.0  # standard deviations beyond which a feature says no more


@dataclass(frozen=True)
class Trees:
    """Boosted regression trees over features: node `n` goes left where features[feature[n]] <= threshold[n]; leaves have feature -1."""

    roots: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float64]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    baseline: float

    def score(self, features: Floats) -> float:
        """Return the log-odds of one row of features."""
        return float(self.scores(features[None])[0])

    def scores(self, rows: Floats) -> Floats:
        """Return the log-odds of rows of features, shape (rows,)."""
        nodes = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        each = np.arange(len(rows))[:, None]
        while (inner := self.feature[nodes] >= 0).any():
            goes_left = rows[each, np.maximum(self.feature[nodes], 0)] <= self.threshold[nodes]
            nodes = np.where(inner, np.where(goes_left, self.left[nodes], self.right[nodes]), nodes)
        return np.asarray(self.baseline + self.value[nodes].sum(axis=1))


@dataclass(frozen=True)
class Reader:
    """Says how likely evidence carries a sentence: alignment heads, averaged, and trees over the features, calibrated to a probability.

    `heads` are the weights of each head by name, as `ops.training.support` names them; `mean` and `directions` project a token's layers.
    """

    mean: Floats
    directions: Floats
    heads: tuple[Mapping[str, Floats], ...]
    feature_mean: Floats
    feature_scale: Floats
    trees: Trees
    slope: float
    shift: float

    def likely(self, sentence: Tokens, evidence: Tokens, own: npt.NDArray[np.bool_], features: Floats) -> float:
        """Return the probability of support. `own` marks the tokens of `evidence` that belong to units, the others being headings around them."""
        x, y = self._project(sentence.layers[:SENTENCE]), self._project(evidence.layers[:EVIDENCE])
        same = sentence.ids[:SENTENCE, None] == evidence.ids[None, :EVIDENCE]
        mask = own[:EVIDENCE] if own[:EVIDENCE].any() else np.ones(len(y), dtype=bool)
        scaled = np.clip((features - self.feature_mean) / self.feature_scale, -CLIP, CLIP)
        aligned = float(np.mean([align(head, x, y, same, mask, scaled) for head in self.heads])) if len(x) and len(y) else -CLIP
        return float(1 / (1 + np.exp(-(self.slope * (aligned + self.trees.score(features)) + self.shift))))

    def _project(self, layers: Floats) -> Floats:
        return np.asarray((layers - self.mean) @ self.directions, dtype=np.float32)


def read(kept: Mapping[str, npt.NDArray[Any]]) -> Reader:
    """Return the reader of some kept arrays. Raises KeyError where one is missing."""
    calibrated = float(kept["slope"]), float(kept["shift"])
    return Reader(kept["mean"], kept["directions"], heads_of(kept), kept["feature_mean"], kept["feature_scale"], trees_of(kept), *calibrated)


def heads_of(kept: Mapping[str, npt.NDArray[Any]]) -> tuple[Mapping[str, Floats], ...]:
    """Return the weights of each head by name. Raises KeyError where there are none."""
    return tuple(
        {name.partition(".")[2]: kept[name].astype(np.float32) for name in kept if name.startswith(f"head{number}.")}
        for number in range(int(kept["heads"]))
    )


def trees_of(kept: Mapping[str, npt.NDArray[Any]]) -> Trees:
    """Return the trees of some kept arrays. Raises KeyError where one is missing."""
    roots, feature, threshold, left, right, value = (kept[f"tree.{name}"] for name in ("roots", "feature", "threshold", "left", "right", "value"))
    return Trees(roots, feature, threshold, left, right, value, float(kept["tree.baseline"]))


def align(head: Mapping[str, Floats], x: Floats, y: Floats, same: npt.NDArray[np.bool_], own: npt.NDArray[np.bool_], features: Floats) -> float:
    """Return the log-odds of one head: `x` and `y` are projected tokens, `same` tells equal ids, `own` those of `y` that count, `features` are scaled."""
    forward = _side(head, "cmp", x, y, same)
    back = _side(head, "back", y, x, same.T)[own]
    pooled = [forward.mean(0), forward.max(0), back.mean(0), back.max(0), features]
    hidden = _gelu(head["out.0.weight"] @ np.concatenate(pooled) + head["out.0.bias"])
    return float((head["out.3.weight"] @ hidden + head["out.3.bias"])[0])


def _side(head: Mapping[str, Floats], net: str, x: Floats, y: Floats, same: npt.NDArray[np.bool_]) -> Floats:
    """Let each token of one side attend to the other side, and compare it with what it finds there; shape (tokens, hidden)."""
    cosines = _unit(x @ head["q.weight"].T) @ _unit(y @ head["q.weight"].T).T
    scores = head["temp"] * cosines + head["same"] * same
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    found = weights @ y
    facts = [cosines.max(axis=1), same.any(axis=1).astype(np.float32), weights.max(axis=1)]
    compared = np.concatenate([x, found, x - found, x * found, np.stack(facts, axis=1)], axis=1)
    return _gelu(compared @ head[f"{net}.0.weight"].T + head[f"{net}.0.bias"])


def _unit(rows: Floats) -> Floats:
    lengths: Floats = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return rows / lengths


def _gelu(values: Floats) -> Floats:
    """Return the Gaussian error linear unit, with the error function of Abramowitz and Stegun 7.1.26 (error below 1.5e-7)."""
    z = np.abs(values) / np.sqrt(2.0)
    t = 1 / (1 + 0.3275911 * z)
    erf = 1 - (((((1.061405429 * t - 1.453152027) * t) + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * np.exp(-z * z)
    return np.asarray(0.5 * values * (1 + np.sign(values) * erf), dtype=np.float32)
