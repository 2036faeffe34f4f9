"""Advertising is discarded where it names its wares and nothing in it is a customer's."""

import pytest

from service.screening import advertising

PITCH = "Dear Manager, we are a leading factory of garden chairs, best price, MOQ 200, free sample. May I send our catalogue?"


def test_advertising_is_known_by_what_it_names_and_how_it_reads() -> None:
    assert advertising.is_advertising(PITCH, likely=0.6, asks=0.1)


@pytest.mark.parametrize(
    ("text", "likely", "asks"),
    [
        ("Unsubscribe", 0.95, 0.0),
        (PITCH, 0.95, 0.7),
        ("The gate of the yard stands open since last night and two bicycles are gone from the rack.", 0.6, 0.1),
    ],
)
def test_a_doubt_is_enough_to_keep_a_mail(text: str, likely: float, asks: float) -> None:
    assert not advertising.is_advertising(text, likely, asks)


@pytest.mark.parametrize(
    "text",
    [
        "Hiya, done this one, filled in my login and the code like it said. Your mailbox is full, storage is full, verify your account.",
        "I clicked the link that says verify your account because my mailbox will be closed, and now a page asks for the card. Is this really you?",
        "Der Anhang hieß: verify your mailbox, storage is full. Ich habe geklickt und mein Passwort eingegeben, was nun, bitte um Hilfe.",
    ],
)
def test_who_fell_for_a_trick_is_no_advertiser(text: str) -> None:
    assert not advertising.is_advertising(text, 0.95, 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "This was in my inbox today:\n> Your mailbox is full, storage is full.\n> Verify your account and confirm your password with the free trial.\nI only say so.",
        "On the poster at your gate it says „kostenlose Beratung, unverbindlich, jetzt sichern, wir bieten Kredit ohne Schufa“, and the door was locked all day long.",
        'The page told us "we offer best price, free sample, catalogue, MOQ 50" and then the basket stayed empty, on two computers.',
    ],
)
def test_words_that_a_writer_shows_are_not_their_own(text: str) -> None:
    assert not advertising.is_advertising(text, 0.85, 0.1)
    assert not advertising.is_pitch(text)


@pytest.mark.parametrize(
    "text",
    [
        "Dear user, your mailbox will be closed. Confirm your password at http://box.example within 24 hours.",
        "I am the barrister of a late client. 8.2 million dollars wait for a beneficiary, in confidence; reply with your full name.",
        "Wir bieten Firmen mehr Kunden durch kostenlose Analyse und Suchmaschinenwerbung, unverbindlich. Melden Sie sich noch heute.",
    ],
)
def test_a_trick_or_offer_with_all_its_marks_needs_no_opinion(text: str) -> None:
    assert advertising.is_pitch(text)


@pytest.mark.parametrize(
    "text",
    [
        "Dear customer service, my account was suspended yesterday though the fee is paid. I have to print my tickets within 2 hours.",
        "My late husband left a policy of 1.2 million with you. I am his widow; the transfer has not come.",
        "Confidential: I am the widow of your client, the late Mr Orr. His policy names me as beneficiary of 1.2 million dollars, and your office is silent.",
        "Wir brauchen bis Freitag ein Angebot über 300 Stühle. Haben Sie einen Katalog, und sind Muster kostenlos?",
    ],
)
def test_a_customer_with_the_same_words_is_none(text: str) -> None:
    assert not advertising.is_pitch(text)
