"""What only one process does at a time, by the database's clock: a holder that dies loses it by itself."""

from datetime import timedelta

from sqlalchemy import Engine, delete, or_

from service.storage import database
from service.storage.database import writing
from service.storage.tables import Lock


def take(engine: Engine, name: str, holder: str, seconds: float) -> bool:
    """Take or renew a lock for so many seconds; False where another holds it."""
    with writing(engine) as session:
        now = database.now(session)
        until = now + timedelta(seconds=seconds)
        taken = database.upserting(session, Lock).values(name=name, holder=holder, until=until)
        taken = taken.on_conflict_do_update(
            index_elements=["name"], set_={"holder": holder, "until": until}, where=or_(Lock.holder == holder, Lock.until < now)
        )
        return session.scalar(taken.returning(Lock.holder)) is not None


def give_up(engine: Engine, name: str, holder: str) -> None:
    """Let another take a lock at once."""
    with writing(engine) as session:
        session.execute(delete(Lock).where(Lock.name == name, Lock.holder == holder))
