import json
import re

import pytest

from service.models import Unacceptable
from service.stages import extraction


def ticket(summary: str) -> str:
    return json.dumps({"customerName": None, "issueSummary": summary, "urgency": "low"})


@pytest.mark.parametrize(
    ("summary", "why"),
    [
        ("Customer <b>cannot</b> log in.", "markup"),
        ("Customer should pay at https://evil.example.", "link"),
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


@pytest.mark.parametrize("summary", ["Customer's balance is < 5 EUR.", "Cliente pide la factura de octubre.", "x " * 25])
def test_a_plain_summary_is_taken(summary: str) -> None:
    assert extraction.validated(ticket(summary)).issue_summary == summary
