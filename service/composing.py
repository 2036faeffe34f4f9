"""Makes a raw email of one that was given field by field."""

import hashlib
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime

from service.wire import NewEmail

POLICY = SMTPUTF8.clone(refold_source="none")


def compose(given: NewEmail, now: datetime) -> bytes:
    """Return the raw email, dated `now` where it has no date of its own."""
    message = EmailMessage(POLICY)
    message["From"] = given.sender
    if given.to:
        message["To"] = given.to
    message["Subject"] = given.subject
    message["Date"] = format_datetime(given.date or now)
    if given.message_id:
        message["Message-ID"] = given.message_id
    if given.text is not None or given.html is None:
        message.set_content(given.text or "")
        if given.html is not None:
            message.add_alternative(given.html, subtype="html")
            message.set_boundary(fingerprint(given)[:32])
    else:
        message.set_content(given.html, subtype="html")
    return message.as_bytes()


def fingerprint(given: NewEmail) -> str:
    """Return a hash of what was given, the same for the same fields."""
    return hashlib.sha256(given.model_dump_json(by_alias=True).encode()).hexdigest()
