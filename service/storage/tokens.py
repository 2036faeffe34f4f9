"""Named tokens: shown once, known by their hash from then on, revoked for good."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Engine, insert, select

from service import ids
from service.storage import audit
from service.storage.audit import Who
from service.storage.database import reading, writing
from service.storage.tables import Token

Role = Literal["intake", "agent", "operator"]  # each may do what those before it may
ROLES: tuple[Role, ...] = get_args(Role)
PREFIX = "pd_"
TAKEN = ("proofdesk_api_token", "console", "retention", "watcher")  # who does things without a named token
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}")


class CannotToken(Exception):
    """A token cannot be made or revoked as asked. The message says why."""


@dataclass(frozen=True)
class Named:
    """Whose a token is, and what it opens."""

    name: str
    role: Role


@dataclass(frozen=True)
class Made:
    """The tokens that open something, by their hash. `ever` tells whether any was made at all, and be it revoked."""

    known: dict[str, Named]
    ever: bool


def add(engine: Engine, name: str, role: Role, who: Who, now: datetime) -> str:
    """Make a token and return it: nobody can be shown it again. Raises CannotToken for a name that was given before, or is none."""
    if not _NAME.fullmatch(name):
        raise CannotToken(f"{name!r} is no name for a token: up to 64 letters, digits, blanks and . _ @ -, no blank first")
    if name.casefold() in TAKEN:
        raise CannotToken(f"{name!r} is what the audit log calls somebody else")
    token = PREFIX + secrets.token_urlsafe(32)
    with writing(engine) as session:
        if session.scalar(select(Token.id).where(Token.name == name)):
            raise CannotToken(f"there is or was a token {name!r}: the audit log knows it by that name, so take another")
        values = {"name": name, "role": role, "digest": digest(token), "created_at": now, "created_by": who.name}
        session.execute(insert(Token).values(id=ids.new(now), **values))
        audit.write(session, now, who, "token add", name, {"role": role})
    return token


def revoke(engine: Engine, name: str, who: Who, now: datetime) -> None:
    """Let a token open nothing any more, in every process within seconds. Raises CannotToken where there is none of that name."""
    with writing(engine) as session:
        found = session.scalars(select(Token).where(Token.name == name)).one_or_none()
        if found is None or found.revoked_at:
            raise CannotToken(f"there is no token {name!r}" if found is None else f"token {name!r} was revoked at {found.revoked_at:%Y-%m-%d %H:%M}")
        found.revoked_at, found.revoked_by = now, who.name
        audit.write(session, now, who, "token revoke", name)


def listed(engine: Engine) -> list[Token]:
    """List all tokens, oldest first, revoked ones too."""
    with reading(engine) as session:
        return list(session.scalars(select(Token).order_by(Token.id)))


def made(engine: Engine) -> Made:
    """Return what signing in needs to know."""
    rows = listed(engine)
    names = {role: role for role in ROLES}
    return Made({one.digest: Named(one.name, names[one.role]) for one in rows if not one.revoked_at and one.role in names}, bool(rows))


def digest(token: str) -> str:
    """Return what is kept of a token. It is as long as a key and random, so a plain hash is all it needs."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
