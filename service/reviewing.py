"""A person's decision about a ticket: the answer they wrote goes through the check again, and what does not pass stands on their word."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from retrieval.passages import Passage
from service.pipeline import Desk
from service.stages.check import chain, evidence, form
from service.storage import reviews
from service.storage.reviews import Reviewed
from service.wire import NewReview

NOT_CHECKED = "the check was not ready when this was written"
MOST_SENTENCES = 200  # of an edited answer that are looked at


def decide(engine: Engine, id: str, decision: NewReview, desk: Desk | None, now: datetime, if_match: str | None = None) -> bool:
    """Apply a decision. Returns False where there is no ticket of that id. Raises NotReviewable, Changed.

    Without a desk nothing of an edited answer can be checked: all of it that is new stands on the reviewer's word.
    """
    found = reviews.read(engine, id)
    if found is None:
        return False
    answer = checked(decision.answer, found, desk) if (decision.answer or "").strip() else None
    return reviews.review(engine, id, decision, now, answer, if_match)


def checked(text: str | None, found: Reviewed, desk: Desk | None) -> dict[str, Any]:
    """Return a text as an answer is kept: sentences that were checked before as they were, the others as the check sees them now.

    A sentence that does not pass keeps what speaks against it as its `doubt`.
    """
    before = {one["text"]: one for one in (found.answer or {}).get("sentences", []) if not one.get("doubt")}
    passages = _passages(found, desk)
    cut = form.split(text or "")
    sentences = [before.get(one) or _examined(one, passages, found.question, desk) for one in cut[:MOST_SENTENCES]]
    sentences += [_vouched(one, "form", f"only {MOST_SENTENCES} sentences are looked at") for one in cut[MOST_SENTENCES:]]
    known = {one["id"]: one for one in (found.answer or {}).get("citations", [])}
    labels = dict.fromkeys(label for one in sentences for label in one["citations"])
    citations = [known.get(label) or _citation(label, sentences, passages, found.scores) for label in labels if label in known or label in passages]
    return {"text": text, "sentences": sentences, "citations": citations, "struck": (found.answer or {}).get("struck", [])}


def _passages(found: Reviewed, desk: Desk | None) -> dict[str, Passage]:
    """Return the passages that were found for the mail, by label, as far as the present help centre has them."""
    snapshot = getattr(desk.index, "snapshot", None) if desk else None
    known = {one.id: one for one in snapshot.passages} if snapshot else {}
    return {label: known[id] for label, id in found.labels.items() if id in known}


def _examined(sentence: str, passages: Mapping[str, Passage], question: str, desk: Desk | None) -> dict[str, Any]:
    if desk is None:
        return _vouched(sentence, "coverage", NOT_CHECKED)
    cited = {label: evidence.Passage.of(one) for label, one in passages.items()}
    seen = chain.examine(sentence, cited, desk.checker, desk.release.checks, desk.release.policy, (), question)
    if seen.failed:
        return _vouched(sentence, seen.failed.link, seen.failed.why or "")
    quotes = chain.quoted(seen.quotes, cited)
    labels = list(dict.fromkeys(one.label for one in quotes))
    return {"text": sentence, "citations": labels, "support": round(seen.support, 3), "quotes": [asdict(one) for one in quotes]}


def _vouched(sentence: str, link: str, why: str) -> dict[str, Any]:
    return {"text": sentence, "citations": [], "support": 0.0, "quotes": [], "doubt": {"link": link, "why": why}}


def _citation(label: str, sentences: list[dict[str, Any]], passages: Mapping[str, Passage], scores: Mapping[str, float]) -> dict[str, Any]:
    passage = passages[label]
    quote = next(quote["text"] for one in sentences for quote in one["quotes"] if isinstance(quote, dict) and quote["label"] == label)
    return {
        "id": label,
        "article": passage.article,
        "title": passage.title,
        "heading": passage.heading,
        "quote": quote,
        "score": round(scores.get(label, 0.0), 4),
        "updated": passage.updated,
        "version": passage.version,
    }
