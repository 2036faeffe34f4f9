from fractions import Fraction

import pytest

from service.text import quantities


def kinds(text: str) -> list[tuple[str, Fraction]]:
    return [(one.kind, one.value) for one in quantities.read(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [("14 days", "two weeks"), ("24 hours", "1 day"), ("£0.50", "50p"), ("12 months", "a 1-year term"), ("9 am", "09:00"), ("5.30pm", "17:30"), ("31 May", "May 31st"), ("1.5 kg", "1500 g"), ("12,50 €", "€12.50"), ("20 per cent", "20%")],
)  # fmt: skip
def test_two_ways_to_write_one_quantity(one: str, other: str) -> None:
    assert quantities.states(quantities.read(one), quantities.read(other)[0]) is True


@pytest.mark.parametrize(("one", "other"), [("3 days", "3 hours"), ("10 days", "10 working days"), ("5 %", "5 €"), ("2 months", "2 years")])
def test_the_same_number_with_another_unit(one: str, other: str) -> None:
    assert quantities.states(quantities.read(one), quantities.read(other)[0]) is False


def test_a_cell_takes_the_unit_of_its_head() -> None:
    assert kinds("Country: Ireland; Days: 6") == [("time", Fraction(6 * 1440))]


def test_names_with_digits_are_no_quantities() -> None:
    assert kinds("The KX-200 and the FS8 fit.") == []


def test_ranges_hold_what_lies_within() -> None:
    within = quantities.spans("Distance: over 5, up to 12 miles")
    assert any(span.holds(quantities.read("10 miles")[0]) for span in within)
    assert quantities.bounded("cancel up to 10 miles", quantities.read("cancel up to 10 miles")[0])
