"""What calls to models have cost, as rows by release, provider, model, task and day."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.storage.tables import Attempt

LOCAL = "local"


@dataclass
class Spent:
    """What the calls of one kind took. `usd` sums the priced ones; `unpriced` says how many are missing from it."""

    calls: int = 0
    emails: set[str] = field(default_factory=set)
    failed: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    usd: Decimal = Decimal(0)
    unpriced: int = 0


Key = tuple[str, str, str, str, str]  # day, release, provider, model, task


def by_kind(engine: Engine, since: datetime) -> dict[Key, Spent]:
    """Sum all calls since a moment, newest day first. A call without a known price is unpriced, here as everywhere; the local model's cost nothing."""
    rows: dict[Key, Spent] = defaultdict(Spent)
    with Session(engine) as session:
        for one in session.scalars(select(Attempt).where(Attempt.at >= since)):
            _add(rows[(one.at.date().isoformat(), one.release, one.provider, one.model, one.task)], one)
    return dict(sorted(rows.items(), key=lambda row: (row[0][0], row[1].usd), reverse=True))


def _add(spent: Spent, one: Attempt) -> None:
    spent.calls += 1
    spent.emails.add(one.owner_id)
    spent.failed += one.error is not None
    spent.input_tokens += one.input_tokens or 0
    spent.cached_tokens += one.cached_tokens or 0
    spent.output_tokens += one.output_tokens or 0
    spent.usd += one.usd or Decimal(0)
    spent.unpriced += one.usd is None
