"""Nothing is discarded without proof that it asks for nothing."""

from dataclasses import replace

import pytest

from service.screening import proof
from tests.service.screening.test_screening import PLAIN


@pytest.mark.parametrize(
    "text", ["Thank you, all solved now!", "Vielen Dank, es funktioniert wieder.", "Merci beaucoup, tout fonctionne.", "Grazie mille!"]
)
def test_thanks_are_thanks(text: str) -> None:
    assert proof.is_thanks(replace(PLAIN, subject="Re: pump", text=text), text)


@pytest.mark.parametrize(
    "text",
    [
        "Merci de me rendre la caution.",
        "Vielen Dank für die Rückzahlung der Kaution.",
        "Thank you for returning the money.",
        "Gracias por devolver la fianza.",
        "Thanks, but the second pump never came.",
        "Thank you. The gate does not close.",
        "Alvast bedankt voor een nieuwe lamp.",
    ],
)
def test_a_request_put_as_thanks_is_none(text: str) -> None:
    assert not proof.is_thanks(replace(PLAIN, subject="Re: pump", text=text), text)


PITCH = "Dear Manager, we are a leading factory of garden chairs, best price, MOQ 200, free sample. May I send our catalogue?"


def test_advertising_is_known_by_what_it_names_and_how_it_reads() -> None:
    assert proof.is_advertising(PITCH, likely=0.6, asks=0.1)


@pytest.mark.parametrize(
    ("text", "likely", "asks"),
    [
        ("Unsubscribe", 0.95, 0.0),
        (PITCH, 0.95, 0.7),
        ("The gate of the yard stands open since last night and two bicycles are gone from the rack.", 0.6, 0.1),
    ],
)
def test_a_doubt_is_enough_to_keep_a_mail(text: str, likely: float, asks: float) -> None:
    assert not proof.is_advertising(text, likely, asks)


@pytest.mark.parametrize(
    "text",
    [
        "Hiya, done this one, filled in my login and the code like it said. Your mailbox is full, storage is full, verify your account.",
        "I clicked the link that says verify your account because my mailbox will be closed, and now a page asks for the card. Is this really you?",
        "Der Anhang hieß: verify your mailbox, storage is full. Ich habe geklickt und mein Passwort eingegeben, was nun, bitte um Hilfe.",
    ],
)
def test_who_fell_for_a_trick_is_no_advertiser(text: str) -> None:
    assert not proof.is_advertising(text, 0.95, 0.0)
