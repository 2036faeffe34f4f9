"""The reader of noise knows what it was shipped to know, says nothing where a person may ask, and doubts proof by words."""

import json
from dataclasses import replace
from email.message import EmailMessage

import numpy as np
import pytest

from ingestion.mail import message
from ingestion.mail.message import Message
from service.local import noise, shipped
from service.local.bag import Bag
from service.local.noise import Bounds, NoiseReader
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


def nothing(message: Message) -> np.ndarray:
    return np.zeros(2, dtype=np.float32)


def reader(said: float, doubted: float = 0.0, asked: float = 0.0) -> NoiseReader:
    """A reader that says the same of every mail."""
    width = len(noise.signs(mail("x"))) + 6 + 2
    none = np.zeros(1, dtype=np.int64)
    trees = Trees(none, none - 1, np.zeros(1), none, none, np.zeros(1), 0.0)
    bag = Bag({}, np.zeros(0), np.zeros(0), 0.0)
    bounds = Bounds(3.5, 1.0, doubted, asked)
    return NoiseReader(np.zeros(width), np.ones(width), np.zeros(width), said, trees, bag, bounds, Blank(), nothing)  # type: ignore[arg-type]


PITCH = "Brightcase of Leiden prints bags with handles of paper. Green and grey ones are new in spring, and red ones are to follow as soon as the press is up."


def test_a_mail_has_the_same_signs_in_the_same_order_whatever_is_in_it() -> None:
    named = [list(noise.named(one)) for one in (mail("x"), mail(PITCH, List_Unsubscribe="<mailto:a@b.example>", Precedence="bulk"))]
    assert named[0] == named[1]
    assert all(0 <= value <= 3 for value in noise.signs(mail(PITCH)))


def test_it_is_sure_where_it_is() -> None:
    assert reader(5.0).ground(mail(PITCH), asks=0.1) == "noise"
    assert reader(3.0).ground(mail(PITCH), asks=0.0) == "unclear"
    assert reader(3.0).ground(mail(PITCH), asks=0.0, agreed=True) == "noise"
    assert reader(0.5).ground(mail(PITCH), asks=0.0) is None


def test_one_that_was_not_taught_what_the_local_model_sees_gives_way_to_it() -> None:
    assert reader(5.0, asked=6.0).ground(mail(PITCH), asks=0.1) == "noise"
    assert reader(5.0, asked=6.0).ground(mail(PITCH), asks=0.9) is None


@pytest.mark.parametrize(
    "text",
    [
        "My clients do not get your confirmations. This came back to me: 550 5.7.1 rejected by policy. Please repair this, it is the third time this month.",
        "Host pump-3 of the lower hall is down since 04:12 and has not recovered. Severity critical. Check: flow sensor. Runbook 7. Notified: duty phone.",
    ],
)
def test_nor_does_it_speak_of_a_person_or_a_lasting_ill(text: str) -> None:
    assert reader(99.0, asked=6.0).ground(mail(text), asks=0.0) is None


@pytest.mark.parametrize(
    "text",
    [
        "My clients do not get your confirmations. This came back to me, and I ask you to repair it before Friday, as they miss their appointments.",
        "Your name: Ana Ruiz\nYour email: ana@ruiz.example\nYour message: My payout of last week has not arrived, please tell me where it is.",
        "I have clicked on the link in a mail that looked like yours and typed in my password there. What happens to my account now, and to my money?",
    ],
)
def test_where_somebody_speaks_up_more_is_needed(text: str) -> None:
    assert reader(5.0).ground(mail(PITCH), asks=0.0) == "noise"
    assert reader(5.0).ground(mail(text), asks=0.0) == "unclear"
    assert reader(6.0).ground(mail(text), asks=0.0) == "noise"


@pytest.mark.parametrize("text", ["See attachment.", "Gate 4 dead again", "Wie besprochen.", "?"])
def test_no_likelihood_tells_that_a_few_words_ask_nothing(text: str) -> None:
    assert reader(99.0).ground(mail(text), asks=0.0) is None


def test_what_the_local_model_makes_of_a_mail_is_weighed_by_head_and_trees() -> None:
    made, signs = reader(0.0), len(noise.signs(mail("x")))
    weights = np.zeros(len(made.weights))
    weights[-1] = 2.0
    places = np.array([1, -1, -1])
    step = Trees(np.zeros(1, dtype=np.int64), np.array([signs + 1, -1, -1]), np.full(3, 0.5), places, places + 1, np.array([0.0, 0.0, 3.0]), 0.0)
    heard = replace(made, weights=weights, trees=step, impression=lambda message: np.array([0.0, 1.0]))
    assert heard(mail(PITCH)) == 5.0
    assert replace(heard, impression=nothing)(mail(PITCH)) == 0.0


def test_what_words_prove_is_read_all_the_same_where_the_reader_doubts_it() -> None:
    campaign = mail(
        "Hello everyone,\n\nour summer sale begins: 20% off all offers until Sunday.\n\nYou are receiving this because you subscribed. Unsubscribe here: https://x.example/u",
        subject="Summer newsletter", sender="news@shop.example", List_Unsubscribe="<mailto:u@shop.example>", Precedence="bulk",
    )  # fmt: skip
    assert proof.kind(campaign) == "newsletter"
    with pytest.raises(screening.Discarded):
        screening.screen(campaign, doubts=reader(1.0).doubts)
    assert screening.screen(campaign, doubts=reader(-1.0).doubts).message.subject == "Summer newsletter"


def test_a_bounce_is_doubted_as_anything_else_that_is_proven() -> None:
    report = b"From: MAILER-DAEMON <mailer-daemon@mx.example>\nSubject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nReturn-Path: <>\nX-Failed-Recipients: a@b.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nThe mail system could not deliver your mail to a@b.example: user unknown.\n--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n--b--\n"
    with pytest.raises(screening.Discarded):
        screening.screen(message.parse(report), doubts=reader(1.0).doubts)
    assert screening.screen(message.parse(report), doubts=reader(-9.0).doubts).message.automatic == "bounce"


def test_what_ships_is_what_its_card_says() -> None:
    card = json.loads((shipped.FOLDER / noise.CARD).read_text("utf-8"))
    made = noise.load(shipped.checksum(noise.ARRAYS), Blank(), nothing)  # type: ignore[arg-type]
    signs = len(noise.signs(mail("x")))
    impression = len(made.mean) - signs - 3 * 384
    assert len(made.mean) == len(made.weights)
    assert impression > 50
    assert made.trees.feature.max() < signs + impression
    assert made.bounds.sure > made.bounds.likely
    assert card["bounds"]["sure"] == round(made.bounds.sure, 2)
    assert len(made.bag.places) == len(made.bag.weights) == len(made.bag.rarity) > 1000


def test_the_first_one_that_shipped_can_be_read_and_knows_signs_and_vectors_alone() -> None:
    made = noise.load(shipped.checksum("noise-20bdf5b05eb6669f.npz"), Blank(), nothing)  # type: ignore[arg-type]
    assert len(made.mean) == len(noise.signs(mail("x"))) + 3 * 384
    assert made.bounds.asked == 6.0


def test_a_reader_that_lacks_arrays_says_which() -> None:
    with pytest.raises(KeyError, match="weights"):
        noise.read({"mean": np.zeros(1), "scale": np.ones(1)}, Blank(), nothing)  # type: ignore[arg-type]
