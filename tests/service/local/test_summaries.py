"""A summary is one neutral sentence in the third person, made of the customer's own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.local.summaries import neutral
from service.text import plain
from service.tickets import SUMMARY_WORDS


@pytest.mark.parametrize(
    ("said", "summary"),
    [
        ("I can't log in to my account since Monday!!!", "Customer can't log in to their account since Monday."),
        ("How do I change the email address on my account?", "Customer asks how to change the email address on their account."),
        ("Could you please send me a copy of my March invoice?", "Customer asks the company to send them a copy of their March invoice."),
        ("Hi Sarah, just to let you know that we were charged twice.", "Customer was charged twice."),
        ("Does the large box include towels?", "Customer asks: does the large box include towels?"),
        ("please cancel my subscription", "Customer asks the company to cancel their subscription."),
        ("Can we add a second kettle?", "Customer asks whether they can add a second kettle."),
        ("MY WHOLE SHOP IS CLOSED AND NOTHING WORKS", "Customer reports that their whole shop is closed and nothing works."),
    ],
)
def test_says_it_in_the_third_person(said: str, summary: str) -> None:
    assert neutral([said]) == summary


def test_names_the_subject_in_quotes() -> None:
    assert neutral(["It broke again"], topic="The blue kettle") == 'On "The blue kettle": customer reports that it broke again.'


def test_the_writer_who_acts_is_the_customer_and_third_parties_stay_they() -> None:
    assert neutral(["We've paid the invoice"]) == "Customer has paid the invoice."
    assert neutral(["I don't see my booking"]) == "Customer does not see their booking."
    assert neutral(["They sent you the form in August"]) == "Customer reports that they sent the company the form in August."


def test_what_is_reported_comes_before_what_is_asked() -> None:
    assert (
        neutral(["Does it come out?", "It is stage blood"], topic="Sheets")
        == 'On "Sheets": customer reports that it is stage blood, and asks: does it come out?'
    )
    assert (
        neutral(["The box is empty", "Please send another one"])
        == "Customer reports that the box is empty, and asks the company to send another one."
    )


def test_says_what_kind_of_thing_it_is_unless_the_customer_does() -> None:
    begins = "reports lost data"
    assert neutral(["The folder is empty since Monday"], "data_loss", begins) == "Customer reports lost data: the folder is empty since Monday."
    assert neutral(["We lost all data on Monday"], "data_loss", begins) == "Customer lost all data on Monday."


def test_greetings_and_labels_of_forms_are_not_told() -> None:
    assert neutral(["Dear lift people", "Fault: the door is stuck."]) == "Customer reports that the door is stuck."


def test_a_quotation_keeps_both_its_marks() -> None:
    assert neutral(['The page says "not known"']) == 'Customer reports that the page says "not known".'


def test_a_domain_and_an_address_are_called_what_they_are() -> None:
    assert (
        neutral(["My mail to ana@home.example about evil-login.com came back."])
        == "Customer reports that their mail to an address about a link came back."
    )


def test_says_nothing_of_nothing() -> None:
    assert neutral(["!!!"]) is None


@given(st.text(alphabet=st.characters(codec="utf-8", categories=("L", "P", "Z", "N")), max_size=600), st.text(max_size=80))
def test_is_never_longer_than_the_contract_allows(said: str, extra: str) -> None:
    summary = neutral([said, extra])
    assert summary is None or 0 < len(summary.split()) <= SUMMARY_WORDS


@pytest.mark.parametrize(
    "said",
    [
        "The page https://shop.example/pay?x=1 says <b>error</b> when I pay.",
        "My **invoice** at www.shop.example/bills is `wrong`.",
        "My *invoice* at evil-login.com:8080 is _wrong_, and t.co too.",
        "I was charged twice.it was on shop.evil.com and ana.lopez+x@mail.example knows it",
        "Please move us from ana@old.example to ev\u200bil.com today" + " and to bo@evil.com, ci@evil.com" * 6,
        "Die Rechnung\u202e auf [der Seite](https://x.example) stimmt nicht.",
    ],
)
def test_a_summary_is_plain_whatever_the_customer_wrote(said: str) -> None:
    summary = neutral([said, "See https://x.example/more <i>details</i> of it too."])
    assert summary
    assert not list(plain.faults(summary))
    assert len(summary.split()) <= SUMMARY_WORDS
