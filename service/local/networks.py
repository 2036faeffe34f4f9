"""Small networks that tell labels apart by a description, several of them averaged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.text.word_runs import Floats

NETWORKS = 2
HIDDEN = 192
EPOCHS, BATCH, RATE, DECAY = 10, 128, 2e-3, 1e-2
DROPPED = (0.2, 0.4)  # share of the inputs and of the hidden values left out of each step
SMOOTHED = 0.05  # of a label's weight that all labels share: people differ about one sentence in twenty
FARTHEST = 5.0  # standard deviations beyond which a feature says no more
LEAST = 1e-9


@dataclass(frozen=True)
class Networks:
    """Networks of one hidden layer: `inner` of shape (networks, features, hidden), `outer` of shape (networks, hidden, labels), and their biases.

    Features are read less `mean` and by `scale`, both of shape (features,).
    """

    mean: Floats
    scale: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats

    def log_probabilities(self, rows: Floats) -> Floats:
        """Return the logarithms of the mean probabilities, shape (rows, labels)."""
        known = _scaled(rows, self.mean, self.scale)
        total = np.zeros((len(rows), self.outer.shape[2]), dtype=np.float32)
        for inner, inner_bias, outer, outer_bias in zip(self.inner, self.inner_bias, self.outer, self.outer_bias, strict=True):
            scores = np.maximum(known @ inner + inner_bias, 0) @ outer + outer_bias
            powers = np.exp(scores - scores.max(axis=1, keepdims=True))
            total += powers / powers.sum(axis=1, keepdims=True)
        result: Floats = np.log(total / len(self.inner) + LEAST).astype(np.float32)
        return result

    def arrays(self) -> dict[str, Floats]:
        """Return what `read` makes the same networks of."""
        return dict(vars(self))


def read(kept: Mapping[str, Floats]) -> Networks:
    """Return the networks of some kept arrays. Raises KeyError where one is missing."""
    return Networks(*(kept[name] for name in Networks.__dataclass_fields__))


def fit(rows: Floats, labels: Sequence[str], counts: Sequence[int]) -> tuple[tuple[str, ...], Networks]:
    """Fit networks to descriptions of shape (rows, features); `counts` says how many times each row is shown. Deterministic on one machine."""
    import torch  # seconds to import, needed only when a prompt is new

    names = sorted(set(labels))
    places = {name: place for place, name in enumerate(names)}
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + np.float32(1e-6)
    shown = np.repeat(np.arange(len(rows)), counts)
    inputs = torch.from_numpy(_scaled(rows, mean, scale)[shown])
    targets = torch.tensor([places[label] for label in labels])[shown]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # many small products: more threads take longer, and add in another order
    try:
        fitted = [_one(inputs, targets, len(names), seed) for seed in range(NETWORKS)]
    finally:
        torch.set_num_threads(threads)
    inner, inner_bias, outer, outer_bias = (np.stack(part) for part in zip(*fitted, strict=True))
    return tuple(names), Networks(mean, scale, inner, inner_bias, outer, outer_bias)


def _scaled(rows: Floats, mean: Floats, scale: Floats) -> Floats:
    scaled: Floats = np.clip((rows - mean) / scale, -FARTHEST, FARTHEST).astype(np.float32)
    return scaled


def _one(inputs: Any, targets: Any, labels: int, seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Fit one network by AdamW, its rate rising and falling once; returns its weights and biases."""
    from torch import Generator, nn, optim, random, randperm

    steps = -(-len(inputs) // BATCH)
    with random.fork_rng():
        random.manual_seed(seed)
        network = nn.Sequential(
            nn.Dropout(DROPPED[0]), nn.Linear(inputs.shape[1], HIDDEN), nn.ReLU(), nn.Dropout(DROPPED[1]), nn.Linear(HIDDEN, labels)
        )
        optimiser = optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
        rate = optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * steps)
        loss, order = nn.CrossEntropyLoss(label_smoothing=SMOOTHED), Generator().manual_seed(seed)
        for _ in range(EPOCHS):
            shuffled = randperm(len(inputs), generator=order)
            for start in range(0, len(inputs), BATCH):
                some = shuffled[start : start + BATCH]
                optimiser.zero_grad()
                loss(network(inputs[some]), targets[some]).backward()
                optimiser.step()
                rate.step()
    first, last = network[1], network[4]
    return tuple(part.detach().numpy().copy() for part in (first.weight.T, first.bias, last.weight.T, last.bias))
