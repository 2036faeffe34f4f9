"""What a mail program writes by itself is known by its subject and the whole of its text."""

import pytest

from ingestion.mail import receipts

NO_TYPES: frozenset[str] = frozenset({"text/plain"})


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Read: quote 12", "Your message\n\nTo: Ann\nSubject: quote 12\n\nwas read on Monday."),
        ("Lu : devis 12", "Votre message\n\nÀ : Ann\n\na été lu le lundi 3 mai."),
        ("Rückruf: Preisliste", 'Kurt Abel möchte die Nachricht "Preisliste" zurückrufen.'),
        ("Richiamo: listino", 'Ada Conti desidera richiamare il messaggio "listino".'),
        ("Declined: stock-taking", "Pia Holm has declined this invitation.\nWhen: Thursday 9 July, 15:00\nWhere: Room 2"),
    ],
)
def test_a_notice_of_a_mail_program_is_one(subject: str, text: str) -> None:
    assert receipts.is_one(subject, text, NO_TYPES)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Read: the meter", "The meter was read on Monday and shows 400 units that nobody used."),
        ("Recall: heater", "My heater is one of those that are called back. Where do I bring it?"),
        ("Accepted: visit", "Pia Holm has accepted this invitation.\nThe ramp is broken, who carries the piano up?"),
        ("Gelesen: Angebot", "Ihr Angebot habe ich gelesen. Der Preis der Leiter fehlt."),
    ],
)
def test_a_word_of_the_writers_own_makes_it_a_mail(subject: str, text: str) -> None:
    assert not receipts.is_one(subject, text, NO_TYPES)


def test_an_answer_to_an_invitation_without_a_word_is_one() -> None:
    assert receipts.is_one("Zugesagt: Führung", "", frozenset({"text/calendar"}))
    assert not receipts.is_one("Zugesagt: Führung", "", NO_TYPES)
