"""A person's decision about a ticket: what it changes, and the row that remembers it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select

from service import ids, tickets
from service.storage import rows
from service.storage.database import writing
from service.storage.tables import Review, Ticket
from service.wire import NewReview

REVIEWABLE = ("answered", "handedOver", "discarded", "approved", "rejected")


class NotReviewable(Exception):
    """The ticket is not in a state that can be reviewed."""


def review(engine: Engine, id: str, decision: NewReview, now: datetime) -> bool:
    """Apply a decision in one transaction and remember what was there before. Returns False where there is no ticket of that id.

    Raises NotReviewable while the email is being processed, and where that failed. An approved or edited ticket is `approved`.
    """
    with writing(engine) as session:
        ticket = session.scalar(select(Ticket).where(Ticket.email_id == id).with_for_update())
        if ticket is None:
            return False
        if ticket.status not in REVIEWABLE:
            raise NotReviewable(f"the ticket is {ticket.status}: only a finished one can be reviewed")
        before = _state(ticket)
        ticket.status = "rejected" if decision.verdict == "reject" else "approved"
        if decision.ticket is not None:
            for name in tickets.FIELDS:
                setattr(ticket, name, getattr(decision.ticket, name))
        if decision.answer is not None:
            ticket.answer = edited(ticket.answer, decision.answer)
        values = {"reason": decision.reason, "reviewer": decision.reviewer, "before": before, "after": _state(ticket)}
        session.execute(insert(Review).values(id=ids.new(now), email_id=id, at=now, verdict=decision.verdict, **rows.plain(values)))
        return True


def edited(answer: dict[str, Any] | None, text: str) -> dict[str, Any]:
    """Return an answer with a person's text; citations stay with the sentences that the person left as they were."""
    kept = [one for one in (answer or {}).get("sentences", []) if one["text"] in text]
    cited = {name for one in kept for name in one["citations"]}
    citations = [one for one in (answer or {}).get("citations", []) if one["id"] in cited]
    return {"text": text, "sentences": kept, "citations": citations, "struck": (answer or {}).get("struck", [])}


def _state(ticket: Ticket) -> dict[str, Any]:
    return {"status": ticket.status, **{name: getattr(ticket, name) for name in tickets.FIELDS}, "answer": ticket.answer}
