"""Takes a person, or one mail, out of everything that is kept: rows, files and what the database file holds of deleted rows."""

import email
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.policy import default
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from service.storage import audit, database, kept_replies, rows, stored_files
from service.storage.audit import Who
from service.storage.database import reading, writing
from service.storage.tables import (
    Attempt,
    Email,
    EvalRun,
    IdempotencyKey,
    Incident,
    IncidentEvent,
    KeptReply,
    Question,
    Raw,
    ReleaseMove,
    Review,
    Span,
    Ticket,
)

AT_ONCE = 200  # mails erased, and raw mails looked through, in one transaction: mail that comes in must not wait long
_ADDRESS = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,255}")
_OF_EMAIL: tuple[tuple[Any, Any], ...] = (
    (Span, Span.owner_id), (KeptReply, KeptReply.owner_id), (Review, Review.email_id), (IdempotencyKey, IdempotencyKey.email_id), (Raw, Raw.email_id),
    (Ticket, Ticket.email_id), (Email, Email.id),
)  # fmt: skip
_TOLD: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Incident, ("title", "note")), (IncidentEvent, ("what", "detail")), (ReleaseMove, ("why",)), (Review, ("reason", "before", "after")), (EvalRun, ("report",)),
)  # fmt: skip


class NobodyNamed(Exception):
    """What is to be forgotten is neither an address nor the id of a ticket."""


@dataclass(frozen=True)
class Receipt:
    """What was erased. `id` is its line in the audit log; `subject` is the ticket, or what stands for the person there.

    `mentioned_in` names tickets of others whose mail holds the address, `left` what this cannot reach.
    """

    id: str
    at: datetime
    subject: str
    rows: dict[str, int]
    files: list[str]
    mentioned_in: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def forget(engine: Engine, data_dir: Path, key: bytes, named: str, who: Who, now: datetime, mentions: bool = False) -> Receipt:
    """Erase a person by address, or one mail by its ticket's id; with `mentions` also the mail of others that holds the address.

    Files go first, so that whatever breaks off in between is found again by the same words. Raises NobodyNamed.
    """
    address = named.strip().casefold() if _ADDRESS.fullmatch(named.strip()) else None
    others = _mentions(engine, address) if address else []
    if address:
        mine = _sent_by(engine, address)
        ids = sorted({*mine, *(others if mentions else [])})
        others = sorted({*others} - {*ids})
    else:
        ids = _ticket(engine, named.strip())
    needles = [*ids, *([address] if address else [])]
    files = stored_files.strike(data_dir, ids, needles)
    subject = audit.person(key, address) if address else ids[0]
    with writing(engine) as session:
        counted = _erase(session, ids)
        if address:
            counted += _questions(session, _asked_about(session, address))
            counted["kept_replies"] += kept_replies.give_up(session)  # of questions that are not stored: nothing tells who is in them
        counted += _struck(session, needles)
        found = dict(sorted((+counted).items()))
        id = audit.write(session, now, who, "forget", subject, {"rows": found, "files": len(files), "mentions": mentions})
    unclean = database.scrub(engine)
    left = stored_files.unreached(data_dir, needles)
    return Receipt(id, now, subject, found, files, others, [*left, *([unclean] if unclean else [])])


def expire(engine: Engine, data_dir: Path, before: datetime, now: datetime) -> int:
    """Erase mail that was finished, and questions that were asked, before a moment; return how many of both that were."""
    done: Counter[str] = Counter()
    while ids := _finished(engine, before):
        stored_files.strike(data_dir, ids, ids, folders=("candidates",))
        with writing(engine) as session:
            done += _erase(session, ids)
    with writing(engine) as session:
        done += _questions(session, session.scalars(select(Question.id).where(Question.at < before)).all())
        done += Counter(kept_replies=kept_replies.give_up(session, before))
        if done:
            audit.write(session, now, Who("retention", "operator"), "retention", None, {"rows": dict(done), "before": before.isoformat()})
    if done:
        database.scrub(engine)
    return done["emails"] + done["questions"]


def _finished(engine: Engine, before: datetime) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(Ticket.email_id).where(Ticket.finished_at < before, Ticket.status != "processing").limit(AT_ONCE)))


def _ticket(engine: Engine, id: str) -> list[str]:
    with reading(engine) as session:
        found = session.scalar(select(Email.id).where(Email.id == id)) if id else None
    if found is None:
        raise NobodyNamed(f"{id!r} is neither an address nor the id of a ticket")
    return [found]


def _sent_by(engine: Engine, address: str) -> list[str]:
    """Return the ids of the mail that an address sent, as its sender was read."""
    with reading(engine) as session:
        like = session.execute(select(Email.id, Email.sender).where(Email.sender.icontains(address, autoescape=True))).all()
    return [id for id, sender in like if sender.casefold() == address or sender.casefold().endswith(f"<{address}>")]


def _mentions(engine: Engine, address: str) -> list[str]:
    """Return the ids of mail that holds an address anywhere: in its head, its text, or text that was encoded on the way."""
    found: list[str] = []
    after = ""
    words = stored_files.pattern([address])
    if words is None:
        return found
    as_bytes = re.compile(words.pattern.encode(), re.IGNORECASE)
    while True:
        with reading(engine) as session:
            page = session.execute(select(Raw.email_id, Raw.content).where(Raw.email_id > after).order_by(Raw.email_id).limit(AT_ONCE)).all()
        if not page:
            return found
        found += [id for id, content in page if as_bytes.search(content) or any(words.search(text) for text in _decoded(content))]
        after = page[-1][0]


def _decoded(content: bytes) -> Iterator[str]:
    """Give the texts of a mail that its bytes do not show as they are."""
    lowered = content.lower()
    if b"base64" not in lowered and b"quoted-printable" not in lowered and b"=?" not in lowered:
        return
    try:
        message = email.message_from_bytes(content, policy=default)
        yield " ".join(str(value) for value in message.values()).casefold()
        for part in message.walk():
            if part.get_content_maintype() == "text" and isinstance(payload := part.get_payload(decode=True), bytes):
                yield payload.decode("utf-8", "replace").casefold()
    except Exception:  # mail is written by anybody: what the library chokes on is looked at as bytes alone
        return


def _erase(session: Session, ids: Sequence[str]) -> Counter[str]:
    """Delete all rows of some mails; of what their calls cost the cost stays."""
    counted: Counter[str] = Counter()
    for id in ids:
        kept_replies.book(session, id, -1, finished=True)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        counted["attempts"] += _anonymous(session, some)
        for table, column in _OF_EMAIL:
            counted[table.__tablename__] += _gone(session, table, column.in_(some))
    return +counted


def _asked_about(session: Session, address: str) -> list[str]:
    sought = stored_files.pattern([address])
    like = session.execute(select(Question.id, Question.question).where(Question.question.icontains(address, autoescape=True)))
    return [id for id, question in like if sought and sought.search(question)]


def _questions(session: Session, ids: Sequence[str]) -> Counter[str]:
    counted = Counter({"attempts": _anonymous(session, ids)})
    counted["spans"] = _gone(session, Span, Span.owner_id.in_(ids))
    counted["questions"] = _gone(session, Question, Question.id.in_(ids))
    return +counted


def _gone(session: Session, table: Any, condition: Any) -> int:
    return session.connection().execute(delete(table).where(condition)).rowcount


def _anonymous(session: Session, owners: Collection[str]) -> int:
    mine = update(Attempt).where(Attempt.owner_id.in_(owners)).values(rows.NOBODY)
    return session.connection().execute(mine).rowcount


def _struck(session: Session, needles: Sequence[str]) -> Counter[str]:
    """Take ids and addresses out of what people and the watcher wrote about mail."""
    counted: Counter[str] = Counter()
    pattern = stored_files.pattern(needles)
    for table, names in _TOLD:
        for row in session.scalars(select(table)) if pattern else ():
            changed = {name: new for name in names if (new := stored_files.without(old := getattr(row, name), pattern)) != old}
            for name, value in changed.items():
                setattr(row, name, value)
            counted[table.__tablename__] += bool(changed)
    return +counted
