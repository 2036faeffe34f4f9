import json
import re

import pytest

from service.models import Unacceptable
from service.stages import extraction


def ticket(summary: str, name: str | None = None) -> str:
    return json.dumps({"customerName": name, "issueSummary": summary, "urgency": "low"})


@pytest.mark.parametrize(
    ("summary", "why"),
    [
        ("Customer <b>cannot</b> log in.", "markup"),
        ("Customer should pay at https://evil.example.", "link"),
        ("Customer should log in at evil-login.com.", "domain"),
        ("Customer should log in at evil.com:8080 again.", "domain"),
        ("Customer asks for mail at ana@example.com.", "e-mail address"),
        ("Customer asks for *help*.", "markup"),
        ("Le client\u202e ne peut pas payer.", "U+202E"),
        ("Kunde fragt nach\x07 seiner Rechnung.", "U+0007"),
        ("Customer's card 4111 1111 1111 1111 was charged twice.", "secret"),
        ("Customer's IBAN DE89 3704 0044 0532 0130 00 is wrong.", "secret"),
        ("Donau" + "dampfschifffahrt" * 20, "characters"),
    ],
)
def test_a_summary_that_is_not_plain_goes_back_to_its_model(summary: str, why: str) -> None:
    with pytest.raises(Unacceptable, match=re.escape(why)) as raised:
        extraction.validated(ticket(summary))
    assert "4111" not in str(raised.value)


@pytest.mark.parametrize(
    "summary",
    ["Customer's balance is < 5 EUR.", "Cliente pide la factura de octubre.", "x " * 25, "The invoice.pdf of Node.js v2.1, e.g. page 3, is blank."],
)
def test_a_plain_summary_is_taken(summary: str) -> None:
    assert extraction.validated(ticket(summary)).issue_summary == summary


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Ana \u202eLopez", "U+202E"),
        ("Ana\x07 Lopez", "U+0007"),
        ("\x1b[31mAna Lopez", "U+001B"),
        ("Ana\u200dLopez", "U+200D"),
        ("Ana <b>Lopez</b>", "markup"),
        ("Ana https://evil.example", "link"),
        ("Ana 4111 1111 1111 1111", "secret"),
    ],
)
def test_a_name_that_is_not_plain_goes_back_to_its_model(name: str, why: str) -> None:
    with pytest.raises(Unacceptable, match=re.escape(why)) as raised:
        extraction.validated(ticket("Asks for an invoice.", name))
    assert "customerName" in str(raised.value)
    assert "4111" not in str(raised.value)


@pytest.mark.parametrize("name", ["Ana López", "Seán O`Brien", "علی\u200cرضا", "ශ්\u200dරී ලාල්", "J.-P. d’Arc", "山田 太郎"])
def test_a_name_is_taken_as_its_alphabet_writes_it(name: str) -> None:
    assert extraction.validated(ticket("Asks for an invoice.", name)).customer_name == name
