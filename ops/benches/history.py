"""Measures what a long history costs: `python -m ops.benches.history`, at 1,000 and 100,000 tickets, over 1 and 30 days, on SQLite.

Every figure is the median of a few calls in milliseconds of CPU time; the last column is the largest figure over the smallest. What is asked again
and again (a look of the watcher, the day's spending, the mail that waits) should not grow.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine, insert

from ops.watch.watcher import Watcher
from service import ids, logs
from service.console import inbox
from service.settings import Settings
from service.storage import database, measures, readings, ticket_queries, totals
from service.storage.database import writing
from service.storage.spending import Spending
from service.storage.tables import Attempt, Email, MonitorReading, Raw, Span, Ticket
from service.storage.ticket_queries import Filter

SIZES = (1_000, 100_000)
DAYS = (1, 30)
MONITORS = 25
CALLS = 5


def main() -> None:
    """Fill a database of each size and print what each question takes."""
    logs.set_up("CRITICAL")
    found: dict[str, list[float]] = {}
    for tickets in SIZES:
        for days in DAYS:
            folder = Path(tempfile.mkdtemp(prefix="history-"))
            try:
                for name, ms in _measured(folder, tickets, days):
                    found.setdefault(name, []).append(ms)
            finally:
                shutil.rmtree(folder)
    heads = [f"{tickets:,} in {days} d" for tickets in SIZES for days in DAYS]
    print(f"{'ms of CPU':<28}" + "".join(f"{head:>17}" for head in heads) + f"{'growth':>9}")
    for name, values in found.items():
        print(f"{name:<28}" + "".join(f"{value:>17.2f}" for value in values) + f"{max(values) / min(values):>9.1f}")


def _measured(folder: Path, tickets: int, days: int) -> Iterator[tuple[str, float]]:
    settings, now = Settings(data_dir=folder), datetime.now(UTC)
    engine = database.open_engine(settings.database)
    database.migrate(engine)
    release = "r1"
    fill(engine, tickets, timedelta(days=days), now, release)
    readings.roll_up(engine, now)
    while totals.roll_up(engine, now):
        pass
    watcher, spending = Watcher(engine, settings), Spending(engine)
    midnight = now - timedelta(days=1)
    asked: dict[str, Callable[[], object]] = {
        "a look of the watcher": watcher.look,
        "the day's spending": lambda: spending.since(midnight),
        "the mail that waits": lambda: measures.waiting(engine, now),
        "the newest tickets": lambda: ticket_queries.page(engine, Filter(), 50),
        "tickets by status": lambda: ticket_queries.page(engine, Filter(status="handedOver"), 50),
        "search, frequent word": lambda: ticket_queries.page(engine, Filter(text="charged"), 50),
        "search, absent word": lambda: ticket_queries.page(engine, Filter(text="zebra"), 50),
        "counts of the inbox": lambda: inbox.counts(engine),
        "measures of an hour": lambda: measures.measure(engine, "1h", now, None, {}),
        "measures of 30 days": lambda: measures.measure(engine, "30d", now, None, {}),
    }
    for name, ask in asked.items():
        ask()  # what only the first call does is not what is asked again and again
        yield name, statistics.median(_cpu_ms(ask) for _ in range(CALLS))
    engine.dispose()


def _cpu_ms(ask: Callable[[], object]) -> float:
    began = time.process_time()
    ask()
    return (time.process_time() - began) * 1000


def fill(engine: Engine, tickets: int, over: timedelta, now: datetime, release: str) -> None:
    """Write finished tickets with two calls and six stages each, spread evenly over a time, and the monitors' readings of every minute of it."""
    moments = [now - over + over * (number + 1) / tickets for number in range(tickets)]
    for start in range(0, tickets, 2_000):
        rows = [(ids.new(at), at) for at in moments[start : start + 2_000]]
        with writing(engine) as session:
            session.execute(insert(Email), [_email(id, at) for id, at in rows])
            session.execute(insert(Raw), [{"email_id": id, "content": b"x" * 200} for id, _ in rows])
            session.execute(insert(Ticket), [_ticket(id, at, release) for id, at in rows])
            session.execute(insert(Attempt), [_attempt(id, at, release, task) for id, at in rows for task in ("extract", "answer")])
            session.execute(insert(Span), [_span(id, at, release, place) for id, at in rows for place in range(6)])
    minutes = int(over.total_seconds() // 60)
    for first in range(0, minutes, 400):
        stamps = [now - over + timedelta(minutes=number + 1) for number in range(first, min(first + 400, minutes))]
        with writing(engine) as session:
            readings.keep(session, [_reading(at, name, release) for at in stamps[-1:] for name in range(MONITORS)])
            session.execute(insert(MonitorReading), [_reading(at, name, release) for at in stamps[:-1] for name in range(MONITORS)])


def _email(id: str, at: datetime) -> dict[str, object]:
    return {"id": id, "key": id, "digest": id, "message_id": None, "received_at": at, "subject": "Charged twice", "sender": "Ana <ana@x.example>",
            "size": 200, "state": "done", "worker": None, "tries": 1, "due_at": None}  # fmt: skip


def _ticket(id: str, at: datetime, release: str) -> dict[str, object]:
    return {"email_id": id, "status": "handedOver" if int(id[-1], 16) < 4 else "answered", "finished_at": at, "customer_name": "Ana",
            "issue_summary": "Customer was charged twice.", "urgency": "high", "question": "charged twice", "release": release, "degraded": False,
            "latency_ms": 50.0, "usd": Decimal("0.0004"), "unpriced_calls": 0, "input_tokens": 800, "cached_tokens": 0, "output_tokens": 90}  # fmt: skip


def _attempt(id: str, at: datetime, release: str, task: str) -> dict[str, object]:
    return {"owner_id": id, "run": 1, "place": 2, "at": at, "task": task, "provider": "p", "model": "m", "ms": 20.0, "usd": Decimal("0.0002"),
            "input_tokens": 400, "cached_tokens": 0, "output_tokens": 45, "repair": 0, "release": release}  # fmt: skip


def _span(id: str, at: datetime, release: str, place: int) -> dict[str, object]:
    return {"owner_id": id, "place": place, "stage": ("parse", "screen", "extract", "retrieve", "answer", "check")[place], "at": at,
            "started_ms": 1.0 * place, "ms": 5.0, "error": None, "notes": None, "release": release}  # fmt: skip


def _reading(at: datetime, number: int, release: str) -> dict[str, object]:
    return {"id": ids.new(at), "at": at, "monitor": f"monitor_{number}", "release": release, "window_s": 3600.0, "sample": 100, "value": 0.1,
            "baseline": 0.1, "threshold": 0.3, "p_value": 0.5, "tripped": False}  # fmt: skip


if __name__ == "__main__":
    main()
