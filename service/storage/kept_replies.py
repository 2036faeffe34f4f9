"""Keeps what hosted models replied until the mail or question that it was for is finished: paid once, on record at once."""

from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service import logs
from service.models.kept import Kept
from service.storage import database
from service.storage.database import reading, writing
from service.storage.rows import Owner, plain
from service.storage.tables import Attempt, KeptReply
from service.trace import Attempt as Tried

KEPT_FOR = timedelta(days=7)  # of a mail that failed, and may be sent again
LOST_AFTER = timedelta(hours=1)  # of a question that was not stored: it took minutes at most, and nobody takes it up again


class Replies:
    """The kept replies of one mail or question, for its try of number `run`."""

    def __init__(self, engine: Engine, owner: Owner, run: int, release: str) -> None:
        self._engine = engine
        self._owner = owner
        self._run = run
        self._release = release

    def find(self, prompt: str) -> Kept | None:
        """Return the reply to a prompt of that hash; its cost is now a matter of this try."""
        with reading(self._engine) as session:
            row = session.get(KeptReply, (self._owner.id, prompt))
        if row is None:
            return None
        if not row.booked and row.run != self._run:
            with writing(self._engine) as session:
                session.execute(_of(self._owner.id).where(KeptReply.prompt == prompt).values(run=self._run))
        return Kept(_tried(row), row.text, row.booked)

    def keep(self, prompt: str, kept: Kept) -> None:
        """Write a reply down, before other writers: it is paid for, and lost where this process dies now. A database that does not take it is told of in the log: the reply is there, and is used."""
        values = {name: plain(value) for name, value in (asdict(kept.attempt) | {"text": kept.text}).items()}
        try:
            with writing(self._engine, before_all=True) as session:
                now = database.now(session)
                session.execute(delete(KeptReply).where(KeptReply.owner_id == self._owner.id, KeptReply.prompt == prompt))
                session.execute(delete(KeptReply).where(KeptReply.at < now - KEPT_FOR, KeptReply.booked.is_(True)))
                give_up(session, now - LOST_AFTER)
                owned = {**self._owner.keys, "prompt": prompt, "run": self._run, "release": self._release, "booked": False}
                session.execute(insert(KeptReply).values(**owned, at=now, **values))
        except SQLAlchemyError as exc:
            logs.failed("reply.not_kept", exc, owner=self._owner.id)


def book(session: Session, owner: str, run: int, finished: bool) -> None:
    """Say that the attempts of a try are on record: those it used, and now also those that it did not use. Of a finished mail nothing is kept."""
    unused = session.scalars(select(KeptReply).where(KeptReply.owner_id == owner, KeptReply.booked.is_(False), KeptReply.run != run)).all()
    if unused:
        session.execute(insert(Attempt), [_attempt(row) for row in unused])
    session.execute(delete(KeptReply).where(KeptReply.owner_id == owner) if finished else _of(owner).values(booked=True))


def give_up(session: Session, before: datetime | None = None) -> int:
    """Book what was paid for questions that were never stored (where a moment is given, before that), and return how many replies that were.

    No word of the replies is kept. Of a question that is stored after all, what was booked here is replaced.
    """
    lost = select(KeptReply).where(KeptReply.question_id.is_not(None), *(() if before is None else (KeptReply.at < before,)))
    rows = session.scalars(lost.with_for_update(skip_locked=True)).all()  # what is locked is being stored or given up by somebody else
    if rows:
        session.execute(insert(Attempt), [_attempt(row) | {"detail": None} for row in rows])
    for row in rows:
        session.delete(row)
    return len(rows)


def unbooked(session: Session, since: datetime, until: datetime | None) -> Decimal:
    """Return the US dollars of replies that are kept and not yet on record as attempts."""
    query = select(KeptReply.usd).where(KeptReply.at >= since, KeptReply.booked.is_(False))
    costs = session.scalars(query if until is None else query.where(KeptReply.at < until))
    return sum((one for one in costs if one is not None), Decimal(0))


def _of(owner: str) -> Any:
    return update(KeptReply).where(KeptReply.owner_id == owner).execution_options(synchronize_session=False)


_SAME = (
    "task",
    "provider",
    "model",
    "ms",
    "error",
    "detail",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "reasoning_tokens",
    "usd",
    "price_source",
    "repair",
)


def _tried(row: KeptReply) -> Tried:
    return Tried(**{name: getattr(row, name) for name in _SAME})


def _attempt(row: KeptReply) -> dict[str, Any]:
    same = {name: getattr(row, name) for name in _SAME}
    return same | {"owner_id": row.owner_id, "email_id": row.email_id, "run": row.run, "place": 0, "at": row.at, "release": row.release}
