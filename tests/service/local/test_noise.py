"""The reader of noise knows what it was shipped to know, says nothing where a person may ask, and doubts proof by words."""

from email.message import EmailMessage

import numpy as np
import pytest

from ingestion.mail import message
from ingestion.mail.message import Message
from service.local import noise, shipped
from service.local.noise import NoiseReader
from service.local.reader import Trees
from service.screening import proof, screening


class Blank:
    name, dimensions = "blank", 2

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.zeros((len(texts), 2), dtype=np.float32)

    def layers(self, texts: list[str]) -> np.ndarray:
        return np.zeros((len(texts), 4), dtype=np.float32)


def mail(text: str, subject: str = "Note", sender: str = "Ana Ruiz <ana@ruiz.example>", **headers: str) -> Message:
    made = EmailMessage()
    made["From"], made["Subject"] = sender, subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return message.parse(made.as_bytes())


def reader(said: float, doubted: float = 0.0) -> NoiseReader:
    """A reader that says the same of every mail."""
    width = len(noise.signs(mail("x"))) + 6
    none = np.zeros(1, dtype=np.int64)
    trees = Trees(none, none - 1, np.zeros(1), none, none, np.zeros(1), 0.0)
    return NoiseReader(np.zeros(width), np.ones(width), np.zeros(width), said, trees, doubted, Blank())  # type: ignore[arg-type]


PITCH = "Brightcase of Leiden prints bags with handles of paper. Green and grey ones are new in spring, and red ones are to follow as soon as the press is up."


def test_a_mail_has_the_same_signs_in_the_same_order_whatever_is_in_it() -> None:
    named = [list(noise.named(one)) for one in (mail("x"), mail(PITCH, List_Unsubscribe="<mailto:a@b.example>", Precedence="bulk"))]
    assert named[0] == named[1]
    assert all(0 <= value <= 3 for value in noise.signs(mail(PITCH)))


def test_it_is_sure_where_it_is_and_less_where_the_local_model_sees_a_request() -> None:
    assert reader(5.0).ground(mail(PITCH), asks=0.1) == "noise"
    assert reader(5.0).ground(mail(PITCH), asks=0.9) is None
    assert reader(3.0).ground(mail(PITCH), asks=0.0) == "unclear"
    assert reader(3.0).ground(mail(PITCH), asks=0.0, agreed=True) == "noise"
    assert reader(0.5).ground(mail(PITCH), asks=0.0) is None


@pytest.mark.parametrize(
    "text",
    [
        "My clients do not get your confirmations. This came back to me: 550 5.7.1 rejected by policy. Please repair this, it is the third time this month.",
        "Host pump-3 of the lower hall is down since 04:12 and has not recovered. Severity critical. Check: flow sensor. Runbook 7. Notified: duty phone.",
        "See attachment.",
    ],
)
def test_no_likelihood_tells_that_a_person_a_lasting_ill_or_a_few_words_ask_nothing(text: str) -> None:
    assert reader(99.0).ground(mail(text), asks=0.0) is None


def test_what_words_prove_is_read_all_the_same_where_the_reader_doubts_it() -> None:
    campaign = mail(
        "Hello everyone,\n\nour summer sale begins: 20% off all offers until Sunday.\n\nYou are receiving this because you subscribed. Unsubscribe here: https://x.example/u",
        subject="Summer newsletter", sender="news@shop.example", List_Unsubscribe="<mailto:u@shop.example>", Precedence="bulk",
    )  # fmt: skip
    assert proof.kind(campaign) == "newsletter"
    with pytest.raises(screening.Discarded):
        screening.screen(campaign, doubts=reader(1.0).doubts)
    assert screening.screen(campaign, doubts=reader(-1.0).doubts).message.subject == "Summer newsletter"


def test_a_bounce_is_one_whatever_the_reader_doubts() -> None:
    report = b"From: MAILER-DAEMON <mailer-daemon@mx.example>\nSubject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nReturn-Path: <>\nX-Failed-Recipients: a@b.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nThe mail system could not deliver your mail to a@b.example: user unknown.\n--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n--b--\n"
    with pytest.raises(screening.Discarded):
        screening.screen(message.parse(report), doubts=reader(-9.0).doubts)


def test_what_ships_is_what_its_card_says() -> None:
    made = noise.load(shipped.checksum(noise.ARRAYS), Blank())  # type: ignore[arg-type]
    signs = len(noise.signs(mail("x")))
    assert len(made.mean) == len(made.weights) == signs + 3 * 384
    assert made.trees.feature.max() < signs


def test_a_reader_that_lacks_arrays_says_which() -> None:
    with pytest.raises(KeyError, match="weights"):
        noise.read({"mean": np.zeros(1), "scale": np.ones(1)}, Blank())  # type: ignore[arg-type]
