"""How a release gets into production: only with the certificate of what it is now, or forced and on record as such."""

from datetime import datetime

from sqlalchemy import Engine

from service.release import Release
from service.releases import certificate, moves
from service.settings import Settings
from service.storage.audit import Who


def activate(
    engine: Engine, settings: Settings, chosen: Release, who: str, why: str, now: datetime, force: bool = False, by: Who | None = None
) -> None:
    """Put a release in use. Raises NotGated unless forced, and what `certificate.usable` raises for a release that cannot run."""
    moves.activate(engine, chosen.name, who, certificate.reason(chosen, settings, why, force), now, by, force)


def canary(
    engine: Engine, settings: Settings, chosen: Release, percent: int, who: str, why: str, now: datetime, force: bool = False, by: Who | None = None
) -> None:
    """Let a release handle a share of the mail. Raises as `activate`, and CannotMove for a share that is none."""
    words = certificate.reason(chosen, settings, why, force) if 1 <= percent <= 100 else why
    moves.canary(engine, chosen.name, percent, who, words, now, by, force)
