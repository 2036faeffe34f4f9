import pytest

from service.stages.check import addresses

KNOWN = (
    "Write to help@lamp.example, see https://www.lamp.example/returns, call +44 1632 960 204, text FAULT to 60177, IBAN GB33 TARN 2015 6612 3489 07."
)


@pytest.mark.parametrize(
    "sentence",
    ["Log in at //evil.dev/a.", "Log in at hxxps://evil[.]com.", "Log in at evil dot com.", "Text PAY to 60606.", "Go to evil。com now.", "Mail help@lamp.examp1e.", "Visit lamp.example.evil.ru.",
     "Open javascript:alert(1).", "Ring 01632 960 205.", "Pay to GB33 TARN 2015 6612 3489 08.", "Write to @lamp_help on Telegram.", "Use 203.0.113.44:8080/x.", "Call oh one six three two nine six oh."],
)  # fmt: skip
def test_an_address_that_stands_in_no_passage_is_found_in_any_disguise(sentence: str) -> None:
    assert addresses.unknown(sentence, KNOWN) is not None


@pytest.mark.parametrize(
    "sentence",
    ["Write to HELP@lamp.example.", "See lamp.example/returns.", "Call 01632 960204.", "Text FAULT to 60 177.", "Transfer it to GB33TARN20156612348907.", "It takes 3-5 days from 2026-03-01.", "Pay £1,200.50 by 31.12.2026.", "Open the file e.g. twice."],
)  # fmt: skip
def test_an_address_of_the_passages_may_be_written_otherwise(sentence: str) -> None:
    assert addresses.unknown(sentence, KNOWN) is None
