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


PLACES = (
    "Ring 01865 960 044 or text STOP to 60 777. Our account is GB33 BUKB 2020 1555 5555 55, in Vaduz LI21 0881 0000 2324 013A A or cash. "
    "Write to @kiln_corner on Instagram, to desk@kiln.example, or see https://www.kiln.example/pay."
)


@pytest.mark.parametrize(
    ("sentence", "as_written"),
    [
        ("Call 01865-960044 first.", "Call 01865 960 044 first."),
        ("Text STOP to 60777, then wait.", "Text STOP to 60 777, then wait."),
        ("Pay into GB33BUKB20201555555555 by Friday.", "Pay into GB33 BUKB 2020 1555 5555 55 by Friday."),
        ("Pay into LI21088100002324013AA or in cash.", "Pay into LI21 0881 0000 2324 013A A or in cash."),
        ("You find us as @kiln_corner.", "You find us as @kiln_corner."),
        ("Pay at kiln.example/pay within 14 days.", "Pay at kiln.example/pay within 14 days."),
    ],
)
def test_an_address_in_another_layout_stands_and_is_read_as_the_passages_write_it(sentence: str, as_written: str) -> None:
    assert addresses.unknown(sentence, PLACES) is None
    assert addresses.spelled(sentence, PLACES) == as_written


@pytest.mark.parametrize("sentence", ["Pay into LI21088100002324013AB.", "You find us as @kiln.", "Text STOP to 60778."])
def test_an_address_that_is_almost_one_of_the_passages_is_unknown(sentence: str) -> None:
    assert addresses.unknown(sentence, PLACES)
    assert "60778" not in addresses.spelled(sentence, PLACES)


@pytest.mark.parametrize(("sentence", "alone"), [("01865-960044.", True), ("01865-960045.", False), ("desk@kiln.example", True), ("14 days.", False)])
def test_a_sentence_may_be_an_address_and_nothing_else(sentence: str, alone: bool) -> None:
    assert addresses.alone(sentence, PLACES) is alone


@pytest.mark.parametrize("sentence", ["A .co.uk name costs £12.", "We register org.uk and com.au names.", "Names under ac.nz are for colleges."])
def test_an_ending_that_nobody_owns_is_no_address(sentence: str) -> None:
    assert addresses.unknown(sentence, KNOWN) is None


@pytest.mark.parametrize("sentence", ["Log in at lamp.co.uk.", "Log in at co.uk.evil.dev.", "Log in at com.io."])
def test_a_name_under_such_an_ending_is_one(sentence: str) -> None:
    assert addresses.unknown(sentence, KNOWN) is not None
