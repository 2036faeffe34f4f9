"""One list of ticket fields: whatever shows, keeps or compares tickets follows it."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from service import tickets
from service.console import formats
from service.storage.tables import Ticket as Row
from service.tickets import NOTHING, Ticket

ROOT = Path(__file__).parents[2]
ONE = Ticket(customer_name="Ana", issue_summary="Charged twice.", urgency="high")


def test_a_row_gives_back_the_ticket_that_it_was_made_of() -> None:
    assert tickets.of(SimpleNamespace(**ONE.model_dump(), status="answered")) == ONE


def test_a_row_has_a_column_for_every_field() -> None:
    assert set(tickets.FIELDS) <= set(Row.__table__.columns.keys())


def test_a_page_has_a_label_for_every_field_in_the_order_of_the_contract() -> None:
    assert list(formats.labels().items()) == [("customer_name", "Customer"), ("issue_summary", "Issue"), ("urgency", "Urgency")]


@pytest.mark.parametrize(("ticket", "said"), [(ONE, ["Ana", "Charged twice.", "high"]), (NOTHING, [None] * 3), (None, [None] * 3)])
def test_a_ticket_is_told_by_the_names_of_the_interface(ticket: Ticket | None, said: list[str | None]) -> None:
    assert tickets.as_json(ticket) == dict(zip(("customerName", "issueSummary", "urgency"), said, strict=True))


@pytest.mark.parametrize(
    "path",
    ["service/storage/rows.py", "service/storage/reviews.py", "service/storage/eval_candidates.py", "service/console/ticket.py", "ops/replay.py"],
)
def test_what_follows_the_list_does_not_repeat_it(path: str) -> None:
    source = (ROOT / path).read_text("utf-8")
    assert not [word for word in ("issue_summary", "issueSummary", "customerName") if word in source]
