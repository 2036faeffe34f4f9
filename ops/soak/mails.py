"""Mail to submit: that of the sample inbox and of the golden cases, made unique by a word of its own."""

import itertools
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path

import evals
import service
from ingestion.mail import message
from ingestion.mail.message import NotAnEmail

FOLDERS = (Path(service.__file__).parent / "sample_inbox", Path(evals.__file__).parent / "golden" / "mails")
_WORD = re.compile(r"\bQz([a-j]{5})\b")
_LETTERS = "abcdefghij"  # a number would look like one of those that are masked


def word(number: int) -> str:
    """Return the word by which the mail of a number is known in whatever is made of it."""
    return "Qz" + "".join(_LETTERS[int(digit)] for digit in f"{number:05}")


def number(text: str) -> int | None:
    """Return the number of the mail that a text holds the word of, None where there is none."""
    found = _WORD.search(text)
    return int("".join(str(_LETTERS.index(letter)) for letter in found[1])) if found else None


def unique(count: int) -> Iterator[bytes]:
    """Yield so many mails with a subject, a writer and a text of people, no two the same."""
    read = [one for folder in FOLDERS for path in sorted(folder.glob("*.eml")) if (one := _read(path.read_bytes()))]
    for mail, (subject, sender, text) in zip(range(count), itertools.cycle(read), strict=False):
        made = EmailMessage(SMTPUTF8)
        made["From"], made["To"], made["Subject"] = sender, "help@studio.example", f"{subject} ({word(mail)})"
        made["Date"] = "Mon, 02 Nov 2026 09:00:00 +0000"
        made["Message-ID"] = f"<{word(mail)}@soak.example>"
        made.set_content(f"{text}\n\nThis is about the file {word(mail)}.\n")
        yield made.as_bytes()


def _read(raw: bytes) -> tuple[str, str, str] | None:
    try:
        read = message.parse(raw)
    except NotAnEmail:
        return None
    subject = " ".join(read.subject.split())
    return (subject, read.sender.address or "nobody@x.example", read.text) if read.text.strip() else None
