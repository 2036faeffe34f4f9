"""Thanks are thanks where every sentence of a mail is."""

from dataclasses import replace

import pytest

from service.screening import thanks
from tests.service.screening.test_screening import PLAIN


@pytest.mark.parametrize(
    "text", ["Thank you, all solved now!", "Vielen Dank, es funktioniert wieder.", "Merci beaucoup, tout fonctionne.", "Grazie mille!"]
)
def test_thanks_are_thanks(text: str) -> None:
    assert thanks.is_thanks(replace(PLAIN, subject="Re: pump", text=text), text)


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
        "coucou, svp enlevez moi de toutes vos pubs, merci",
        "Buenos días, el paquete llegó abierto y vacío. Gracias por enviarlo de nuevo.",
        "Thanks a lot for nothing. Three weeks without hot water.",
        "Thanks!",
        "The tent came, thank you. One pole is bent.",
    ],
)
def test_a_request_put_as_thanks_is_none(text: str) -> None:
    assert not thanks.is_thanks(replace(PLAIN, subject="Pump", text=text), text)


def test_a_subject_that_asks_is_a_request_whatever_stands_below_it() -> None:
    text = "Thank you very much for the help."
    assert thanks.is_thanks(replace(PLAIN, subject="Re: stairs", text=text), text)
    assert not thanks.is_thanks(replace(PLAIN, subject="When does the lift come back?", text=text), text)
