"""What production taught: finished tickets that a person, the check or a second mail found wanting, waiting to become eval cases."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import yaml
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, aliased

from service.storage import wrong_answers
from service.storage.database import reading
from service.storage.eval_candidates import FOLDER, NoTicket, name_of
from service.storage.tables import Email, Review, Ticket

MOST = 200
Why = Literal["rejected", "edited", "struck", "second mail"]
Text = Callable[[str], str | None]  # of a passage, by its id


@dataclass(frozen=True)
class Waiting:
    """One ticket that may become a case: why, in whose words, and whether it is the mail or the answer that teaches something."""

    ticket: str
    at: datetime
    why: Why
    says: str
    kind: Literal["mail", "answer"]


def waiting(engine: Engine, data_dir: Path) -> list[Waiting]:
    """List what waits, newest first; a ticket of which a candidate was made already does not."""
    with reading(engine) as session:
        found = [*_reviewed(session), *_struck(session), *_second(session), *_wrong(session)]
    made = {path.stem for path in (data_dir / FOLDER).glob("*.yaml")}
    left = [one for one in found if name_of(one.ticket, one.kind) not in made]
    return sorted(left, key=lambda one: one.at, reverse=True)[:MOST]


def _reviewed(session: Session) -> Iterator[Waiting]:
    query = select(Review).where(Review.verdict.in_(("reject", "edit"))).order_by(Review.at.desc()).limit(MOST)
    for one in session.scalars(query):
        yield Waiting(one.email_id, one.at, "rejected" if one.verdict == "reject" else "edited", one.reason or "no reason was given", "mail")


def _struck(session: Session) -> Iterator[Waiting]:
    query = select(Ticket, Email.received_at).join(Email, Email.id == Ticket.email_id).where(Ticket.status != "processing")
    for ticket, at in session.execute(query.order_by(Email.received_at.desc()).limit(MOST * 5)):
        if struck := _of(ticket):
            yield Waiting(ticket.email_id, at, "struck", f"{struck[0]['text']} ({struck[0]['why']})", "answer")


def _of(ticket: Ticket) -> list[dict[str, Any]]:
    """Return the sentences that were struck from an answer, or from the draft that a person got instead."""
    return [one for kept in (ticket.answer, ticket.draft) for one in (kept or {}).get("struck", [])]


def _second(session: Session) -> Iterator[Waiting]:
    first, later = aliased(Email), aliased(Email)
    query = (
        select(first.id, later.received_at, later.subject)
        .join(later, (later.sender == first.sender) & (later.id != first.id))
        .join(Ticket, Ticket.email_id == first.id)
        .where(Ticket.outcome == "answered", first.sender != "", later.received_at > first.received_at)
        .order_by(later.received_at.desc())
        .limit(MOST * 5)
    )
    seen: set[str] = set()
    for id, at, subject in session.execute(query):
        received = session.get_one(Email, id).received_at
        if id not in seen and at - received <= wrong_answers.AGAIN:
            seen.add(id)
            yield Waiting(id, at, "second mail", f"the sender wrote again: {subject}", "mail")


def _wrong(session: Session) -> Iterator[Waiting]:
    for one in wrong_answers.found(session, MOST):
        yield Waiting(one.ticket, one.at, one.why, one.says, "answer")


def make_answer(engine: Engine, data_dir: Path, id: str, text: Text) -> Path:
    """Write a candidate of an answer that was wrong: question, passages, the answer, and what is wrong with it. Raises NoTicket.

    An answer that left and was found wrong is in it whole, and the first sentence that was struck by itself. `text` gives the text of a passage by its id;
    one that is in no snapshot any more is told by what was quoted of it.
    """
    with reading(engine) as session:
        ticket = session.get(Ticket, id)
        wrong = next(wrong_answers.found(session, MOST, id), None) if ticket else None
        struck = _of(ticket) if ticket else []
        if ticket is None or not (struck or wrong):
            raise NoTicket(f"there is no ticket {id} from whose answer a sentence was struck, or whose answer left and was found wrong")
        rows = _rows(ticket, wrong, struck, text)
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name_of(id, 'answer')}.yaml"
    head = "# A candidate: say whether it is supported and answers, put right what is wrong with it, take out what is private; then `proofdesk eval adopt`.\n"
    path.write_text(head + yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=120), "utf-8")
    return path


def _rows(ticket: Ticket, wrong: wrong_answers.Wrong | None, struck: list[dict[str, Any]], text: Text) -> list[dict[str, object]]:
    """Make the labels of a ticket's answers; whether one that left is supported and answers is for a person to say."""
    quotes = [one["quote"] for kept in (ticket.answer, ticket.draft) for one in (kept or {}).get("citations", [])]
    passages = [words for one in (ticket.search or {}).get("passages", []) if (words := text(one["id"]))]
    name = name_of(ticket.email_id, "answer")
    shared: dict[str, object] = {
        "kind": "answer",
        "source": f"live mail, ticket {ticket.email_id}, release {ticket.release}",
        "question": ticket.question or "",
        "passages": "\n\n".join(f"p{place}: {words}" for place, words in enumerate(passages or quotes, 1)),
    }
    rows: list[dict[str, object]] = []
    if wrong:
        said = f"{wrong.why}: {wrong.says}" + (f" (a person wrote instead: {wrong.instead})" if wrong.instead else "")
        rows.append({"id": name, **shared, "answer": wrong.answer, "supported": None, "answers": None, "wrong": said})
    for one in struck[:1]:
        its = f"{name}-struck" if wrong else name
        rows.append({"id": its, **shared, "answer": one["text"], "supported": False, "answers": False, "wrong": one["why"]})
    return rows


def is_name(name: str) -> bool:
    """Tell whether a text is the name of a candidate, and no path."""
    return re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) is not None
