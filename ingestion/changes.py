"""Tells what building a snapshot would change, without building it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestion import collecting
from ingestion.articles.chunking import Chunking
from ingestion.collecting import Progress, Skipped
from retrieval.manifest import Entry
from retrieval.passages import Passage


@dataclass(frozen=True)
class Changes:
    """What would be different from the snapshot in use: articles by path, and how many passages are new in it."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    unchanged: int
    refused: tuple[Skipped, ...]
    passages: int
    new_passages: int


def compare(
    paths: Sequence[Path],
    entries: Sequence[Entry],
    passages: Sequence[Passage],
    cut_by: Chunking | None = None,
    progress: Progress | None = None,
) -> Changes:
    """Read files and folders and hold them against the articles and passages in use. Raises NothingToIndex and SamePath."""
    read = collecting.collect(paths, cut_by or Chunking(), progress)
    before, after = _contents(entries, passages), _contents(read.entries, read.passages)
    known = {text for content in before.values() for text in content[1:]}
    return Changes(
        new=tuple(path for path in after if path not in before),
        changed=tuple(path for path in after if path in before and after[path] != before[path]),
        gone=tuple(path for path in before if path not in after),
        unchanged=sum(after[path] == before.get(path) for path in after),
        refused=read.skipped,
        passages=len(read.passages),
        new_passages=len({text for content in after.values() for text in content[1:]} - known),
    )


def _contents(entries: Iterable[Entry], passages: Iterable[Passage]) -> Mapping[str, tuple[object, ...]]:
    """Return what would be indexed of each article: its entry without the checksum of the file, and its passages as they are embedded."""
    texts: dict[str, list[str]] = defaultdict(list)
    for passage in passages:
        texts[passage.article].append(passage.headed())
    return {entry.path: ((entry.title, entry.updated, entry.version, entry.replaces), *texts[entry.path]) for entry in entries}
