"""The one door for all mail: composed where it came field by field, looked at, stored, counted, and told to a worker."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime
from typing import Protocol

from sqlalchemy import Engine

from ingestion.mail import message as mail
from ingestion.mail.message import Address, NotAnEmail
from service.screening import masking
from service.storage import emails
from service.storage.emails import Arrival, Idempotency, Received
from service.text import plain
from service.wire import NewEmail

POLICY = SMTPUTF8.clone(refold_source="none")


LARGEST = 25 * 1024 * 1024  # bytes


class TooLarge(NotAnEmail):
    """An email has more bytes than are taken."""


class Counts(Protocol):
    """Something that counts the mail that comes in."""

    def taken_in(self, new: bool) -> None:
        """Count an email, or a duplicate of one."""
        ...


class Wakes(Protocol):
    """Something that has workers to tell."""

    def wake(self) -> None:
        """Tell an idle worker that an email is due."""
        ...


class Intake:
    """Takes mail in, whichever way it came. When `take` returns the mail is stored, and will be handled whatever happens to its sender."""

    def __init__(
        self, engine: Engine, metrics: Counts, worker: Wakes, now: Callable[[], datetime] = lambda: datetime.now(UTC), largest: int = LARGEST
    ) -> None:
        self._engine = engine
        self._metrics = metrics
        self._worker = worker
        self._now = now
        self._largest = largest  # bytes of one email; a door that reads a stream stops there by itself

    def take(self, given: bytes | NewEmail, key: str | None = None) -> Received:
        """Take in a raw email, or one that was given field by field; `key` is a client's own, which makes repeating safe.

        Raises NotAnEmail (TooLarge is one), or KeyReused where the key came with another email before.
        """
        now = self._now()
        arriving = arrival(given, now)
        if len(arriving.raw) > self._largest:
            raise TooLarge(f"it has {len(arriving.raw):,} bytes, and {self._largest:,} are the most that is taken")
        received = emails.receive(self._engine, arriving, now, idempotency(key, arriving.fingerprint) if key else None)
        self._metrics.taken_in(received.new)
        self._worker.wake()
        return received


def arrival(given: bytes | NewEmail, now: datetime) -> Arrival:
    """Look at an email before it is received. Raises NotAnEmail.

    It is known by its Message-ID with its writer and what stands below the headers, else by what was given: the digest of its bytes, or the hash
    of its fields. Mailers that reuse an id send other mail under it, while one that is sent again differs in the headers of its way alone.
    """
    raw = compose(given, now) if isinstance(given, NewEmail) else given
    head = mail.head(raw)
    known = fingerprint(given) if isinstance(given, NewEmail) else head.digest
    shown = replace(
        head, subject=_kept(head.subject), sender=Address(_kept(head.sender.name or "") or None, plain.line(head.sender.address or "") or None)
    )
    if head.message_id:
        same = "\n".join((head.message_id, head.sender.address or head.sender.name or "", head.subject, head.body_digest))
        return Arrival(raw, "id:" + hashlib.sha256(same.encode("utf-8", "surrogatepass")).hexdigest(), known, shown)
    return Arrival(raw, "bytes:" + known, known, shown)


def _kept(words: str) -> str:
    """Return words of a head as lists, pages and logs have them: one line as its reader sees it, without secrets. The raw mail has the rest."""
    return plain.line(masking.kept_of(words))


def idempotency(key: str, fingerprint: str) -> Idempotency:
    """Return a client's key as it is kept: as it came, or where it holds a secret, a hash of it, which tells it from others as well."""
    is_bare = masking.kept_of(key) == key
    return Idempotency(key if is_bare else "sha256:" + hashlib.sha256(key.encode()).hexdigest(), fingerprint)


def compose(given: NewEmail, now: datetime) -> bytes:
    """Return the raw email, dated `now` where it has no date of its own."""
    message = EmailMessage(POLICY)
    message["From"] = plain.one_line(given.sender)
    if given.to:
        message["To"] = plain.one_line(given.to)
    message["Subject"] = plain.one_line(given.subject)
    message["Date"] = format_datetime(given.date or now)
    if given.message_id:
        message["Message-ID"] = plain.one_line(given.message_id)
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
