"""Signs of life: a row a process, written again and again, by the database's clock."""

from datetime import timedelta

from sqlalchemy import Engine, delete, select

from service.storage import database
from service.storage.database import reading, writing
from service.storage.tables import Heartbeat

FORGOTTEN_AFTER = timedelta(hours=1)


def beat(engine: Engine, name: str) -> None:
    """Write a sign of life, before all other writers: a late one says that its process is dead. What cannot be written raises, as for everything else that is to be kept. Old ones of others are taken away."""
    with writing(engine, before_all=True) as session:
        now = database.now(session)
        session.execute(
            database.upserting(session, Heartbeat).values(name=name, at=now).on_conflict_do_update(index_elements=["name"], set_={"at": now})
        )
        session.execute(delete(Heartbeat).where(Heartbeat.at < now - FORGOTTEN_AFTER))


def living(engine: Engine, within: timedelta) -> frozenset[str]:
    """Return the names that gave a sign of life lately."""
    with reading(engine) as session:
        return frozenset(session.scalars(select(Heartbeat.name).where(Heartbeat.at >= database.now(session) - within)))


def silent(engine: Engine, after: timedelta) -> frozenset[str]:
    """Return the names that have given signs of life, and none of late."""
    with reading(engine) as session:
        return frozenset(session.scalars(select(Heartbeat.name).where(Heartbeat.at < database.now(session) - after)))


def end(engine: Engine, name: str) -> None:
    """Take away the sign of life of one that ends."""
    with writing(engine) as session:
        session.execute(delete(Heartbeat).where(Heartbeat.name == name))
