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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We refund half.", "We refund 50%."), ("Die Hälfte wird erstattet.", "50 % werden erstattet."),
        ("entro dieci giorni", "entro 10 giorni"), ("binnen einer Woche", "innerhalb von 7 Tagen"), ("binnen twee weken", "binnen 14 dagen"),
        ("em dez dias", "em 10 dias"), ("sous quinze jours", "sous 15 jours"), ("dentro de seis meses", "dentro de 6 meses"),
    ],
)  # fmt: skip
def test_a_number_in_words_is_the_number_in_the_languages_that_are_read(one: str, other: str) -> None:
    (wanted,) = quantities.read(other)
    assert quantities.states(quantities.read(one), wanted) is True


def test_a_verb_is_no_month_and_the_clock_round_no_number() -> None:
    assert [(one.kind, one.shown) for one in quantities.read("A hold of €1 may show; plan 2 may be paused on 1 May.")] == [
        ("€", "€1"), ("", "2 may"), ("date", "1 May."),
    ]  # fmt: skip
    assert quantities.read("Call us 24/7 on Sundays, too.") == []


def test_a_limit_in_words_is_a_limit() -> None:
    (span,) = quantities.spans("From fourteen, young people may climb alone.")
    (age,) = quantities.read("A 15-year-old may climb alone.")
    assert span.holds(age)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("three hours and thirty minutes", "three and a half hours"),
        ("3 hours 30 minutes", "3.5 hours"),
        ("an hour and a half", "90 minutes"),
        ("one and a half years", "18 months"),
        ("uma hora e meia", "90 minutos"),
        ("une heure et demie", "90 minutes"),
        ("anderthalb Stunden", "90 Minuten"),
        ("2 years and 6 months", "two and a half years"),
        ("1 kg 500 g", "1.5 kg"),
    ],
)
def test_one_quantity_told_in_two_parts(one: str, other: str) -> None:
    (told,) = quantities.read(one)

    assert quantities.states(quantities.read(other), told) is True


@pytest.mark.parametrize(
    "text", ["2 days and 3 days", "10 minutes and 2 hours", "a room for 2 nights and 3 months", "5 kg and 30 cm", "1 hour and 90 minutes"]
)
def test_two_quantities_stay_two(text: str) -> None:
    assert len(quantities.read(text)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("between 2 and 5 pm", "from 14 to 17 o'clock"),
        ("9-11am", "9:00 to 11:00"),
        ("von 14 bis 17 Uhr", "2 pm to 5 pm"),
        ("from 10 to 2 pm", "10:00 until 14:00"),
    ],
)
def test_a_range_of_the_clock_says_once_what_half_it_is(one: str, other: str) -> None:
    stated = quantities.read(other)

    assert [quantities.states(stated, told) for told in quantities.read(one)] == [True, True]


def test_a_range_in_the_afternoon_is_none_in_the_morning() -> None:
    assert [quantities.states(quantities.read("2 am to 5 am"), told) for told in quantities.read("from 2 to 5 pm")] == [None, None]
