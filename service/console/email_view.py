"""A stored email as people may see it: secrets masked, words to a machine and hidden text marked where they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingestion.mail import message as mail
from ingestion.mail.message import Attachment, Message
from service.console import highlight
from service.console.highlight import Mark, Piece
from service.screening import injection, masking
from service.screening.injection import Where
from service.storage import emails
from service.text import hidden_characters

MOST = 300_000  # characters of a part that are shown; the raw mail has the rest
PARTS: tuple[Where, ...] = ("subject", "text", "signature", "quoted", "forwarded", "hidden")


@dataclass(frozen=True)
class Letter:
    """An email cut into pieces for display, part by part. `cut` counts the characters that are not shown."""

    sender: str
    to: tuple[str, ...]
    parts: Mapping[str, list[Piece]]
    attachments: tuple[Attachment, ...]
    cut: int
    message: Message


def read(raw: bytes, fields: Mapping[str, str | None], evidence: Mapping[str, Any]) -> Letter:
    """Read a mail for display; `fields` and `evidence` say what to highlight in it. Raises NotAnEmail."""
    message = mail.parse(raw)
    whole = [hidden_characters.visible(getattr(message, name))[0] for name in PARTS]
    names = [message.sender.name or "", *(one.name or "" for one in message.attachments)]
    texts, _ = masking.mask([*(text[:MOST] for text in whole), *(hidden_characters.visible(name)[0] for name in names)])
    shown = dict(zip(PARTS, texts, strict=False))
    sender_name, *files = texts[len(PARTS) :]
    parts: dict[str, list[Piece]] = {name: highlight.pieces(text, _marks(text, name, fields, evidence)) for name, text in shown.items() if text}
    return Letter(
        sender=" ".join(part for part in (sender_name, f"<{message.sender.address}>" if message.sender.address else "") if part),
        to=tuple(one.address if one.address and one.name == one.address else emails.written(one) for one in message.to),
        parts=parts,
        attachments=tuple(Attachment(name or None, one.media_type, one.size) for one, name in zip(message.attachments, files, strict=True)),
        cut=sum(max(0, len(text) - MOST) for text in whole),
        message=message,
    )


def _marks(text: str, part: Where, fields: Mapping[str, str | None], evidence: Mapping[str, Any]) -> Sequence[Mark]:
    marks = highlight.masked(text)
    marks += [Mark(one.start, one.end, "injected", f"speaks to a machine ({one.kind}): kept from the models") for one in injection.find(text, part)]
    if part == "hidden":
        marks.append(Mark(0, len(text), "hidden", "in the mail, but not shown to its reader"))
        return marks
    if part != "quoted":
        says = evidence.get("says")
        marks += highlight.words(text, says if isinstance(says, str) else None, "evidence", "decided the summary and the urgency")
        marks += highlight.words(text, fields.get("customer_name"), "name", "the customer's name")
    return marks
