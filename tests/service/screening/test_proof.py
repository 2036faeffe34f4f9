"""Nothing is discarded without proof that it asks for nothing, and what asks for nothing is proven to."""

import pytest

from ingestion.mail import message
from service.screening import proof
from tests.service.screening import noise_of_trades
from tests.service.screening.noise_mails import NOISE, PLAIN_REQUESTS, REQUESTS

KINDS = {"auto_reply": {"auto-reply"}, "machine_notice": {"machine", "auto-reply"}, "bounce": {"bounce", "machine"}}


def proven(raw: str) -> str | None:
    mail = message.parse(raw.encode())
    return proof.kind(mail) or proof.ground(mail, mail.text)


def subject(mail: tuple[str, str]) -> str:
    return mail[1].split("Subject: ", 1)[1].split("\n", 1)[0]


@pytest.mark.parametrize("mail", NOISE, ids=subject)
def test_mail_that_asks_nothing_is_known_for_what_it_is(mail: tuple[str, str]) -> None:
    kind, raw = mail
    assert proven(raw) in KINDS.get(kind, {kind})


@pytest.mark.parametrize("mail", [*REQUESTS, *(("plain", raw) for raw in PLAIN_REQUESTS)], ids=subject)
def test_a_request_that_looks_like_it_is_kept(mail: tuple[str, str]) -> None:
    assert proven(mail[1]) is None


@pytest.mark.parametrize("mail", noise_of_trades.NOISE, ids=subject)
def test_what_machines_and_advertisers_of_other_trades_send_is_kept_from_people(mail: tuple[str, str]) -> None:
    assert proven(mail[1]) is not None


@pytest.mark.parametrize("raw", noise_of_trades.REQUESTS)
def test_what_a_person_must_see_is_never_taken_for_noise(raw: str) -> None:
    assert proven(raw) is None
