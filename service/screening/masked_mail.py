"""A mail composed anew of what may be kept of it: its words without secrets and contacts, and the headers that tell what kind of mail it is."""

import re
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime, formataddr

from ingestion.mail import body, mime_tree
from ingestion.mail import message as mail
from ingestion.mail.body import Body
from ingestion.mail.message import Address, Message
from service.screening import masking, notices
from service.text import hidden_characters, plain

_POLICY = SMTPUTF8.clone(linesep="\n", refold_source="none")
_WORDS = ("auto-submitted", "importance", "precedence", "priority", "x-auto-response-suppress", "x-autoreply", "x-priority")
_PRESENCE = (
    "feedback-id", "in-reply-to", "list-id", "list-post", "list-unsubscribe", "list-unsubscribe-post", "references", "x-autoreply-from",
    "x-autorespond", "x-campaign", "x-campaignid", "x-failed-recipients", "x-mailer-recptid",
)  # fmt: skip
_REPORTS = ("message/delivery-status", "message/disposition-notification")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_EMAIL = re.compile(r"\[email(?: (\d+))?\]")  # by addresses signatures and history are known, so one stands for another
_SEALED = "\n\n-----BEGIN PGP MESSAGE-----\n-----END PGP MESSAGE-----\n"
_PICTURE = '<img src="cid:masked">'


def compose(raw: bytes) -> bytes:
    """Return a mail that is read as `raw` is, without its secrets, addresses and phone numbers. Raises NotAnEmail.

    Senders have stand-ins for addresses, one domain for each of theirs; of files their kinds and names are left, of hidden text nothing.
    """
    message, said = mail.parse(raw), body.read(mime_tree.read(raw))
    names = [one.name or "" for one in said.attachments]
    shown = [hidden_characters.visible(one)[0] for one in (message.subject, message.sender.name or "", said.text, *said.enclosed, *names)]
    subject, sender, text, *rest = (_EMAIL.sub(r"email\1@masked.example", one) for one in masking.mask(shown, contacts=True)[0])
    made = EmailMessage(_POLICY)
    for name, value in _head(message, sender):
        made[name] = plain.one_line(value)
    made["Subject"] = plain.one_line(subject)
    if said.pictures and not text.strip():
        made.set_content(_PICTURE, subtype="html")
    else:
        made.set_content(text + (_SEALED if said.sealed else ""), cte="8bit")
    _attach(made, said, rest[: len(said.enclosed)], rest[len(said.enclosed) :])
    if made.is_multipart():
        made.set_boundary(message.digest[:32])
    return made.as_bytes()


def _head(message: Message, sender: str) -> Iterator[tuple[str, str]]:
    domains: dict[str, str] = {}
    role = "mailer-daemon" if message.automatic == "bounce" else notices.role(message)
    yield "From", formataddr((sender, _stand_in(message.sender, domains, role or "writer")))
    if message.reply_to and message.reply_to.address:
        yield "Reply-To", _stand_in(message.reply_to, domains, "answers")
    if message.date:
        yield "Date", format_datetime(message.date)
    if returned := message.headers.get("return-path"):
        yield "Return-Path", "<>" if returned.strip() == "<>" else "<returned@masked.example>"
    for name in _WORDS:
        if name in message.headers:
            yield name.title(), masking.mask([message.headers[name]], contacts=True)[0][0]
    for name in _PRESENCE:
        if name in message.headers:
            yield name.title(), "masked"


def _stand_in(given: Address, domains: dict[str, str], local: str) -> str:
    """Return an address for another: the domain is the same for the same, as it tells who sends for somebody else."""
    domain = (given.address or "").rpartition("@")[2].lower()
    return f"{local}@{domains.setdefault(domain, f'masked-{len(domains) + 1}.example')}" if domain else ""


def _attach(made: EmailMessage, said: Body, enclosed: Sequence[str], names: Sequence[str]) -> None:
    for words in enclosed:
        made.add_attachment(message_from_bytes(words.encode(), policy=_POLICY))
    for file, name in zip(said.attachments, names, strict=True):
        if file.media_type != "message/rfc822":
            main, _, sub = (file.media_type if _MEDIA_TYPE.fullmatch(file.media_type) else "application/octet-stream").partition("/")
            made.add_attachment(b"", main, sub, filename=plain.one_line(name) or None)
    if made.is_multipart() and any(one in said.media_types for one in _REPORTS):
        made.set_type("multipart/report")
