"""Teaches the reader of support from the labelled sentences in the tree, measures it on trades left out, and ships it with its card: `make reader`."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from evals import support_rows
from evals.support_rows import Row
from ops.cli.progress import bar
from ops.training import alignment
from ops.training.alignment import Pair
from retrieval import encoder as encoders
from retrieval.encoder import Encoder, Tokens
from retrieval.remembering import Remembering
from service import prompting
from service.local import reader
from service.local.reader import CLIP, Reader
from service.settings import Settings
from service.stages.check import coverage, evidence, form
from service.stages.check.evidence import Evidence, Passage
from service.text.word_runs import Floats

CENTRES = Path(__file__).parent / "centres"
SEEDS = (0, 1, 2)
TREES = {"max_iter": 300, "learning_rate": 0.04, "max_leaf_nodes": 12, "l2_regularization": 1.0, "random_state": 0}
SAMPLED = 600  # texts whose tokens the directions are fitted to
BY_RULE = 3  # one true sentence in so many is also held against words that say nothing of it: more of them teach what is easy
CENTRE = 2.0  # how often a row of a help centre counts for the trees: they are the hard ones
STRUCK = 0.08  # share of faithful sentences that the operating point gives up, on the half of the trades left out that it is chosen on


def main() -> None:
    """Teach, measure, and write the arrays and the card."""
    settings = Settings()
    encoder = encoders.obtain(settings.data_dir / "encoders")
    remembering = Remembering(encoder, 500_000)
    written = support_rows.sentences(CENTRES)
    taught = [*written, *_elsewhere(written), *_pairs(settings.prompts_dir), *_hostile()]
    left_out = support_rows.sentences()
    found = [[evidence.choose(row.sentence, row.passages, remembering) for row in rows] for rows in (taught, left_out)]
    described = [
        np.stack([coverage.described(row.sentence, one, remembering) for row, one in zip(rows, chosen, strict=True)])
        for rows, chosen in zip((taught, left_out), found, strict=True)
    ]
    tokens = _tokens([*taught, *left_out], [*found[0], *found[1]], encoder)
    labels = np.array([row.supported for row in taught], dtype=np.float32)
    arrays = teach(taught, found[0], described[0], labels, tokens)
    scores = _logits(reader.read(arrays), left_out, found[1], described[1], tokens)
    chosen, measured = _halves(left_out)
    faithful = np.array([row.supported for row in left_out])
    arrays["shift"] = -arrays["slope"] * np.quantile(scores[chosen & faithful], STRUCK)
    coverage.ship(arrays, card(taught, written, left_out, scores, measured, float(-arrays["shift"] / arrays["slope"])))


def teach(rows: Sequence[Row], found: Sequence[Evidence], described: Floats, labels: Floats, tokens: dict[str, Tokens]) -> dict[str, Any]:
    """Fit directions, heads and trees to rows, and return all as arrays."""
    mean, axes = directions(list(tokens.values()))
    feature_mean, feature_scale = described.mean(0), described.std(0) + 1e-6
    scaled = np.clip((described - feature_mean) / feature_scale, -CLIP, CLIP)
    pairs = [_pair(row, one, row_features, tokens, mean, axes) for row, one, row_features in zip(rows, found, scaled, strict=True)]
    arrays: dict[str, Any] = {"mean": mean, "directions": axes, "feature_mean": feature_mean, "feature_scale": feature_scale}
    with bar("Teaching heads") as tell:
        for number, seed in enumerate(SEEDS):
            arrays |= {f"head{number}.{name}": value for name, value in alignment.fit(pairs, labels, seed).items()}
            tell(number + 1, len(SEEDS))
    arrays |= flat(HistGradientBoostingClassifier(**TREES).fit(described, labels > 0.5, sample_weight=_weights(rows)))
    return arrays | {"heads": np.array(len(SEEDS)), "slope": np.array(0.7), "shift": np.array(0.0)}


def _weights(rows: Sequence[Row]) -> Floats:
    return np.array([1.0 if row.kind == "elsewhere" or row.trade in ("pairs", "hostile") else CENTRE for row in rows], dtype=np.float32)


def _elsewhere(rows: Sequence[Row]) -> list[Row]:
    """Return true sentences over an article that says nothing of them, by rule: another of the same company, or one of another company."""
    rng = np.random.default_rng(1)
    true = [row for row in rows if row.supported]
    found = []
    for place, row in enumerate(true):
        others = [other for other in (rows if place % 3 == 0 else [one for one in rows if one.trade == row.trade]) if other.passages != row.passages]
        found.append(Row(row.trade, others[int(rng.integers(len(others)))].passages, row.sentence, False, "elsewhere"))
    return found[::BY_RULE]


def _hostile() -> list[Row]:
    """Return the open half of the hostile answers, one sentence each, and their look-alikes."""
    listed = support_rows.hostile(support_rows.LEFT_OUT / "hostile-open.jsonl")
    return [Row("hostile", one.passages, one.answer, not one.lie, one.kind) for one in listed if len(form.split(one.answer)) == 1]


def _pairs(prompts_dir: Path) -> list[Row]:
    """Return the labelled pairs of the answer prompt."""
    folder = prompting.load(prompts_dir / "answer_ticket" / "v1")
    return [
        Row("pairs", (Passage("", "", str(row["passage"])),), str(row["sentence"]), bool(row["supported"]), str(row["kind"]))
        for row in folder.tables["pairs"]
    ]


def _tokens(rows: Sequence[Row], found: Sequence[Evidence], encoder: Encoder) -> dict[str, Tokens]:
    texts = sorted({text for row, one in zip(rows, found, strict=True) for text in (row.sentence, *coverage.texts(one))})
    return dict(zip(texts, encoder.tokens(texts), strict=True))


def directions(tokens: Sequence[Tokens]) -> tuple[Floats, Floats]:
    """Return the mean of tokens' layers and their WIDTH principal directions."""
    rng = np.random.default_rng(0)
    sample = np.vstack([tokens[place].layers for place in rng.choice(len(tokens), min(SAMPLED, len(tokens)), replace=False)]).astype(np.float32)
    mean = sample.mean(0)
    _, _, rows = np.linalg.svd(sample - mean, full_matrices=False)
    return mean.astype(np.float32), rows[: alignment.WIDTH].T.astype(np.float32)


def _pair(row: Row, found: Evidence, scaled: Floats, tokens: dict[str, Tokens], mean: Floats, directions: Floats) -> Pair:
    sentence, (joined, own) = tokens[row.sentence], coverage.joined(found, lambda texts: [tokens[text] for text in texts])
    x, y = sentence.layers[: reader.SENTENCE], joined.layers[: reader.EVIDENCE]
    projected = [np.asarray((layers - mean) @ directions, dtype=np.float32) for layers in (x, y)]
    return Pair(sentence.ids[: len(x)], projected[0], joined.ids[: len(y)], projected[1], own[: len(y)], scaled)


def flat(fitted: HistGradientBoostingClassifier) -> dict[str, Any]:
    """Lay all trees of a fitted classifier out as flat arrays of nodes."""
    parts: dict[str, list[Any]] = defaultdict(list)
    for (predictor,) in fitted._predictors:
        start = sum(len(one) for one in parts["feature"])
        nodes = predictor.nodes
        parts["roots"].append([start])
        parts["feature"].append(np.where(nodes["is_leaf"], -1, nodes["feature_idx"]))
        parts["threshold"].append(nodes["num_threshold"])
        parts["left"].append(nodes["left"].astype(np.int64) + start)
        parts["right"].append(nodes["right"].astype(np.int64) + start)
        parts["value"].append(nodes["value"])
    return {f"tree.{name}": np.concatenate(lists) for name, lists in parts.items()} | {
        "tree.baseline": np.array(float(fitted._baseline_prediction.ravel()[0]))
    }


def _logits(made: Reader, rows: Sequence[Row], found: Sequence[Evidence], described: Floats, tokens: dict[str, Tokens]) -> Floats:
    """Return the uncalibrated log-odds of rows."""
    scores = []
    for row, one, row_features in zip(rows, found, described, strict=True):
        joined, own = coverage.joined(one, lambda texts: [tokens[text] for text in texts])
        likely = made.likely(tokens[row.sentence], joined, own, row_features)
        scores.append((np.log(likely / (1 - likely)) - made.shift) / made.slope)
    return np.array(scores, dtype=np.float64)


def _halves(rows: Sequence[Row]) -> tuple[Any, Any]:
    """Split rows by trade into those that the operating point is chosen on and those that it is measured on."""
    trades = sorted({row.trade for row in rows})
    chosen = np.array([trades.index(row.trade) % 2 == 0 for row in rows])
    return chosen, ~chosen


def card(taught: Sequence[Row], written: Sequence[Row], left_out: Sequence[Row], scores: Floats, measured: Any, threshold: float) -> dict[str, Any]:
    """Say what the reader learned from and how well it tells supported from wrong on trades left out."""
    faithful = np.array([row.supported for row in left_out])
    wrong = {
        kind: [score < threshold for row, score, on in zip(left_out, scores, measured, strict=True) if on and row.kind == kind and not row.supported]
        for kind in {row.kind for row in left_out if not row.supported}
    }
    return {
        "what": "whether units of a help centre carry a sentence: three alignment heads over MiniLM's token vectors and boosted trees over features, averaged",
        "licence": "MIT, as the project; the vectors are those of all-MiniLM-L6-v2 (Apache-2.0), frozen",
        "made": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": "make reader",
        "taught": {"rows": len(taught), "supported": sum(row.supported for row in taught), "trades": len({row.trade for row in written})},
        "left_out": {"rows": len(left_out), "trades": sorted({row.trade for row in left_out})},
        "auroc": round(float(roc_auc_score(faithful, scores)), 3),
        "operating_point": {
            "chosen_on_trades": sorted({row.trade for row, on in zip(left_out, measured, strict=True) if not on}),
            "faithful_struck": round(float(np.mean(scores[measured & faithful] < threshold)), 3),
            "wrong_passed": round(float(np.mean(scores[measured & ~faithful] >= threshold)), 3),
            "caught_by_kind": {kind: round(float(np.mean(caught)), 2) for kind, caught in sorted(wrong.items())},
        },
        "rows_sha256": hashlib.sha256(json.dumps([[row.sentence, row.supported] for row in taught]).encode()).hexdigest(),
    }


if __name__ == "__main__":
    main()
