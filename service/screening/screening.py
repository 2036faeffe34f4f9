"""What models may read of a mail: without secrets, without words to a machine; and mail that asks nothing is turned away."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ingestion.mail.message import Address, Attachment, Message
from service.answers import Discarded
from service.prompting import Material, Readable
from service.screening import forwarded_mail, injection, masking, proof
from service.screening.injection import Finding, Where
from service.screening.masking import Mask
from service.text import excerpt, hidden_characters, language, patterns
from service.text.language import Language

READ = 1_000_000  # characters of a field that are searched for words to a machine, and the most that `text` holds
_READ_BY_MODELS: tuple[Where, ...] = ("subject", "text", "signature", "quoted", "forwarded")
_FIELDS: tuple[Where, ...] = (*_READ_BY_MODELS, "hidden")

_NO_SUBJECT = patterns.pattern(
    r"(?:(?:re|fwd?|fw|aw|wg|sv|vs|rv|tr|antw|doorst|enc|res|r|i)\s?(?:\[\d+\])?\s?:\s*"
    r"|[\[(<]?\s*(?:no subject|no title|untitled|kein betreff|ohne betreff|sin asunto|sans (?:objet|sujet)|aucun objet|nessun oggetto|senza oggetto|geen onderwerp|zonder onderwerp|sem assunto|none|null)\s*[\])>]?\W*"
    r"|\W+)*",
    re.IGNORECASE,
)

_WHY: dict[proof.Kind, str] = {
    "auto-reply": "an automatic reply",
    "bounce": "a notice that a mail could not be delivered",
    "machine": "a notice that no person wrote",
    "newsletter": "a newsletter",
}


@dataclass(frozen=True)
class Screened(Material):
    """A mail that models may read. Only this module makes one.

    `message` is the mail without secrets and without words to a machine, in every part that says something (`hidden` keeps its own, for people).
    `text` is what models read: the authored text, or the forwarded original where the note above it asks nothing; `raw_text` is the same with the
    words to a machine still in it, for display. A finding's place is one in the masked part it was found in; for what is read, that is `raw_text`.
    """

    message: Message
    text: str
    raw_text: str
    language: Language
    masks: tuple[Mask, ...] = field(default=())
    findings: tuple[Finding, ...] = field(default=())
    text_is_forwarded: bool = False
    forwarded_from: str | None = None  # the original writer's display name
    unread: int = 0  # characters in the middle of a long mail that models are not given


@dataclass(frozen=True)
class ScreenedQuestion:
    """A question without an email that models may read. Only this module makes one.

    `text` is what is searched with and what models read; `raw_text` is the same with the words to a machine still in it, as it is kept for people.
    """

    text: Readable
    raw_text: str
    masks: tuple[Mask, ...] = field(default=())
    findings: tuple[Finding, ...] = field(default=())


def screen_question(question: str, contacts: bool = False) -> ScreenedQuestion:
    """Screen a question: its secrets are masked, with `contacts` also how somebody is reached, and its words to a machine cut out."""
    shown, carried = hidden_characters.visible(question)
    (raw_text,), masks = masking.mask([shown[:READ]], contacts)
    found = injection.find(raw_text, "text")
    smuggled = (Finding("invisible", "text", one.text[:300], min(one.at, len(raw_text)), min(one.at, len(raw_text))) for one in carried)
    return ScreenedQuestion(Readable(injection.without(raw_text, found)), raw_text, masks, (*found, *smuggled))


def screen(message: Message, contacts: bool = False, doubts: Callable[[Message], bool] | None = None) -> Screened:
    """Screen a mail; with `contacts` nobody reads how its writer is reached. Raises Discarded for automatic mail that asks nothing and for mail that says nothing at all.

    What `doubts` doubts is not turned away by the words and headers of a machine.
    """
    _turn_away(message, doubts)
    masked, masks, smuggled = _masked(message, contacts)
    note_asks = not masked.forwarded or (bool(masked.text.strip()) and forwarded_mail.asks_itself(masked.text))
    found = None if note_asks else forwarded_mail.original(masked.forwarded)
    raw_text = (found.text if found else masked.text)[:READ]
    where: Where = "forwarded" if found else "text"
    in_text = injection.find(raw_text, where)
    read = excerpt.of(injection.without(raw_text, in_text))
    text = read.text
    cleaned, elsewhere = _cleaned(masked, where, None if found else in_text)
    writer = found.writer if found and not injection.find_in_name(found.writer or "", "forwarded") else None
    return Screened(
        message=cleaned,
        text=f"From: {writer}\n\n{text}" if writer else text,
        raw_text=raw_text,
        language=language.detect(text if text.strip() else cleaned.subject),
        masks=masks,
        findings=(*in_text, *elsewhere, *smuggled, *_concealed(masked)),
        text_is_forwarded=found is not None,
        forwarded_from=writer,
        unread=read.left_out + message.cut,
    )


def without_contacts(screened: Screened) -> Screened:
    """Return a screened mail in which nothing says how its writer is reached: what a model reads of it that others run."""
    message = screened.message
    texts, _ = masking.mask(
        [message.subject, message.signature, screened.text, message.sender.name or "", message.sender.address or ""], contacts=True
    )
    subject, signature, text, name, address = texts
    sender = Address(name or None, address or None)
    return replace(screened, message=replace(message, subject=subject, signature=signature, sender=sender), text=text)


def unscreened(message: Message) -> Screened:
    """Take a mail as it is, for a release that switches screening off."""
    raw_text = (message.text or message.forwarded)[:READ]
    read = excerpt.of(raw_text)
    is_forwarded = not message.text and bool(message.forwarded)
    return Screened(message, read.text, raw_text, language.detect(read.text), text_is_forwarded=is_forwarded, unread=read.left_out + message.cut)


def _turn_away(message: Message, doubts: Callable[[Message], bool] | None) -> None:
    """Discard what is proven to ask for nothing."""
    if (kind := proof.kind(message)) and not (doubts and doubts(message)):
        raise Discarded(f"this is {_WHY[kind]}", kind=kind)
    says = any(hidden_characters.visible(part)[0].strip() for part in (message.text, message.forwarded))
    answers = any(character.isalnum() for character in message.quoted)
    if not says and not answers and not message.unreadable and not subject_says_something(message.subject):
        raise Discarded("there is neither text nor a subject in it", kind="empty")


def subject_says_something(subject: str) -> bool:
    """Tell whether anything is left of a subject without "Re:", "(no subject)" and the like."""
    return not _NO_SUBJECT.fullmatch(hidden_characters.visible(subject)[0])


def _masked(message: Message, contacts: bool) -> tuple[Message, tuple[Mask, ...], tuple[Finding, ...]]:
    """Return the message with its texts visible and without secrets, the secrets, and what invisible characters carried."""
    names = [message.sender.name or "", *(attachment.name or "" for attachment in message.attachments)]
    files: list[Where] = ["attachment name"] * len(message.attachments)
    places: list[Where] = [*_FIELDS, "from", *files]
    shown = [hidden_characters.visible(text) for text in (*(getattr(message, name) for name in _FIELDS), *names)]
    texts, masks = masking.mask([text for text, _ in shown], contacts)
    smuggled = tuple(
        Finding("invisible", place, one.text[:300], min(one.at, len(text)), min(one.at, len(text)))
        for place, text, (_, carried) in zip(places, texts, shown, strict=True)
        for one in carried
    )
    parts: dict[str, Any] = dict(zip(_FIELDS, texts, strict=False))
    sender, *named = texts[len(_FIELDS) :]
    return (
        replace(
            message,
            **parts,
            sender=Address(sender or None, message.sender.address),
            attachments=tuple(replace(one, name=name or None) for one, name in zip(message.attachments, named, strict=True)),
        ),
        masks,
        smuggled,
    )


def _cleaned(message: Message, listed: Where, in_listed: list[Finding] | None) -> tuple[Message, tuple[Finding, ...]]:
    """Cut words to a machine out of every part, and list them.

    Those of the part `listed` are listed already; `in_listed` are they, where their places are those of that part.
    """
    found: list[Finding] = []
    parts: dict[str, Any] = {}
    for place in _READ_BY_MODELS:
        text: str = getattr(message, place)
        known = in_listed if place == listed else None
        in_part = injection.find(text[:READ], place) if known is None else known
        parts[place] = injection.without(text, in_part)
        found += in_part if place != listed else []
    in_sender = injection.find_in_name(message.sender.name or "", "from")
    files = [injection.find_in_name(one.name or "", "attachment name") for one in message.attachments]
    found += [*in_sender, *(one for in_name in files for one in in_name)]
    return (
        replace(
            message,
            **parts,
            sender=Address(None, message.sender.address) if in_sender else message.sender,
            attachments=tuple(_unnamed(one) if in_name else one for one, in_name in zip(message.attachments, files, strict=True)),
        ),
        tuple(found),
    )


def _unnamed(attachment: Attachment) -> Attachment:
    return replace(attachment, name=None)


def _concealed(message: Message) -> list[Finding]:
    """Hidden text is a finding whatever it says; what in it speaks to a machine is listed too."""
    if not message.hidden.strip():
        return []
    return [Finding("hidden", "hidden", message.hidden[:300], 0, len(message.hidden)), *injection.find(message.hidden[:READ], "hidden")]
