"""Teaches the reader of noise from the mails in the tree and the worked mails of the extract prompt, measures it on what others wrote, and ships it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import formataddr
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ingestion.mail import message
from ops.cli.progress import bar
from ops.training.support import flat
from retrieval import encoder as encoders
from retrieval.remembering import Remembering
from service import prompting
from service.arrays import Kept
from service.local import noise, shipped
from service.local.reading import Reading
from service.local.training import Fitting
from service.prompting import PromptFolder
from service.settings import Settings
from service.text.word_runs import Floats

MAILS = Path(__file__).parent / "mails"
TREES = {"max_iter": 200, "learning_rate": 0.05, "max_leaf_nodes": 8, "l2_regularization": 1.0, "random_state": 0}
STRENGTH = 0.01  # inverse of the linear head's penalty
WORKED = 0.3  # how often a worked mail counts, which has no headers, beside one that was written to be told apart
LOST = (0.005, 0.01, 0.03)  # shares of the requests that look like noise, out of fold, at which the card says how much noise is caught
CATCHES = 20.0  # inverse of the penalty on the weights of words
FEWEST = 3  # mails that a term must stand in to be learned
SURE, PROVES, LIKELY = (
    0.01,
    0.02,
    0.04,
)  # shares of the requests that look like noise, out of fold, above the bounds of proof, of proof with words, of doubt
PROVEN = list(noise.named(message.parse(b"Subject: x\n\n"))).index("proven")


@dataclass(frozen=True)
class Rows:
    """Mails of one source, described: signs (rows, signs), vectors (rows, dimensions), impressions (rows, n), terms, whether each is noise, its kind and language."""

    source: str
    signs: Floats
    vectors: Floats
    impressions: Floats
    terms: tuple[list[str], ...]
    noise: Any
    kinds: tuple[str, ...]
    languages: tuple[str, ...]

    def features(self) -> Floats:
        """Return what the linear head weighs, shape (rows, features)."""
        return np.hstack([self.signs, noise.VECTORS * self.vectors, self.impressions])

    def for_trees(self) -> Floats:
        """Return what the trees weigh, shape (rows, features)."""
        return np.hstack([self.signs, self.impressions])


def main() -> None:
    """Teach, measure with each file left out, and write the arrays and the card."""
    settings = Settings()
    encoder = Remembering(encoders.obtain(settings.data_dir / "encoders"))
    prompt = _newest(settings.prompts_dir)
    reading = Reading(Fitting(Kept(settings.data_dir / "fitted"), encoder), encoder)
    describe = partial(_rows, encoder=encoder, impression=partial(reading.impression, prompt=prompt))
    written = [
        describe(path.stem, [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]) for path in sorted(MAILS.glob("*.jsonl"))
    ]
    worked = describe("worked", _worked(prompt))
    scores = []
    with bar("Teaching without each file") as tell:
        for place, left_out in enumerate(written):
            scores.append(_scores(teach([one for one in written if one is not left_out], worked), left_out))
            tell(place + 1, len(written))
    found = np.concatenate(scores)
    bounds = _bounds(written, found)
    shipped.ship({**teach(written, worked), **bounds}, _card(written, worked, found, bounds), (noise.ARRAYS, noise.CARD))


def teach(written: Sequence[Rows], worked: Rows) -> dict[str, Any]:
    """Fit the head, the trees and the bag of words, and return all as arrays."""
    everything = [*written, worked]
    is_noise = np.concatenate([one.noise for one in everything])
    counts = np.concatenate([np.full(len(one.noise), WORKED if one is worked else 1.0) for one in everything])
    features = np.vstack([one.features() for one in everything])
    mean, scale = features.mean(0), features.std(0) + 1e-3
    head = LogisticRegression(C=STRENGTH, max_iter=3000).fit((features - mean) / scale, is_noise, sample_weight=counts)
    trees = HistGradientBoostingClassifier(**TREES).fit(np.vstack([one.for_trees() for one in everything]), is_noise, sample_weight=counts)
    learned = {"mean": mean, "scale": scale, "weights": head.coef_[0].astype(np.float32), "bias": np.array(head.intercept_[0])}
    return learned | flat(trees) | _bag([terms for one in everything for terms in one.terms], is_noise, counts)


def _bag(listed: Sequence[list[str]], is_noise: Any, counts: Floats) -> dict[str, Any]:
    counting = TfidfVectorizer(analyzer=list, min_df=FEWEST, sublinear_tf=True)
    weighed = counting.fit_transform(listed)
    fitted = LogisticRegression(C=CATCHES, max_iter=3000).fit(weighed, is_noise, sample_weight=counts)
    return {
        "terms": np.array(counting.get_feature_names_out(), dtype=np.str_),
        "rarity": counting.idf_.astype(np.float32),
        "bag_weights": fitted.coef_[0].astype(np.float32),
        "bag_bias": np.array(fitted.intercept_[0]),
    }


def _bounds(written: Sequence[Rows], found: Floats) -> dict[str, Any]:
    """Choose the bounds by what each mail was told by a reader that did not learn its file."""
    asking = found[~np.concatenate([one.noise for one in written])]
    return {name: np.quantile(asking, 1 - share) for name, share in (("sure", SURE), ("doubted", PROVES), ("likely", LIKELY))}


def _scores(arrays: dict[str, Any], rows: Rows) -> Floats:
    none: Any = None
    made = noise.read({**arrays, **dict.fromkeys(("sure", "doubted", "likely"), np.zeros(()))}, encoder=none, impression=none)
    by_head = (rows.features() - made.mean) / made.scale @ made.weights + made.bias
    return np.asarray(by_head + made.trees.scores(rows.for_trees()) + noise.BAG * np.array([made.bag.score(terms) for terms in rows.terms]))


def _rows(source: str, listed: Sequence[dict[str, Any]], encoder: Remembering, impression: noise.Impression) -> Rows:
    messages = [message.parse(row["mail"].encode() if isinstance(row["mail"], str) else row["mail"]) for row in listed]
    described, impressions = (np.stack([describe(one) for one in messages]) for describe in (noise.signs, impression))
    kinds, languages = (tuple(str(row[name]) for row in listed) for name in ("kind", "language"))
    terms = tuple(noise.terms(one) for one in messages)
    return Rows(source, described, noise.vectors(messages, encoder), impressions, terms, np.array([row["noise"] for row in listed]), kinds, languages)


def _newest(prompts_dir: Path) -> PromptFolder:
    return prompting.load(max((prompts_dir / "extract_ticket").iterdir(), key=lambda path: int(path.name.removeprefix("v"))))


def _worked(prompt: PromptFolder) -> list[dict[str, Any]]:
    """Return the worked mails of a prompt that are requests, or are known to ask nothing."""
    rows = []
    for row in prompt.tables["examples"]:
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


def _card(written: Sequence[Rows], worked: Rows, found: Floats, bounds: dict[str, Any]) -> dict[str, Any]:
    is_noise, kinds = np.concatenate([one.noise for one in written]), np.array([kind for one in written for kind in one.kinds])
    is_foreign = np.array([language != "en" for one in written for language in one.languages])
    proven, doubted = np.concatenate([one.signs[:, PROVEN] for one in written]) > 0, found < bounds["doubted"]
    left_out = []
    for share in LOST:
        caught = found >= np.quantile(found[~is_noise], 1 - share)
        by_kind = {kind: round(float(np.mean(caught[kinds == kind])), 2) for kind in sorted(set(kinds) - {"request"})}
        other = {"in_other_languages": round(float(np.mean(caught[is_noise & is_foreign])), 2)}
        left_out.append({"requests_lost": share, "noise_caught": round(float(np.mean(caught[is_noise])), 3), **by_kind, **other})
    told = {"requests": int(np.sum(proven & ~is_noise)), "of_them_doubted": int(np.sum(proven & ~is_noise & doubted))}
    told |= {"noise": int(np.sum(proven & is_noise)), "of_it_doubted": int(np.sum(proven & is_noise & doubted))}
    return {
        "what": "how likely nobody asks for anything in a mail: a linear head over signs, MiniLM's vectors and what the local model makes of its sentences, boosted trees over signs and the latter, and a bag of words",
        "licence": "MIT, as the project; the vectors are those of all-MiniLM-L6-v2 (Apache-2.0), frozen",
        "made": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": "make reader",
        "taught": {"mails": len(is_noise), "noise": int(is_noise.sum()), "worked_mails": len(worked.noise)},
        "bounds": {name: round(float(value), 2) for name, value in bounds.items()},
        "auroc_left_out": round(float(roc_auc_score(is_noise, found)), 3),
        "left_out": left_out,
        "proven_by_words": told,
        "rows_sha256": hashlib.sha256(b"".join(path.read_bytes() for path in sorted(MAILS.glob("*.jsonl")))).hexdigest(),
    }


if __name__ == "__main__":
    main()
