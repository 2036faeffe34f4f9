"""A part that is longer than any letter is read at its ends, and how much is left out is told."""

from ingestion.mail import message

HEAD = b"From: Ann <ann@x.example>\nSubject: Pump\nContent-Type: text/%s; charset=utf-8\n\n"


def test_plain_text_beyond_every_letter_is_read_at_both_ends() -> None:
    said = "The pump drips.\n" + "12:00 pressure 3.1\n" * 150_000 + "Please send somebody."
    mail = message.parse(HEAD % b"plain" + said.encode())
    assert mail.text.startswith("The pump drips.")
    assert mail.text.endswith("Please send somebody.")
    assert len(said) - 2_000_000 == mail.cut


def test_a_page_beyond_every_letter_is_read_from_its_beginning() -> None:
    page = "<p>The pump drips.</p>" + "<p>12:00 pressure 3.1</p>" * 100_000
    mail = message.parse(HEAD % b"html" + page.encode())
    assert mail.text.startswith("The pump drips.")
    assert len(page) - 2_000_000 == mail.cut


def test_pictures_in_a_page_count_for_nothing() -> None:
    page = "<p>The pump drips.</p><img src='data:image/png;base64," + "A" * 3_000_000 + "'><p>Please send somebody.</p>"
    mail = message.parse(HEAD % b"html" + page.encode())
    assert (mail.text, mail.cut) == ("The pump drips.\n\nPlease send somebody.", 0)
