"""Which worker has which email, and until when: a dead worker's mail falls back to the others."""

import os
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Engine, select, update

from service.storage.database import reading, writing
from service.storage.tables import Email

MOST_TRIES = 3  # that fail
MOST_LOST = 10  # tries in a row whose worker was never heard of again: this mail may be what ends them, so that a person takes it


@dataclass(frozen=True)
class Lease:
    """The right to handle one email, until it runs out or is taken back.

    `tries` counts the leases given for it, `lost` those in a row that nobody ended, this one included in both; `faults` those that failed.
    """

    id: str
    worker: str
    tries: int
    key: str
    faults: int = 0
    lost: int = 1

    def held(self) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions under which this lease still holds: writes that depend on it put them in their own statement."""
        return Email.id == self.id, Email.state == "processing", Email.worker == self.worker, Email.tries == self.tries


def take(engine: Engine, worker: str, now: datetime, seconds: float, only: str | None = None) -> Lease | None:
    """Take the email that has been due longest (or the one of id `only`) for so many seconds; None where nothing is due."""
    due = select(Email.id).where(Email.due_at <= now)
    if only:
        due = due.where(Email.id == only)
    with reading(engine) as session:  # looking first: an idle worker should not lock out those who write
        if session.scalar(due.limit(1)) is None:
            return None
    chosen = due.order_by(Email.due_at).limit(1).with_for_update(skip_locked=True).scalar_subquery()
    taken = (
        update(Email)
        .where(Email.id == chosen)
        .values(state="processing", worker=worker, tries=Email.tries + 1, lost=Email.lost + 1, due_at=now + timedelta(seconds=seconds))
        .returning(Email.id, Email.tries, Email.key, Email.faults, Email.lost)
        .execution_options(synchronize_session=False)
    )
    with writing(engine) as session:
        row = session.execute(taken).one_or_none()
    return Lease(row.id, worker, row.tries, row.key, row.faults, row.lost) if row else None


@cache
def holder() -> str:
    """Return the name under which this process takes leases: its host, its number, and a token that tells it from one that had the number before."""
    return f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"


def recover(engine: Engine, worker: str, now: datetime) -> int:
    """Make due at once what workers left behind that died on this host; return how many emails that were."""
    with writing(engine) as session:
        holders = session.scalars(select(Email.worker).where(Email.state == "processing").distinct()).all()
        dead = [one for one in holders if one and _is_dead(one, worker)]
        left = update(Email).where(Email.state == "processing", Email.worker.in_(dead)).values(due_at=now, worker=None)
        return session.connection().execute(left).rowcount if dead else 0


def take_over(engine: Engine, silent: Iterable[str], now: datetime) -> int:
    """Make due at once what workers have in hand that have fallen silent; return how many emails that were."""
    if not (names := list(silent)):
        return 0
    with writing(engine) as session:
        left = update(Email).where(Email.state == "processing", Email.worker.in_(names)).values(due_at=now, worker=None)
        return session.connection().execute(left).rowcount


def give_back(engine: Engine, worker: str, now: datetime) -> int:
    """Make due at once what a worker has in hand and will not finish, which is no fault of that mail; return how many emails that were."""
    with writing(engine) as session:
        mine = update(Email).where(Email.state == "processing", Email.worker == worker).values(due_at=now, worker=None, lost=Email.lost - 1)
        return session.connection().execute(mine).rowcount


def _is_dead(other: str, worker: str) -> bool:
    """Tell whether a worker is surely dead. What is not sure is settled when its lease runs out."""
    host, process, token = other.split(" ")
    own_host, own_process, own_token = worker.split(" ")
    if host != own_host:
        return False
    if process == own_process:
        return token != own_token
    if os.name != "posix":
        return False  # elsewhere signal 0 would end the process that it asks about
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
