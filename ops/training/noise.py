"""Teaches the reader of noise from the mails in the tree and the worked mails of the extract prompt, measures it on what others wrote, and ships it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import formataddr
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ingestion.mail import message
from ops.cli.progress import bar
from ops.training.support import flat
from retrieval import encoder as encoders
from service import prompting
from service.local import noise, shipped
from service.settings import Settings
from service.text.word_runs import Floats

MAILS = Path(__file__).parent / "mails"
TREES = {"max_iter": 200, "learning_rate": 0.05, "max_leaf_nodes": 8, "l2_regularization": 1.0, "random_state": 0}
STRENGTH = 0.01  # inverse of the linear head's penalty
WORKED = 0.3  # how often a worked mail counts, which has no headers, beside one that was written to be told apart
LOST = (0.005, 0.01, 0.03)  # shares of the requests that look like noise, out of fold, at which the card says how much noise is caught


DOUBTED = 0.005  # share of the noise that words and headers prove which is doubted all the same
PROVEN = list(noise.named(message.parse(b"Subject: x\n\n"))).index("proven")


@dataclass(frozen=True)
class Rows:
    """Mails of one source, described: signs (rows, signs), vectors (rows, dimensions), whether each is noise, of which kind and language."""

    source: str
    signs: Floats
    vectors: Floats
    noise: Any
    kinds: tuple[str, ...]
    languages: tuple[str, ...]


def main() -> None:
    """Teach, measure with each file left out, and write the arrays and the card."""
    settings = Settings()
    encoder = encoders.obtain(settings.data_dir / "encoders")
    written = [
        _rows(path.stem, [json.loads(line) for line in path.read_text("utf-8").split("\n") if line], encoder)
        for path in sorted(MAILS.glob("*.jsonl"))
    ]
    worked = _rows("worked", _worked(settings.prompts_dir), encoder)
    scores = []
    with bar("Teaching without each file") as tell:
        for place, left_out in enumerate(written):
            arrays = teach([one for one in written if one is not left_out], worked)
            scores.append(_scores(arrays, left_out))
            tell(place + 1, len(written))
    found = np.concatenate(scores)
    is_noise = np.concatenate([one.noise for one in written])
    proven = np.concatenate([one.signs[:, PROVEN] for one in written]) > 0
    doubted = float(np.quantile(found[is_noise & proven], DOUBTED))
    shipped.ship({**teach(written, worked), "doubted": np.array(doubted)}, _card(written, worked, found, doubted), (noise.ARRAYS, noise.CARD))


def teach(written: Sequence[Rows], worked: Rows) -> dict[str, Any]:
    """Fit the head and the trees, and return all as arrays."""
    everything = [*written, worked]
    signs, vectors, is_noise = (np.concatenate([getattr(one, name) for one in everything]) for name in ("signs", "vectors", "noise"))
    counts = np.concatenate([np.full(len(one.noise), WORKED if one is worked else 1.0) for one in everything])
    features = np.hstack([signs, noise.VECTORS * vectors])
    mean, scale = features.mean(0), features.std(0) + 1e-3
    head = LogisticRegression(C=STRENGTH, max_iter=3000).fit((features - mean) / scale, is_noise, sample_weight=counts)
    trees = HistGradientBoostingClassifier(**TREES).fit(signs, is_noise, sample_weight=counts)
    return {"mean": mean, "scale": scale, "weights": head.coef_[0].astype(np.float32), "bias": np.array(head.intercept_[0]), **flat(trees)}


def _scores(arrays: dict[str, Any], rows: Rows) -> Floats:
    made = noise.read({**arrays, "doubted": np.array(0.0)}, encoder=None)  # type: ignore[arg-type]
    features = np.hstack([rows.signs, noise.VECTORS * rows.vectors])
    return np.asarray((features - made.mean) / made.scale @ made.weights + made.bias + made.trees.scores(rows.signs))


def _rows(source: str, listed: Sequence[dict[str, Any]], encoder: encoders.Encoder) -> Rows:
    messages = [message.parse(row["mail"].encode() if isinstance(row["mail"], str) else row["mail"]) for row in listed]
    described = np.stack([noise.signs(one) for one in messages])
    kinds, languages = (tuple(str(row[name]) for row in listed) for name in ("kind", "language"))
    return Rows(source, described, noise.vectors(messages, encoder), np.array([row["noise"] for row in listed]), kinds, languages)


def _worked(prompts_dir: Path) -> list[dict[str, Any]]:
    """Return the worked mails of the newest extract prompt that are requests, or are known to ask nothing."""
    folder = prompting.load(max((prompts_dir / "extract_ticket").iterdir(), key=lambda path: int(path.name.removeprefix("v"))))
    rows = []
    for row in folder.tables["examples"]:
        asks = row["ticket"]["urgency"] is not None
        if asks or not any(word in str(row.get("rule", "")) for word in ("understood", "not read", "unclear", "gibberish", "encrypt")):
            rows.append({"mail": _mail(row), "noise": not asks, "kind": "request" if asks else "worked", "language": row["language"]})
    return rows


def _mail(row: Any) -> bytes:
    made = EmailMessage()
    made["From"] = formataddr((row["from_name"] or "", row["from_address"] or ""))
    made["Subject"] = " ".join(str(row["subject"] or "").split())
    made.set_content(row["body"])
    return made.as_bytes()


def _card(written: Sequence[Rows], worked: Rows, found: Floats, bound: float) -> dict[str, Any]:
    is_noise, kinds = np.concatenate([one.noise for one in written]), np.array([kind for one in written for kind in one.kinds])
    is_foreign = np.array([language != "en" for one in written for language in one.languages])
    proven, doubted = np.concatenate([one.signs[:, PROVEN] for one in written]) > 0, found < bound
    left_out = []
    for share in LOST:
        caught = found >= np.quantile(found[~is_noise], 1 - share)
        by_kind = {kind: round(float(np.mean(caught[kinds == kind])), 2) for kind in sorted(set(kinds) - {"request"})}
        other = {"in_other_languages": round(float(np.mean(caught[is_noise & is_foreign])), 2)}
        left_out.append({"requests_lost": share, "noise_caught": round(float(np.mean(caught[is_noise])), 3), **by_kind, **other})
    told = {"requests": int(np.sum(proven & ~is_noise)), "of_them_doubted": int(np.sum(proven & ~is_noise & doubted))}
    told |= {"noise": int(np.sum(proven & is_noise)), "of_it_doubted": int(np.sum(proven & is_noise & doubted))}
    return {
        "what": "how likely nobody asks for anything in a mail: a linear head over signs and MiniLM's vectors, and boosted trees over the signs",
        "licence": "MIT, as the project; the vectors are those of all-MiniLM-L6-v2 (Apache-2.0), frozen",
        "made": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": "make reader",
        "taught": {"mails": len(is_noise), "noise": int(is_noise.sum()), "worked_mails": len(worked.noise)},
        "auroc_left_out": round(float(roc_auc_score(is_noise, found)), 3),
        "left_out": left_out,
        "proven_by_words": told,
        "rows_sha256": hashlib.sha256(b"".join(path.read_bytes() for path in sorted(MAILS.glob("*.jsonl")))).hexdigest(),
    }


if __name__ == "__main__":
    main()
