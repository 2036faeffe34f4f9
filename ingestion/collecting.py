"""Reads the files of a help centre into what a snapshot is made of: entries and passages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestion import files
from ingestion.articles import chunking, reading
from ingestion.articles.blocks import Unreadable
from ingestion.articles.chunking import Chunking
from ingestion.articles.reading import Article
from retrieval.manifest import Entry
from retrieval.passages import Passage

Progress = Callable[[int, int], None]


class NothingToIndex(Exception):
    """No article came out of the files given. The message says what was skipped, and why."""


class SamePath(Exception):
    """Two files would be the same article, for they have the same path in two folders given together."""


@dataclass(frozen=True)
class Skipped:
    """A file that was not read, and why."""

    path: str
    why: str


@dataclass(frozen=True)
class Collected:
    """The articles of a help centre by path, their passages in reading order, and what was skipped."""

    entries: tuple[Entry, ...]
    passages: tuple[Passage, ...]
    skipped: tuple[Skipped, ...]


def collect(paths: Sequence[Path], cut_by: Chunking, progress: Progress | None = None) -> Collected:
    """Read files and folders, one file after the other; `progress` gets (read, to read). Raises NothingToIndex and SamePath."""
    taken: list[tuple[Entry, list[Passage]]] = []
    skipped: list[Skipped] = []
    origins: dict[str, Path] = {}
    found = list(files.find(paths))
    for number, file in enumerate(found, 1):
        try:
            if file.why:
                raise Unreadable(file.why)
            article = reading.read(file.place, file.path)
        except Unreadable as exc:
            skipped.append(Skipped(file.path, str(exc)))
        else:
            first = origins.setdefault(file.path, file.place)
            if first.resolve() != file.place.resolve():
                raise SamePath(f"{file.path} is in {first} and in {file.place}: ingest their common folder instead, or rename one")
            if first is file.place:
                taken.append((_entry(article), chunking.cut(article, cut_by)))
        if progress:
            progress(number, len(found))
    if not taken:
        reasons = "; ".join(f"{one.path}: {one.why}" for one in skipped[:5]) or "the folder is empty"
        raise NothingToIndex(f"no article to index in {', '.join(map(str, paths)) or 'nothing'} ({reasons})")
    taken.sort(key=lambda one: one[0].path)
    return Collected(tuple(entry for entry, _ in taken), tuple(one for _, passages in taken for one in passages), tuple(skipped))


def _entry(article: Article) -> Entry:
    return Entry(
        path=article.path,
        title=article.title,
        words=article.words,
        checksum=article.checksum,
        updated=article.updated,
        version=article.version,
        replaces=article.replaces,
    )
