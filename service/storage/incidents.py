"""Incidents: opened once for each thing that goes wrong, told line by line, closed by a person."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, insert, or_, select, update
from sqlalchemy.orm import Session

from service import ids
from service.screening import masking
from service.storage import audit
from service.storage.audit import Who
from service.storage.database import reading, writing
from service.storage.rows import plain
from service.storage.tables import Incident, IncidentEvent

OPENED, CLOSED = "opened", "closed"
MOST_NAMED = 100  # incidents that one end of an id may name before it is counted no further


class NoIncident(Exception):
    """There is no incident of that id, or it is closed."""


@dataclass(frozen=True)
class Told:
    """One line of a timeline."""

    at: datetime
    what: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """An incident with its timeline, oldest line first."""

    id: str
    kind: str
    severity: str
    title: str
    release: str | None
    runbook: str | None
    opened_at: datetime
    closed_at: datetime | None
    note: str | None
    timeline: tuple[Told, ...]


def open_or_add(
    engine: Engine, kind: str, severity: str, release: str | None, title: str, now: datetime, runbook: str, detail: dict[str, Any]
) -> tuple[str, bool]:
    """Open an incident, or add to the one of that kind and release that is open; return its id and whether it is new.

    Looking and writing are one transaction, so that two watchers open one incident.
    """
    with writing(engine) as session:
        found = session.scalar(
            select(Incident.id).where(Incident.kind == kind, Incident.release == release, Incident.closed_at.is_(None)).order_by(Incident.id.desc())
        )
        id = found or ids.new(now)
        if found is None:
            values = {"opened_at": now, "closed_at": None, "kind": kind, "severity": severity, "release": release, "title": title}
            session.execute(insert(Incident).values(id=id, runbook=runbook, note=None, **values))
        _tell(session, id, now, OPENED if found is None else title, detail)
        return id, found is None


def tell(engine: Engine, id: str, now: datetime, what: str, detail: dict[str, Any] | None = None) -> None:
    """Add a line to an incident's timeline. Raises NoIncident."""
    with writing(engine) as session:
        if session.get(Incident, id) is None:
            raise NoIncident(f"there is no incident {id}")
        _tell(session, id, now, what, detail or {})


def note(engine: Engine, id: str, words: str) -> None:
    """Keep the note of an incident: what happened, and what to do next."""
    with writing(engine) as session:
        session.execute(update(Incident).where(Incident.id == id).values(note=masking.kept_of(words)))


def close(engine: Engine, id: str, now: datetime, who: str, why: str, by: Who | None = None) -> None:
    """Close an incident, with a line in the audit log that names `by`, or else `who`. Raises NoIncident where there is none open of that id."""
    with writing(engine) as session:
        closed = update(Incident).where(Incident.id == id, Incident.closed_at.is_(None)).values(closed_at=now)
        if not session.connection().execute(closed).rowcount:
            raise NoIncident(f"there is no open incident {id}")
        _tell(session, id, now, CLOSED, {"who": who, "why": why})
        audit.write(session, now, by or Who(who, "operator"), "incident close", id)


def get(engine: Engine, id: str) -> Case:
    """Return one incident, by its id or the unambiguous end of it. Raises NoIncident."""
    with reading(engine) as session:
        exact = session.get(Incident, id)
        found = [exact] if exact else session.scalars(select(Incident).where(Incident.id.endswith(id, autoescape=True)).limit(MOST_NAMED)).all()
        if len(found) != 1:
            many = f"{'many' if len(found) == MOST_NAMED else len(found)} incidents end with {id}: give more of the id"
            raise NoIncident(many if found and id else f"there is no incident {id}")
        told = session.scalars(
            select(IncidentEvent).where(IncidentEvent.incident_id == found[0].id).order_by(IncidentEvent.at, IncidentEvent.id)
        ).all()
    return _case(found[0], told)


def listed(engine: Engine, open_only: bool = False, most: int = 200, since: datetime | None = None) -> list[Case]:
    """List incidents, newest first; those alone that are open or were `since` a moment, where one is given."""
    query = select(Incident).order_by(Incident.id.desc()).limit(most)
    if since is not None:
        query = query.where(or_(Incident.closed_at.is_(None), Incident.closed_at >= since))
    with reading(engine) as session:
        rows = session.scalars(query.where(Incident.closed_at.is_(None)) if open_only else query).all()
        told = session.scalars(
            select(IncidentEvent).where(IncidentEvent.incident_id.in_([row.id for row in rows])).order_by(IncidentEvent.at, IncidentEvent.id)
        ).all()
    return [_case(row, [one for one in told if one.incident_id == row.id]) for row in rows]


def _case(row: Incident, told: Sequence[IncidentEvent]) -> Case:
    timeline = tuple(Told(one.at, one.what, dict(one.detail or {})) for one in told)
    return Case(row.id, row.kind, row.severity, row.title, row.release, row.runbook, row.opened_at, row.closed_at, row.note, timeline)


def _tell(session: Session, id: str, now: datetime, what: str, detail: dict[str, Any]) -> None:
    last = session.scalar(select(func.max(IncidentEvent.id)).where(IncidentEvent.incident_id == id))
    fresh = max(ids.new(now), ids.following(last)) if last else ids.new(now)  # lines of one millisecond keep their order
    session.execute(insert(IncidentEvent).values(id=fresh, incident_id=id, at=now, what=what, detail=masked(plain(detail)) or None))


def masked(value: Any) -> Any:
    """Return a document whose texts hold no secret: people write into it, and it goes out by the webhook."""
    if isinstance(value, str):
        return masking.kept_of(value)
    if isinstance(value, dict):
        return {name: masked(one) for name, one in value.items()}
    return [masked(one) for one in value] if isinstance(value, list) else value
