"""Absence notes are known by every sentence of theirs, with a machine's mark or without."""

import pytest

from ingestion.mail import absence


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for your message. The workshop is closed from 3 to 9 May. Mails are not forwarded.",
        "Das Büro ist bis zum 4. Januar nicht besetzt. Ihre E-Mail wird nicht weitergeleitet. In dringenden Fällen rufen Sie bitte die Zentrale an.",
        "Le secrétariat est fermé jusqu'au 8 mars. Pour toute urgence, merci d'appeler l'accueil.",
        "Nuestra oficina está cerrada hasta el lunes. Contestaremos a la vuelta.",
    ],
)
def test_a_note_without_headers_is_known_by_every_sentence(text: str) -> None:
    assert absence.is_note(flagged=False, subject="Re: ladder", text=text)


@pytest.mark.parametrize(
    "text",
    [
        "I am away until 9 May. The parcel goes to number 12 meanwhile.",
        "Ich bin bis Freitag im Urlaub. In dieser Zeit soll niemand den Garten betreten.",
        "Je suis absente jusqu'au 9 mai. Un autre rendez-vous serait bien.",
        "Please set the note of our line to: the workshop is closed on Monday.",
        "Sono in ferie fino al 20. Il contatore va letto dal vicino.",
    ],
)
def test_what_somebody_wants_done_meanwhile_is_a_request(text: str) -> None:
    assert not absence.is_note(flagged=False, subject="Holiday", text=text)


@pytest.mark.parametrize(
    "text",
    [
        "Our office is closed and your email will be dealt with after our return. Emails are not forwarded.",
        "If your message concerns a burst pipe, ring the caretaker. This mailbox is not read in the meantime.",
        "Messages are not read from 1 to 6 May. For anything urgent, ring extension 310.",
    ],
)
def test_a_note_that_says_what_it_does_not_do_asks_nothing(text: str) -> None:
    assert absence.is_note(flagged=False, subject="Automatic reply: stairs", text=text)
