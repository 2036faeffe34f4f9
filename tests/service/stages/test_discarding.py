"""A mail without a request is discarded where that is proven, and handed over where it is not."""

from dataclasses import replace

import pytest

from service.answers import Discarded, HandedOver
from service.screening import screening
from service.stages import discarding
from service.stages.extraction import Extracted
from service.tickets import Ticket
from tests.service.local.test_noise import PITCH, reader
from tests.service.screening.test_screening import PLAIN

NAMED = Ticket(customer_name="Ana López", issue_summary=None, urgency=None)
ASKS = Ticket(customer_name="Ana López", issue_summary="Customer cannot open the gate.", urgency="medium")


def test_what_a_model_sees_no_request_in_is_handed_over_as_unclear() -> None:
    screened = screening.screen(replace(PLAIN, text="The nightly copy of the northern yard did not run."))
    why = discarding.ground(Extracted(NAMED), screened)
    assert discarding.ticket(NAMED, why) == NAMED
    with pytest.raises(HandedOver) as raised:
        discarding.settle(why, screened)
    assert raised.value.reason == "unclear"


def test_thanks_are_discarded_and_their_writer_is_named() -> None:
    screened = screening.screen(replace(PLAIN, subject=f"Re: {PLAIN.subject}", text="Thank you, all solved now!"))
    why = discarding.ground(Extracted(NAMED), screened)
    assert discarding.ticket(NAMED, why).customer_name == "Ana López"
    with pytest.raises(Discarded, match="thanks"):
        discarding.settle(why, screened)


def test_what_is_encrypted_is_unreadable_whatever_a_model_makes_of_it() -> None:
    screened = screening.screen(replace(PLAIN, text="", unreadable=discarding.SEALED))
    why = discarding.ground(Extracted(ASKS), screened)
    assert discarding.ticket(ASKS, why) == NAMED
    with pytest.raises(HandedOver) as raised:
        discarding.settle(why, screened)
    assert raised.value.reason == "unreadable"


def test_a_request_goes_on() -> None:
    screened = screening.screen(PLAIN)
    why = discarding.ground(Extracted(ASKS), screened)
    assert why is None
    assert discarding.ticket(ASKS, why) == ASKS


@pytest.mark.parametrize(("likely", "ended"), [(9.0, "noise"), (2.0, "unclear"), (0.5, None)])
def test_the_reader_of_noise_outweighs_a_local_model_that_sees_a_request_and_no_hosted_one(likely: float, ended: str | None) -> None:
    screened = screening.screen(replace(PLAIN, subject="Bags", text=PITCH))
    seen = {"advertises": 0.4, "asks": 0.0}
    assert discarding.ground(Extracted(ASKS, seen), screened, reader(likely)) == ended
    assert discarding.ground(Extracted(ASKS), screened, reader(likely)) is None


def test_what_nobody_asks_is_discarded_and_names_nobody() -> None:
    with pytest.raises(Discarded, match="nobody asks for anything") as raised:
        discarding.settle("noise", screening.screen(PLAIN))
    assert raised.value.kind == "noise"
    assert discarding.ticket(ASKS, "noise").customer_name is None


def test_a_hosted_model_that_sees_no_request_and_the_reader_agree() -> None:
    screened = screening.screen(replace(PLAIN, subject="Bags", text=PITCH))
    assert discarding.ground(Extracted(NAMED), screened, reader(2.0)) == "noise"
    assert discarding.ground(Extracted(NAMED), screened, reader(0.5)) == "unclear"
