"""A forwarded mail is its writer's, unless the note on top asks something itself."""

import pytest

from service.screening import forwarded_mail

HEADER = "---------- Forwarded message ---------\nFrom: Ana López <ana@example.es>\nDate: Sun, 5 May 2024 at 09:00\nSubject: Heater\nTo: <info@corp.example>\n\n"


@pytest.mark.parametrize(
    "note",
    [
        "", "FYI", "Hi team,\n\nsee below.\n\nThanks", "Can you deal with this please?", "Please help this customer. Thanks, Tom", "One for you I think.",
        "Zur Bearbeitung, danke", "Könnt ihr euch bitte darum kümmern?", "Os reenvío este correo, por favor atended al cliente.", "Merci de traiter.",
        "Potete occuparvene?", "Graag oppakken", "Encaminho para sua informação.", "This came to our inbox by mistake.",
    ],
)  # fmt: skip
def test_a_note_that_passes_a_mail_on_asks_nothing_itself(note: str) -> None:
    assert not forwarded_mail.asks_itself(note)


@pytest.mark.parametrize(
    "note",
    [
        "Is this customer entitled to a refund under your terms?", "FYI. And my own account is locked since Monday, I need access.",
        "Why was I charged for what is described below? I want my money back.", "Ich möchte wissen, ob das wirklich von Ihnen stammt.",
        "Quisiera saber si este correo es suyo.", "Ist die Mail unten echt?",
    ],
)  # fmt: skip
def test_a_note_with_a_question_asks_itself(note: str) -> None:
    assert forwarded_mail.asks_itself(note)


def test_opens_the_original() -> None:
    opened = forwarded_mail.original(f"{HEADER}Hello,\nmy heater leaks.\n\nKind regards\nAna López")
    assert opened == forwarded_mail.Original("Ana López", "Hello,\nmy heater leaks.\nKind regards\nAna López")


def test_opens_a_mail_as_outlook_pastes_it() -> None:
    opened = forwarded_mail.original(
        "________________________________\nVon: Jana Weiß <jana@x.example>\nGesendet: Montag, 6. Mai 2024 09:12\nAn: info@corp.example\nBetreff: Heizung\n\nDie Heizung tropft."
    )
    assert opened == forwarded_mail.Original("Jana Weiß", "Die Heizung tropft.")


def test_leaves_out_what_the_original_quotes() -> None:
    opened = forwarded_mail.original(
        f"{HEADER}It still leaks.\n\nOn Fri, 3 May 2024 at 10:00, Shop <s@shop.example> wrote:\n> Please close the valve."
    )
    assert opened is not None
    assert opened.text == "It still leaks."


def test_opens_a_mail_inside_a_mail() -> None:
    inner = HEADER.replace("Ana López <ana@", "Bo Berg <bo@").replace("09:00", "08:00")
    opened = forwarded_mail.original(f"{HEADER}FYI\n\n{inner}My pump is loud.")
    assert opened == forwarded_mail.Original("Bo Berg", "My pump is loud.")


def test_names_nobody_where_only_an_address_is_given() -> None:
    opened = forwarded_mail.original("From: ana@example.es\nDate: Sun, 5 May 2024\nSubject: Heater\nTo: x\n\nIt leaks.")
    assert opened == forwarded_mail.Original(None, "It leaks.")


@pytest.mark.parametrize("text", ["", "---------- Forwarded message ---------\nFrom: Ana <a@x.example>\nSubject: x\n"])
def test_finds_nothing_where_nobody_wrote_anything(text: str) -> None:
    assert forwarded_mail.original(text) is None
