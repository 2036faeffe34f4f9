"""Looks through a database file for damage, at the start and every hour, while nobody waits for it."""

import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from service import logs
from service.storage import database

LOOK_EVERY_S = 3600.0  # the quick check reads the whole file


class Damages:
    """Remembers what the last look found. A damaged file is also told of in the log: `worker` has nobody who asks."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._looked: float | None = None
        self._damage: str | None = None

    def look(self) -> None:
        """Begin a look where one is due, in a thread of its own."""
        if self._looked is None or self._clock() - self._looked >= LOOK_EVERY_S:
            self._looked = self._clock()
            threading.Thread(target=self._look, name="quick-check", daemon=True).start()

    def found(self) -> str | None:
        """Return what the last look found; begin the next where it is due."""
        self.look()
        return self._damage

    def _look(self) -> None:
        try:
            self._damage = database.damage(self._engine)
        except SQLAlchemyError as exc:  # it is away or busy: the next write says so
            logs.failed("probe.not_looked_through", exc)
            return
        if self._damage:
            logs.warn("database.damaged")
