"""Which release is in use: the moves that put it there, and the way back. Each leaves its line in the audit log, in its own transaction."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from service import ids, release
from service.release import ReleaseError
from service.screening import masking
from service.storage import audit, rows
from service.storage.audit import Who
from service.storage.database import reading, writing
from service.storage.tables import ReleaseMove

FIRST_RELEASE = "r8"  # in use before any move was made
MOVES_LOCK = 7_305_119  # any number that nobody else on the same PostgreSQL uses


class NoWayBack(Exception):
    """There is no release before the one in use, or the one to leave was left already."""


class CannotMove(Exception):
    """A release cannot be moved as asked. The message says why."""


@dataclass(frozen=True)
class Listed:
    """A release file with its state: draft, gated, canary, active or retired. `fault` says why the file cannot be used."""

    name: str
    state: str
    since: datetime | None
    created: str
    why: str
    fault: str | None = None


@dataclass(frozen=True)
class Standing:
    """What was in production at one moment: the release in use, and the one that takes `percent` of the mail to prove itself."""

    active: str = field(default_factory=lambda: FIRST_RELEASE)
    since: datetime | None = None
    canary: str | None = None
    percent: int = 0
    canary_since: datetime | None = None
    way_back: tuple[str, ...] = field(
        default_factory=lambda: (FIRST_RELEASE,)
    )  # releases in use one after the other, without those that were rolled back from

    @property
    def before(self) -> str | None:
        """The release that a rollback of the active one goes back to."""
        return self.way_back[-2] if len(self.way_back) > 1 else None

    def serves(self, key: str) -> str:
        """Return the release that handles the email of that key: the same one whichever process asks."""
        if self.canary is None or not key:
            return self.active
        bucket = int.from_bytes(hashlib.sha256(f"{self.canary}\n{key}".encode()).digest()[:8]) % 10_000
        return self.canary if bucket < self.percent * 100 else self.active


@dataclass(frozen=True)
class RolledBack:
    """What a rollback left, since when that had been in use, what it served then, and what is in use now."""

    left: str
    was: str  # canary or active
    since: datetime | None
    restored: str
    percent: int | None


def active(engine: Engine) -> str:
    """Return the name of the release in use."""
    return standing(engine).active


def standing(engine: Engine, moment: datetime | None = None) -> Standing:
    """Return what is in production now, or was at a moment."""
    with reading(engine) as session:
        return _standing(session, moment)


def history(engine: Engine) -> list[ReleaseMove]:
    """Return all moves, oldest first."""
    with reading(engine) as session:
        return list(session.scalars(select(ReleaseMove).order_by(ReleaseMove.id)))


def fold(moves: Iterable[ReleaseMove]) -> Standing:
    """Return what the moves add up to."""
    found = Standing()
    for move in moves:
        found = _after_move(found, move)
    return found


def _after_move(found: Standing, move: ReleaseMove) -> Standing:
    if move.to_state == "canary":
        return replace(found, canary=move.release, percent=move.percent or 0, canary_since=move.at)
    if move.release == found.canary:
        found = replace(found, canary=None, percent=0, canary_since=None)
    if move.to_state == "active":
        way = found.way_back
        way = way[: way.index(move.release) + 1] if move.release in way else (*way, move.release)
        return replace(found, active=move.release, since=move.at, way_back=way)
    return found


def listed(engine: Engine, folder: Path) -> list[Listed]:
    """List the releases of a folder by name, with their states."""
    with reading(engine) as session:
        moves = session.scalars(select(ReleaseMove).order_by(ReleaseMove.id)).all()
    latest, in_use = {move.release: move for move in moves}, fold(moves).active
    return [_listed(path, latest.get(path.parent.name), in_use) for path in sorted(folder.glob("*/release.toml"))]


def _listed(path: Path, move: ReleaseMove | None, in_use: str) -> Listed:
    name = path.parent.name
    state = move.to_state if move else "active" if name == in_use else "draft"
    try:
        found = release.load(path)
    except ReleaseError as exc:
        return Listed(name, state, move.at if move else None, "", "", str(exc))
    return Listed(name, state, move.at if move else None, found.created, found.why)


def gate(engine: Engine, name: str, who: str, why: str, now: datetime, by: Who | None = None) -> None:
    """Put on record that a release passed its gate; one that serves mail stays where it is.

    `by` is whom the audit log names, here and below, where that is another than who is written beside the move.
    """
    with _moving(engine) as session:
        found = _standing(session)
        if name not in (found.active, found.canary):
            _move(session, name, "gated", who, why, now)
            _record(session, now, by or who, "gate", name)


def canary(engine: Engine, name: str, percent: int, who: str, why: str, now: datetime, by: Who | None = None, force: bool = False) -> None:
    """Let a release handle a share of the mail, in percent; any other canary ends. Raises CannotMove."""
    if not 1 <= percent <= 100:
        raise CannotMove(f"a canary takes 1 to 100 percent of the mail, not {percent}")
    with _moving(engine) as session:
        found = _standing(session)
        if name == found.active:
            raise CannotMove(f"release {name} is in use already: it cannot be its own canary")
        if found.canary not in (None, name):
            _move(session, found.canary or "", "retired", who, f"canary ended by that of {name}", now)
        _move(session, name, "canary", who, why, now, percent)
        _record(session, now, by or who, "canary", name, percent=percent, force=force)


def activate(engine: Engine, name: str, who: str, why: str, now: datetime, by: Who | None = None, force: bool = False) -> None:
    """Put a release in use, and retire the one before it and any other canary."""
    with _moving(engine) as session:
        found = _standing(session)
        if found.canary not in (None, name):
            _move(session, found.canary or "", "retired", who, f"canary ended: {name} was put in use", now)
        if found.active != name:
            _move(session, found.active, "retired", who, why, now)
            _move(session, name, "active", who, why, now)
        if found.active != name or found.canary is not None:
            _record(session, now, by or who, "activate", name, force=force)


def roll_back(engine: Engine, who: str, why: str, now: datetime, leaving: str | None = None, by: Who | None = None) -> RolledBack:
    """Undo what was put in production last: end the canary, else put the release in use again that was before the present one.

    With `leaving` only that release is left, so that two watchers that trip at once roll back once. Raises NoWayBack.
    """
    with _moving(engine) as session:
        found = _standing(session)
        if found.canary is not None and leaving in (None, found.canary):
            _move(session, found.canary, "retired", who, why, now)
            _record(session, now, by or who, "rollback", found.canary, restored=found.active)
            return RolledBack(found.canary, "canary", found.canary_since, found.active, found.percent)
        if leaving not in (None, found.active):
            raise NoWayBack(f"release {leaving} is not in production any more")
        if found.before is None:
            raise NoWayBack("no other release was in use before")
        if found.canary is not None:
            _move(session, found.canary, "retired", who, f"canary ended: {found.active} was rolled back", now)
        _move(session, found.active, "retired", who, why, now)
        _move(session, found.before, "active", who, why, now)
        _record(session, now, by or who, "rollback", found.active, restored=found.before)
        return RolledBack(found.active, "active", found.since, found.before, None)


def _record(session: Session, now: datetime, who: Who | str, move: str, name: str, **told: str | int) -> None:
    """Write the line of a move. The reason is not in it: it stands beside the move, where a person who is forgotten can be taken out of it."""
    audit.write(session, now, who if isinstance(who, Who) else Who(who, "operator"), f"release {move}", name, told)


@contextmanager
def _moving(engine: Engine) -> Iterator[Session]:
    """Open a writing transaction in which nobody else moves a release: PostgreSQL would let two run side by side."""
    with writing(engine) as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MOVES_LOCK})
        yield session


def _standing(session: Session, moment: datetime | None = None) -> Standing:
    every = select(ReleaseMove).order_by(ReleaseMove.id)
    return fold(session.scalars(every.where(ReleaseMove.at <= moment) if moment else every))


def _move(session: Session, name: str, to_state: str, who: str, why: str, now: datetime, percent: int | None = None) -> None:
    newest = session.scalars(select(ReleaseMove).order_by(ReleaseMove.id.desc()).limit(1)).one_or_none()
    mine = session.scalar(select(ReleaseMove.to_state).where(ReleaseMove.release == name).order_by(ReleaseMove.id.desc()).limit(1))
    id, at = ids.new(now), now
    if newest:  # two moves of one millisecond, or of machines whose clocks differ, must keep their order
        id, at = max(id, ids.following(newest.id)), max(now, newest.at)
    before = mine or ("active" if name == FIRST_RELEASE else None)
    values = {"release": name, "who": who, "from_state": before, "to_state": to_state, "percent": percent, "why": masking.kept_of(why)}
    session.execute(insert(ReleaseMove).values(id=id, at=at, **rows.plain(values)))
