"""Proof that nobody asks for anything: what a mail is known to be before a model reads it, and what is known whatever one makes of it."""

from typing import Literal

from ingestion.mail import wishes
from ingestion.mail.message import Message
from service.screening import advertising, newsletters, notices, thanks, voices

Kind = Literal["auto-reply", "bounce", "newsletter", "machine"]
Ground = Literal["thanks", "spam"]


def kind(message: Message) -> Kind | None:
    """Say what a mail is that nobody wrote to us: by a machine's header with content that fits it, or by its content alone. None without proof."""
    flagged = message.automatic
    head = message.text[: voices.HEAD]
    if flagged == "bounce":
        return "bounce"
    if flagged == "auto-reply":
        return None if voices.is_form(head) and wishes.asks(head) else "auto-reply"
    if flagged == "list":  # a newsletter names its list as well, but nobody can write to it
        is_closed = "list-post" not in message.headers and "list-unsubscribe" in message.headers
        return "newsletter" if is_closed and newsletters.is_campaign(message) and newsletters.advertises(voices.told(message)) >= 2 else None
    if flagged == "newsletter":
        return "newsletter" if newsletters.is_campaign(message) or (notices.is_nobodys(message) and not voices.speaks(head)) else None
    if flagged == "machine":
        return "machine" if notices.is_flagged(message) else None
    if newsletters.is_one(message):
        return "newsletter"
    return "machine" if notices.is_one(message) else None


def ground(message: Message, text: str) -> Ground | None:
    """Say what a mail is that asks for nothing although somebody wrote it; `text` is what of it is read. None without proof."""
    if thanks.is_thanks(message, text):
        return "thanks"
    if message.forwarded.strip():  # who passes a trick on to us is no advertiser
        return None
    return "spam" if advertising.is_pitch(f"{message.subject}\n{text}") else None
