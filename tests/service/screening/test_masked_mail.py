"""A mail that is composed anew of what may be kept reads as the one that came, and holds nothing else of it."""

import re
from pathlib import Path

import pytest

from evals import cases
from ingestion.mail import message
from ingestion.mail.message import Message
from service.screening import masked_mail, masking, proof
from service.text import hidden_characters

REPOSITORY = Path(masked_mail.__file__).parents[2]
MAILS = [*sorted((REPOSITORY / "service" / "sample_inbox").glob("*.eml")), *sorted((cases.GOLDEN / "mails").glob("*.eml"))[::6]]


def masked(text: str) -> str:
    """Return a text as it may be kept, with blanks and numbers of placeholders left out of account."""
    shown = masking.mask([hidden_characters.visible(text)[0]], contacts=True)[0][0]
    return re.sub(r"\[+([a-z-]+)(?: \d+)?\]+", r"[\1]", " ".join(shown.split()))


def says(read: Message) -> list[object]:
    parts = [masked(one) for one in (read.subject, read.sender.name or "", read.text, read.signature, read.quoted, read.forwarded)]
    return [*parts, read.date, read.automatic, read.unreadable, proof.kind(read)]


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_reads_as_the_mail_that_came(path: Path) -> None:
    raw = path.read_bytes()
    assert says(message.parse(masked_mail.compose(raw))) == says(message.parse(raw))


ENCLOSED = b"""From: Bo <bo.private@y.example>
Reply-To: shop+ana.private@z.example
Return-Path: <bounce-ana.private@z.example>
List-Unsubscribe: <https://z.example/u?who=ana.private>
Message-ID: <ana.private@y.example>
Subject: see below
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html

<p>What of this? Card <b>4111</b><i>1111</i>11111111.</p><p>Bo</p><div style="display:none">ana.private</div>
--b
Content-Type: message/rfc822

From: Ana <ana.private@x.example>
Subject: Gr\xc3\xbc\xc3\x9fe

My password is hunter2, and it does not work.
--b
Content-Type: application/pdf; name="ana.private@x.example.pdf"
Content-Disposition: attachment

ana.private
--b--
"""


def test_nothing_private_is_left_in_any_part_or_header() -> None:
    made = masked_mail.compose(ENCLOSED)
    assert b"private" not in made
    assert b"4111" not in made
    assert b"hunter2" not in made
    read = message.parse(made)
    assert (read.sender.name, [one.media_type for one in read.attachments]) == ("Bo", ["message/rfc822", "application/pdf"])
    assert "What of this? Card [card]." in read.text
    assert "Subject: Grüße" in read.forwarded
    assert "My password is [password], and it does not work." in read.forwarded
    assert {"list-unsubscribe", "reply-to", "return-path"} <= read.headers.keys()


@pytest.mark.parametrize(
    ("sender", "role"),
    [
        ("noreply@x.example", "noreply"),
        ("ana.lopez+news@x.example", "news"),
        ("ana.lopez@x.example", "writer"),
        ("shop-noreply-77@x.example", "noreply"),
    ],
)
def test_of_an_address_what_makes_it_nobodys_is_left(sender: str, role: str) -> None:
    read = message.parse(masked_mail.compose(f"From: {sender}\nSubject: s\n\nYour report is ready.\n".encode()))
    assert read.sender.address == f"{role}@masked-1.example"


@pytest.mark.parametrize(("answers", "same"), [("a@x.example", True), ("a@y.example", False)])
def test_who_sends_for_somebody_else_is_told_by_the_domain(answers: str, same: bool) -> None:
    read = message.parse(masked_mail.compose(f"From: form@x.example\nReply-To: {answers}\nSubject: s\n\nHello\n".encode()))
    assert read.reply_to
    assert ((read.sender.address or "").partition("@")[2] == (read.reply_to.address or "").partition("@")[2]) is same


def test_an_encrypted_mail_and_one_of_pictures_stay_what_they_are() -> None:
    sealed = b"From: a@x.example\nSubject: s\n\n-----BEGIN PGP MESSAGE-----\nabc\n-----END PGP MESSAGE-----\n"
    pictures = b"From: a@x.example\nSubject: s\nContent-Type: text/html\n\n<img src='cid:private'>\n"
    for raw in (sealed, pictures):
        assert message.parse(raw).unreadable
        assert message.parse(masked_mail.compose(raw)).unreadable == message.parse(raw).unreadable


def test_a_signature_with_an_address_stays_one() -> None:
    read = message.parse(masked_mail.compose(b"From: Ana <ana@x.example>\nSubject: s\n\nHello there.\n\nAna Lopez\nana@home.example\n"))
    assert (read.text, read.signature) == ("Hello there.", "Ana Lopez\nemail@masked.example")


def test_is_the_same_each_time() -> None:
    assert masked_mail.compose(ENCLOSED) == masked_mail.compose(ENCLOSED)


@pytest.mark.parametrize("kind", [b"x\xe9/y z", b"message/rfc8=?utf-8?q?=E2=80=A8?=22", b"image/\r\n png", b"a/b/c", b""])
def test_a_broken_kind_of_file_does_no_harm(kind: bytes) -> None:
    raw = b"From: a@x.example\nSubject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\nContent-Type: " + kind
    made = masked_mail.compose(raw + b'\nContent-Disposition: attachment; filename="a\x0bb"\n\nx\n--b--\n')
    assert message.parse(made).text == "Hi"
