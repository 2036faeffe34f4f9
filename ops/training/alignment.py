"""The alignment head as torch trains it: tokens of a sentence and of its evidence look for each other, and what they find is weighed with the features."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from service.text.word_runs import Floats

WIDTH, KEYS, HIDDEN = 160, 96, 64
DROPOUT, FEATURE_DROPOUT = 0.25, 0.15
EPOCHS, BATCH, RATE, DECAY = 8, 32, 1e-3, 0.02
SURE = 0.96  # labels are .02 and .98


@dataclass(frozen=True)
class Pair:
    """One row ready for training: ids and projected vectors of both sides, which evidence tokens belong to units, and scaled features."""

    sentence_ids: npt.NDArray[np.int64]
    sentence: Floats
    evidence_ids: npt.NDArray[np.int64]
    evidence: Floats
    own: npt.NDArray[np.bool_]
    features: Floats


class Alignment(nn.Module):  # type: ignore[misc]
    """What `service.local.reader` computes in numpy, with the same names of weights."""

    def __init__(self, features: int) -> None:
        super().__init__()
        compared = 4 * WIDTH + 3
        self.q = nn.Linear(WIDTH, KEYS, bias=False)
        self.same, self.temp = nn.Parameter(torch.tensor(2.0)), nn.Parameter(torch.tensor(6.0))
        self.cmp = nn.Sequential(nn.Linear(compared, HIDDEN), nn.GELU(), nn.Dropout(DROPOUT))
        self.back = nn.Sequential(nn.Linear(compared, HIDDEN), nn.GELU(), nn.Dropout(DROPOUT))
        self.out = nn.Sequential(nn.Linear(4 * HIDDEN + features, HIDDEN), nn.GELU(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, 1))

    def forward(self, batch: dict[str, Any]) -> Any:
        x, y = batch["sentence"], batch["evidence"]
        forth = self._side(x, y, batch["sentence_ids"], batch["evidence_ids"], batch["evidence_mask"], self.cmp)
        back = self._side(y, x, batch["evidence_ids"], batch["sentence_ids"], batch["sentence_mask"], self.back)
        pooled = [*_pooled(forth, batch["sentence_mask"]), *_pooled(back, batch["own"]), batch["features"]]
        return self.out(torch.cat(pooled, -1))[:, 0]

    def _side(self, x: Any, y: Any, x_ids: Any, y_ids: Any, mask: Any, net: Any) -> Any:
        cosines = functional.normalize(self.q(x), dim=-1) @ functional.normalize(self.q(y), dim=-1).transpose(1, 2)
        same = (x_ids[:, :, None] == y_ids[:, None, :]).float().masked_fill(~mask[:, None, :], 0)
        weights = (self.temp * cosines + self.same * same).masked_fill(~mask[:, None, :], -1e4).softmax(-1)
        found = weights @ y
        facts = [cosines.masked_fill(~mask[:, None, :], -1).max(-1).values, same.max(-1).values, weights.max(-1).values]
        return net(torch.cat([x, found, x - found, x * found, torch.stack(facts, -1)], -1))


def fit(pairs: Sequence[Pair], labels: Floats, seed: int, epochs: int = EPOCHS, alike: int = 1) -> dict[str, Floats]:
    """Train one head and return its weights by name. Of every `alike` batches drawn together, pairs of like length share one: less is padded."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    head = Alignment(len(pairs[0].features))
    optimiser = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=DECAY)
    rng = np.random.default_rng(seed)
    steps, step = epochs * -(-len(pairs) // BATCH), 0
    head.train()
    for _ in range(epochs):
        order = _alike(rng.permutation(len(pairs)), pairs, alike * BATCH, rng)
        for start in range(0, len(pairs), BATCH):
            chosen = order[start : start + BATCH]
            for group in optimiser.param_groups:
                group["lr"] = RATE * (1 - step / steps)
            step += 1
            batch = _batch([pairs[place] for place in chosen])
            batch["features"] = functional.dropout(batch["features"], FEATURE_DROPOUT, True)
            wanted = torch.tensor(labels[chosen] * SURE + (1 - SURE) / 2, dtype=torch.float32)
            loss = functional.binary_cross_entropy_with_logits(head(batch), wanted)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return {name: value.detach().numpy().astype(np.float32) for name, value in head.state_dict().items()}


def _alike(order: npt.NDArray[np.int64], pairs: Sequence[Pair], among: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    if among <= BATCH:
        return order
    drawn = [sorted(order[start : start + among], key=lambda place: len(pairs[place].evidence_ids)) for start in range(0, len(order), among)]
    batches = [one[start : start + BATCH] for one in drawn for start in range(0, len(one), BATCH)]
    return np.concatenate([batches[place] for place in rng.permutation(len(batches))])


def _pooled(values: Any, mask: Any) -> list[Any]:
    counted = mask[..., None].float()
    return [(values * counted).sum(1) / counted.sum(1).clamp(min=1), values.masked_fill(~mask[..., None], -9).max(1).values]


def _batch(pairs: Sequence[Pair]) -> dict[str, Any]:
    def padded(rows: Sequence[Any], fill: float, dtype: Any) -> Any:
        longest = max(len(row) for row in rows)
        whole = np.full((len(rows), longest, *rows[0].shape[1:]), fill, dtype=dtype)
        for place, row in enumerate(rows):
            whole[place, : len(row)] = row
        return torch.from_numpy(whole)

    return {
        "sentence_ids": padded([one.sentence_ids for one in pairs], -1, np.int64),
        "sentence": padded([one.sentence for one in pairs], 0, np.float32),
        "sentence_mask": padded([np.ones(len(one.sentence_ids), dtype=bool) for one in pairs], False, bool),
        "evidence_ids": padded([one.evidence_ids for one in pairs], -2, np.int64),
        "evidence": padded([one.evidence for one in pairs], 0, np.float32),
        "evidence_mask": padded([np.ones(len(one.evidence_ids), dtype=bool) for one in pairs], False, bool),
        "own": padded([one.own if one.own.any() else ~one.own for one in pairs], False, bool),
        "features": torch.from_numpy(np.stack([one.features for one in pairs]).astype(np.float32)),
    }
