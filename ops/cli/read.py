"""Reads mails and articles at the command line, without a model, a desk or a data directory."""

import json
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ingestion.articles import reading
from ingestion.articles.blocks import Unreadable
from ingestion.mail import message
from ingestion.mail.message import NotAnEmail
from ops.cli import mail_files, readings
from ops.cli.readings import ArticleRead, MailRead
from ops.cli.shared import complain, say
from service.text import plain

LARGEST = 25_000_000  # bytes of a mail, as the service takes it unless it is set up otherwise
BAD_INPUT = 2


def run(names: list[str], as_json: bool) -> int:
    """Print what is read of each file, as JSON one object a line, and return the exit code: 2 where one could not be read, which its line says too."""
    bad = False
    for one in read(names):
        if isinstance(one, mail_files.Bad):
            complain(f"{one.name}: {one.why}")
            bad = bad or one.asked_for
            if as_json and one.asked_for:
                print(json.dumps(readings.of_unreadable(one.name, one.why, is_article=_is_article(Path(one.name))), ensure_ascii=False), flush=True)
        elif as_json:
            say(json.dumps(readings.as_json(one), ensure_ascii=False))
        else:
            _print(Console(), one)
    return BAD_INPUT if bad else 0


def read(names: list[str]) -> Iterator[MailRead | ArticleRead | mail_files.Bad]:
    """Read files in order: an article by its suffix, anything else as mail."""
    for name in names:
        path = Path(name)
        if _is_article(path):
            yield _article(path)
        else:
            yield from map(_mail, mail_files.find([name], LARGEST))


def _is_article(path: Path) -> bool:
    return path.suffix.lower() in reading.READERS and not path.is_dir()


def _mail(found: mail_files.Found | mail_files.Bad) -> MailRead | mail_files.Bad:
    if isinstance(found, mail_files.Bad):
        return found
    try:
        return readings.of_mail(found.name, message.parse(found.raw))
    except NotAnEmail as exc:
        return mail_files.Bad(found.name, f"not an email: {exc}")


def _article(path: Path) -> ArticleRead | mail_files.Bad:
    try:
        return readings.of_article(str(path), reading.read(path, path.name))
    except Unreadable as exc:
        return mail_files.Bad(str(path), str(exc))


def _print(console: Console, one: MailRead | ArticleRead) -> None:
    for name, value in readings.as_json(one).items():
        if value:
            shown = "\n".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
            console.print(Text(name, style="cyan"), Text(plain.lines(shown)), sep="\n" if "\n" in shown else "  ")
    console.print()
