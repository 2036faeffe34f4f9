"""Finds the emails in what is named on a command line: .eml files, mboxes, Maildirs, folders of them, standard input."""

import mailbox
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAIL_SUFFIXES = {"", ".eml", ".mbox", ".mbx"}
MBOX_START = b"From "


@dataclass(frozen=True)
class Found:
    """One raw email, and the name to call it by."""

    name: str
    raw: bytes


@dataclass(frozen=True)
class Bad:
    """Something that is no email or cannot be read. What was only met in a folder is no error (`asked_for` is False)."""

    name: str
    why: str
    asked_for: bool = True


def find(names: list[str], largest: int) -> Iterator[Found | Bad]:
    """Give every email of the files, folders and `-` named, in order; `largest` is the most bytes that one may have."""
    for name in names:
        if name == "-":
            yield from _sized(_stdin(), largest)
            continue
        path = Path(name)
        if not path.exists():
            yield Bad(name, "there is no such file")
        elif path.is_dir():
            yield from _sized(_folder(path), largest)
        else:
            yield from _sized(_file(path), largest)


def _sized(found: Iterator[Found | Bad], largest: int) -> Iterator[Found | Bad]:
    for one in found:
        if isinstance(one, Found) and len(one.raw) > largest:
            yield Bad(one.name, f"it is larger than {largest:,} bytes, the most that is taken")
        elif isinstance(one, Found) and not one.raw.strip():
            yield Bad(one.name, "it is empty")
        else:
            yield one


def _file(path: Path) -> Iterator[Found | Bad]:
    try:
        with path.open("rb") as stream:
            is_mbox = stream.read(len(MBOX_START)) == MBOX_START
        if is_mbox:
            yield from _mbox(path, str(path))
        else:
            yield Found(str(path), path.read_bytes())
    except OSError as exc:
        yield Bad(str(path), exc.strerror or str(exc))


def _mbox(path: Path, name: str) -> Iterator[Found]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            yield Found(f"{name} #{number}", box.get_bytes(key))
    finally:
        box.close()


def _stdin() -> Iterator[Found | Bad]:
    raw = sys.stdin.buffer.read()
    if not raw.startswith(MBOX_START):
        yield Found("-", raw)
        return
    with tempfile.NamedTemporaryFile(suffix=".mbox") as scratch:
        scratch.write(raw)
        scratch.flush()
        yield from _mbox(Path(scratch.name), "-")


def _folder(path: Path) -> Iterator[Found | Bad]:
    if (path / "cur").is_dir() and (path / "new").is_dir():
        for part in ("new", "cur"):
            for file in sorted((path / part).iterdir()):
                yield from _file(file)
        return
    entries = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith(".")]
    if not entries:
        yield Bad(str(path), "the folder is empty")
    for entry in entries:
        if entry.is_dir():
            yield from _folder(entry)
        elif entry.suffix.lower() in MAIL_SUFFIXES:
            yield from _file(entry)
        else:
            yield Bad(str(entry), "skipped: it is no .eml file and no mbox", asked_for=False)
