"""The monitors' readings: the newest state of each beside its history, which thins out as it ages."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, func, insert, select
from sqlalchemy.orm import Session

from service import ids
from service.storage import database
from service.storage.database import reading, writing
from service.storage.tables import MonitorReading, MonitorState

KEEP_FOR = timedelta(days=30)
WHOLE_FOR = timedelta(days=1)  # then one reading of a monitor is kept for every stretch of time
ROLL_EVERY = timedelta(hours=1)
STRETCH = 7  # leading digits of an id that readings of one stretch share: 2 ** 20 milliseconds, 17 minutes
STRETCH_S = 2**20 / 1000
AT_ONCE = timedelta(seconds=20 * STRETCH_S)  # thinned out in one transaction: mail must not wait for a month of readings


def keep(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Add readings, and say what is the newest of each monitor now."""
    session.execute(insert(MonitorReading), rows)
    states = [{name: row[name] for name in ("release", "monitor", "at", "tripped")} for row in rows]
    newest = database.upserting(session, MonitorState).values(states)
    session.execute(
        newest.on_conflict_do_update(index_elements=["release", "monitor"], set_={"at": newest.excluded.at, "tripped": newest.excluded.tripped})
    )


def roll_up(engine: Engine, now: datetime, last: datetime | None = None) -> None:
    """Thin out what is older than a day and was not when this was done `last`, and drop what is older than a month."""
    with writing(engine) as session:
        session.execute(delete(MonitorReading).where(MonitorReading.at < now - KEEP_FOR))
    with reading(engine) as session:
        start = session.scalar(select(func.min(MonitorReading.at))) if last is None else last - WHOLE_FOR
    end = _stretch(now - WHOLE_FOR)
    start = _stretch(start) if start else end
    while start < end:
        until = min(start + AT_ONCE, end)
        within = MonitorReading.id >= ids.earliest(start), MonitorReading.id < ids.earliest(until)
        stretch = func.substr(MonitorReading.id, 1, STRETCH)
        newest = select(func.max(MonitorReading.id)).where(*within).group_by(MonitorReading.release, MonitorReading.monitor, stretch)
        with writing(engine) as session:
            session.execute(delete(MonitorReading).where(*within, MonitorReading.id.not_in(newest)).execution_options(synchronize_session=False))
        start = until


def _stretch(at: datetime) -> datetime:
    """Return the moment at which the stretch of another one begins."""
    return datetime.fromtimestamp(at.timestamp() // STRETCH_S * STRETCH_S, UTC)
