"""Touched mail run once more through another release, to see what changes; nothing is stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from ingestion.mail.message import NotAnEmail
from ops.watch import traffic
from service import pipeline, tickets
from service.pipeline import Desk
from service.storage import reviews, ticket_queries
from service.tickets import Ticket
from service.trace import Trace


@dataclass(frozen=True)
class Replayed:
    """One mail under two releases: what it got, and every field that would be different now as (field, then, now)."""

    id: str
    release: str
    differences: tuple[tuple[str, object, object], ...]


def replay(engine: Engine, desk: Desk, release: str | None, since: datetime | None, most: int = 1000) -> Iterator[Replayed]:
    """Run mails again that a release handled since a moment, oldest first."""
    for id, raw in traffic.raws(engine, release, since, most):
        view = ticket_queries.get(engine, id)
        if view is None or view.outcome in ("processing", "failed"):
            continue
        given = reviews.as_given(engine, id)  # what a person made of it since is no difference between releases
        fields = Ticket.model_construct(**{name: given[name] for name in tickets.FIELDS}) if given else view.ticket
        answer = given["answer"] and given["answer"]["text"] if given else view.answer and view.answer.text
        then = {
            "status": view.outcome,
            **tickets.as_json(fields),
            "answer": answer,
            "handedOver": view.handed_over.reason if view.handed_over else None,
        }
        now = _again(raw, desk)
        yield Replayed(id, view.release or "", tuple((name, then.get(name), now[name]) for name in now if then.get(name) != now[name]))


def _again(raw: bytes, desk: Desk) -> dict[str, object]:
    try:
        outcome = pipeline.handle(raw, desk, Trace())
    except NotAnEmail as exc:
        return {"status": f"failed: {exc}"}
    return {
        "status": outcome.ended,
        **tickets.as_json(outcome.ticket),
        "answer": outcome.given.text if outcome.given else None,
        "handedOver": outcome.handed_over.reason if outcome.handed_over else None,
    }


def summary(replayed: Sequence[Replayed]) -> str:
    """Say in one line how much changes."""
    changed = [one for one in replayed if one.differences]
    fields = sorted({name for one in changed for name, _, _ in one.differences})
    return f"{len(changed)} of {len(replayed)} mails change" + (f" ({', '.join(fields)})" if fields else "")
