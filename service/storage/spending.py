"""What a day has cost so far, asked before every paid call: what is long settled is added up once a minute, the rest each time."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine

from service.storage import emails

SETTLED = timedelta(minutes=10)  # after its call an attempt is on record; only what a lost try paid for comes later
AGAIN = timedelta(seconds=60)


class Spending:
    """Adds up the cost of calls. Safe to use from many threads."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now
        self._lock = threading.Lock()
        self._settled: tuple[datetime, datetime, Decimal] | None = None  # from, until, the sum of that time

    def since(self, moment: datetime) -> Decimal:
        """Return the US dollars spent since a moment, as far as their prices are known."""
        now = self._now()
        if now - moment <= SETTLED:
            return emails.spent_since(self._engine, moment)
        with self._lock:
            if self._settled is None or self._settled[0] != moment or now - self._settled[1] > SETTLED + AGAIN:
                until = now - SETTLED
                self._settled = moment, until, emails.spent_since(self._engine, moment, until)
            _, until, sum_until = self._settled
        return sum_until + emails.spent_since(self._engine, until)
