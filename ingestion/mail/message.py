"""Reads one raw email, however broken, into a `Message` that separates what its writer authored from everything else."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ingestion.mail import automatic, body, headers, mime_tree, quoted_history
from ingestion.mail.body import Attachment, Body
from ingestion.mail.headers import Address
from ingestion.mail.mime_tree import NotAnEmail

__all__ = ["Address", "Attachment", "Head", "Message", "NotAnEmail", "head", "parse"]


@dataclass(frozen=True)
class Message:
    """One email. All strings are valid UTF-8 without NUL; parts that the mail does not have are ''."""

    message_id: str | None
    sender: Address
    reply_to: Address | None
    to: tuple[Address, ...]
    subject: str
    date: datetime | None  # aware
    text: str
    signature: str
    quoted: str
    forwarded: str
    hidden: str  # what the HTML contains but does not show
    attachments: tuple[Attachment, ...]
    automatic: automatic.Kind | None
    digest: str  # sha256 of the raw bytes, hex
    headers: Mapping[str, str]  # lower-case names
    unreadable: str | None = None  # why what somebody wrote cannot be read here
    cut: int = 0  # characters that were left out of parts which are longer than any letter


@dataclass(frozen=True)
class Head:
    """How an email introduces itself: what its headers alone say, and the bytes below them as a digest."""

    message_id: str | None
    sender: Address
    subject: str
    digest: str  # sha256 of the raw bytes, hex
    body_digest: str = field(default="", compare=False)  # sha256 of what stands below the headers, hex


_KEPT_HEADERS = (
    "auto-submitted", "cc", "feedback-id", "importance", "in-reply-to", "list-id", "list-post", "list-unsubscribe", "list-unsubscribe-post",
    "precedence", "priority", "references", "reply-to", "return-path", "x-auto-response-suppress", "x-autoreply", "x-autoreply-from",
    "x-autorespond", "x-campaign", "x-campaignid", "x-failed-recipients", "x-mailer", "x-mailer-recptid", "x-priority",
)  # fmt: skip


def parse(raw: bytes) -> Message:
    """Read a raw mail. Raises `NotAnEmail` for bytes without a single header of mail; never anything else.

    Wrong charsets, broken MIME and bad encodings are repaired as mail clients do, in time linear in the size of the mail.
    """
    tree = mime_tree.read(raw)
    stated = headers.of_part(tree)
    said = body.read(tree)
    sender = _sender(stated)
    subject = headers.words(stated.get("subject", ""))
    split = quoted_history.split(said.text, subject, sender.name or "", is_answer="in-reply-to" in stated)
    forwarded = "\n\n".join(filter(None, [split.forwarded, *said.enclosed]))
    kept = {name: headers.words(stated[name])[:2000] for name in _KEPT_HEADERS if name in stated}
    return Message(
        message_id=headers.message_id(stated.get("message-id", "")),
        sender=sender,
        reply_to=next(iter(headers.addresses(stated.get("reply-to", ""))), None),
        to=headers.addresses(stated.get("to", "")),
        subject=subject,
        date=headers.date(stated.get("date", "")),
        text=split.text,
        signature=split.signature,
        quoted=split.quoted,
        forwarded=forwarded,
        hidden=said.hidden,
        attachments=said.attachments,
        automatic=automatic.recognise(
            kept, media_types=said.media_types, sender=sender.address or "", subject=subject, text=split.text or said.text, whole=said.text
        ),
        digest=hashlib.sha256(raw).hexdigest(),
        headers=kept,
        unreadable=_unreadable(said, f"{split.text}{split.quoted}{forwarded}"),
        cut=said.cut,
    )


def head(raw: bytes) -> Head:
    """Read only the headers of a raw mail, without a look at its parts. Raises `NotAnEmail` where `parse` would."""
    stated = headers.of_part(mime_tree.read(raw, headersonly=True))
    below = hashlib.sha256(mime_tree.below_head(raw)).hexdigest()
    return Head(
        headers.message_id(stated.get("message-id", "")),
        _sender(stated),
        headers.words(stated.get("subject", "")),
        hashlib.sha256(raw).hexdigest(),
        below,
    )


def _sender(stated: Mapping[str, str]) -> Address:
    return next(iter(headers.addresses(stated.get("from", "") or stated.get("sender", ""))), Address(None, None))


def _unreadable(said: Body, written: str) -> str | None:
    """Say why a mail whose text is nowhere to be read may still say something."""
    if any(character.isalnum() for character in written):
        return None
    if said.sealed:
        return "it is encrypted"
    if said.pictures:
        return "it shows pictures alone"
    return "what it says stands in its attachments alone" if said.attachments else None
