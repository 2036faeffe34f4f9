"""What a look at the inbox costs does not grow with history, and says what it counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert

from service import ids
from service.console import formats, inbox
from service.storage.database import writing
from service.storage.tables import Email, Ticket

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENDS: dict[str, dict[str, Any]] = {
    "answered": {"finished_at": NOON},
    "handedOver": {"finished_at": NOON, "handed_over_reason": "policy"},
    "processing": {"finished_at": None},
}


def fill(engine: Engine, tickets: dict[tuple[str, str | None], int]) -> None:
    """Write so many tickets of each outcome and review."""
    for (outcome, review), number in tickets.items():
        rows = [ids.new(NOON + timedelta(milliseconds=place)) for place in range(number)]
        email = {"digest": "d", "message_id": None, "received_at": NOON, "subject": "s", "sender": "a", "size": 1, "state": "done"}
        shared = {"handed_over_reason": None, "status": outcome, "review": review, **ENDS[outcome]}
        with writing(engine) as session:
            session.execute(insert(Email), [{"id": id, "key": id, **email} for id in rows])
            session.execute(insert(Ticket), [{"email_id": id, **shared} for id in rows])


def test_tickets_are_counted_by_what_the_system_and_a_person_did(engine: Engine) -> None:
    fill(engine, {("answered", None): 4, ("answered", "edited"): 2, ("handedOver", "closed"): 1, ("processing", None): 3})
    assert inbox.counts(engine) == ({"answered": 6, "handedOver": 1, "processing": 3}, {"none": 7, "edited": 2, "closed": 1})


@pytest.mark.parametrize(("most", "shown"), [(3, "3+"), (5, "5+"), (6, "5")])
def test_more_than_anybody_counts_is_said_and_not_read(sqlite: Engine, monkeypatch: pytest.MonkeyPatch, most: int, shown: str) -> None:
    monkeypatch.setattr(formats, "MOST_COUNTED", most)
    fill(sqlite, {("answered", None): 5, ("handedOver", "closed"): 1})
    outcomes, reviews = inbox.counts(sqlite)
    assert (formats.counted(outcomes["answered"]), formats.counted(reviews["none"]), formats.counted(reviews["closed"])) == (shown, shown, "1")


@pytest.mark.parametrize("outcome", ["answered", "handedOver"])
def test_counting_costs_no_more_where_there_is_more_history(sqlite: Engine, outcome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MOST_COUNTED", 100)
    fill(sqlite, {(outcome, None): 200})
    few = steps(sqlite)
    fill(sqlite, {(outcome, None): 3_000, ("processing", "edited"): 50})
    assert steps(sqlite) < few * 1.5


def steps(engine: Engine) -> int:
    """Count the steps that SQLite takes for the counts, in twenties."""
    taken = [0]

    def step() -> int:
        taken[0] += 1
        return 0

    def watch(connection: Any, *_: Any) -> None:
        connection.connection.driver_connection.set_progress_handler(step, 20)

    event.listen(engine, "before_cursor_execute", watch)
    try:
        inbox.counts(engine)
    finally:
        event.remove(engine, "before_cursor_execute", watch)
    return taken[0]


def test_the_inbox_notices_a_mail_that_ends_where_there_are_more_than_are_counted(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MOST_COUNTED", 2)
    fill(sqlite, {("answered", None): 4, ("processing", None): 4})
    before = inbox._state(sqlite)
    with writing(sqlite) as session:
        running = session.query(Ticket).filter(Ticket.finished_at.is_(None)).first()
        assert running
        running.status, running.finished_at = "answered", NOON + timedelta(seconds=1)
    assert inbox._state(sqlite) != before
