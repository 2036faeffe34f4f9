"""The audit log: who did what to what. Lines are only added; the database refuses to change or delete one."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from service import ids
from service.storage import rows
from service.storage.database import reading, writing
from service.storage.tables import AuditEvent
from service.text import plain

KEY = "audit.key"
LONGEST = 500  # characters of a name, action or subject


@dataclass(frozen=True)
class Who:
    """Who does something, and in which role: the name of a token, or the user of a command line."""

    name: str
    role: str


def write(session: Session, now: datetime, who: Who, action: str, subject: str | None = None, detail: Mapping[str, Any] | None = None) -> str:
    """Add a line within a transaction, and return its id: it is there when what it tells of is, and not otherwise."""
    id = ids.new(now)
    did = {"action": plain.line(action, LONGEST), "subject": plain.line(subject, LONGEST) if subject else None}
    said = {"who": plain.line(who.name, LONGEST), "role": who.role, **did}
    session.execute(insert(AuditEvent).values(id=id, at=now, detail=rows.plain(detail) if detail else None, **said))
    return id


def add(engine: Engine, now: datetime, who: Who, action: str, subject: str | None = None, detail: Mapping[str, Any] | None = None) -> None:
    """Add a line in a transaction of its own."""
    with writing(engine) as session:
        write(session, now, who, action, subject, detail)


def page(engine: Engine, limit: int, before: str | None = None, subject: str | None = None) -> list[AuditEvent]:
    """Return up to `limit` lines, newest first, older than the one of id `before`; those about one subject where one is named."""
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit)
    if before:
        query = query.where(AuditEvent.id < before)
    if subject:
        query = query.where(AuditEvent.subject == subject)
    with reading(engine) as session:
        return list(session.scalars(query))


def person(key: bytes, address: str) -> str:
    """Return what stands for a person in the log: the same for the same address, and nothing that an address can be read from without the key."""
    return "person:" + hmac.new(key, address.strip().casefold().encode(), hashlib.sha256).hexdigest()[:32]


def key(data_dir: Path, given: str | None = None) -> bytes:
    """Return the key of `person`: as given, else the one kept beside the database, made at its first use. It is in no backup of the database."""
    if given:
        return given.encode()
    path = data_dir / KEY
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        fresh = data_dir / f"{KEY}.{secrets.token_hex(4)}"
        fresh.touch(0o600)
        fresh.write_text(secrets.token_hex(32), "ascii")
        try:
            path.hardlink_to(fresh)  # whoever is first
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text("ascii").strip().encode()
