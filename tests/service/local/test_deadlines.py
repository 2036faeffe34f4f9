"""How far off a named moment is decides whether it is a deadline within a day."""

from datetime import UTC, datetime

import pytest

from service.local import deadlines
from service.local.deadlines import hours_until

WEDNESDAY = datetime(2026, 10, 14, 9, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("guests arrive at 6 tonight", 8.8),
        ("we open tomorrow at 8", 22.8),
        ("I need it tomorrow", 24),
        ("tomorrow afternoon at 16:00", 30.8),
        ("by 5pm today", 7.8),
        ("in two hours", 2),
        ("we have 30 minutes left", 0.5),
        ("before the audit on Friday", 48),
        ("before the 20th", 144),
        ("on 3 November", 480),
        ("the hearing is on October 15", 24),
        ("the exam starts 15 October at 9:00", 23.8),
        ("within 14 days", 336),
        ("next Wednesday", 168),
        ("morgen um 8 Uhr kommen Gäste", 22.8),
        ("la reunión es mañana a las 10:00", 24.8),
    ],
)
def test_reads_the_hours_to_a_moment(text: str, hours: float) -> None:
    assert hours_until(text, WEDNESDAY) == pytest.approx(hours, abs=0.05)


@pytest.mark.parametrize(
    "text",
    ["since Monday it is broken", "I bought it on 3 March", "order 12/34", "it may be on", "I paid 12.50 euro", "last Friday", "five people", ""],
)
def test_reads_nothing_where_no_coming_moment_is_named(text: str) -> None:
    assert hours_until(text, WEDNESDAY) is None


def test_takes_the_earliest_of_two_moments() -> None:
    assert hours_until("on Friday or at the latest on 20 October", WEDNESDAY) == 48


def test_reads_relative_words_without_a_date_header_and_leaves_named_days_out() -> None:
    assert hours_until("in 3 hours", None) == 3
    assert hours_until("tomorrow at 8", None) == 24
    assert hours_until("on Friday", None) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [("Am 28. April um 9", ["28 April"]), ("el 3 de mayo y el 4 de junio", ["3 May", "4 June"]), ("le 1 août", ["1 August"]), ("2 Kilo", [])],
)
def test_days_with_a_month_are_named_in_english(text: str, named: list[str]) -> None:
    found, rest = deadlines.dates(text)
    assert found == named
    assert not any(month in rest for month in ("April", "mayo", "junio", "août"))
