"""Builds a snapshot from the files of a help centre, embedding only what no earlier snapshot holds."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ingestion.articles import chunking, reading
from ingestion.articles.blocks import Unreadable
from ingestion.articles.chunking import Chunking
from ingestion.articles.reading import Article
from retrieval import calibration, index
from retrieval import encoder as encoders
from retrieval.encoder import PACKAGED_MODEL, Encoder, Progress, Vectors
from retrieval.index import Index, Snapshot, SnapshotError
from retrieval.manifest import Entry, Manifest
from retrieval.passages import Passage

# What lies beside articles in a help centre and is part of its look. Anything else that is not read is reported.
_ASSETS = {".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".ico", ".css", ".js", ".woff", ".woff2", ".ttf"}

Now = Callable[[], datetime]


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
class Built:
    """What a build made: the snapshot, and of its passages how many were embedded now and how many were taken over from earlier ones."""

    snapshot_name: str
    folder: Path
    articles: int
    passages: int
    embedded: int
    reused: int
    skipped: tuple[Skipped, ...]


def build(
    paths: Sequence[Path],
    data_dir: Path,
    model: str = PACKAGED_MODEL,
    progress: Progress | None = None,
    previous: Snapshot | None = None,
    cut_by: Chunking | None = None,
    now: Now = lambda: datetime.now(UTC),
) -> Built:
    """Build a snapshot of files and folders under `data_dir` and return what was done; `progress` gets (embedded, to embed).

    The same content gives the same snapshot, which is then left as it is. `previous` is asked for vectors before the snapshots on disk.
    Raises NothingToIndex, SamePath, and EncoderError for a model that is not there.
    """
    settings = cut_by or Chunking()
    read, skipped = _read(paths)
    if not read:
        reasons = "; ".join(f"{one.path}: {one.why}" for one in skipped[:5]) or "the folder is empty"
        raise NothingToIndex(f"no article to index in {', '.join(map(str, paths)) or 'nothing'} ({reasons})")
    entries = [Entry(path=one.path, title=one.title, words=one.words, checksum=one.checksum, updated=one.updated) for one in read]
    passages = [passage for one in read for passage in chunking.cut(one, settings)]
    encoder = encoders.obtain(data_dir / "encoders", model)
    snapshots = data_dir / "snapshots"
    name = index.name_of(passages, entries, encoder.name, settings.settings())
    if index.is_whole(snapshots / name):
        return Built(name, snapshots / name, len(read), len(passages), 0, len(passages), tuple(skipped))
    vectors, embedded = _vectors(passages, encoder, _known(passages, encoder.name, snapshots, previous), progress)
    built = Index.build(passages, vectors)
    manifest = Manifest(
        format=index.FORMAT,
        name=name,
        created=now().isoformat(timespec="seconds"),
        model=model,
        encoder=encoder.name,
        dimensions=encoder.dimensions,
        chunking=settings.settings(),
        articles=len(read),
        passages=len(passages),
        calibration=calibration.calibrate(built, encoder.encode),
        checksums={},
    )
    folder = index.write(built, entries, manifest, snapshots)
    return Built(name, folder, len(read), len(passages), embedded, len(passages) - embedded, tuple(skipped))


def _read(paths: Sequence[Path]) -> tuple[list[Article], list[Skipped]]:
    read: list[Article] = []
    skipped: list[Skipped] = []
    origins: dict[str, Path] = {}
    for file, path in _files(paths):
        try:
            article = reading.read(file, path)
        except Unreadable as exc:
            skipped.append(Skipped(path, str(exc)))
            continue
        if path in origins and origins[path].resolve() != file.resolve():
            raise SamePath(f"{path} is in {origins[path]} and in {file}: ingest their common folder instead, or rename one")
        if path not in origins:
            origins[path] = file
            read.append(article)
    return sorted(read, key=lambda article: article.path), skipped


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Give the files with their paths relative to what was named, in sorted order. What does not exist is given too, to be reported."""
    for given in paths:
        if not given.is_dir():
            yield given, given.name
            continue
        for folder, inner, names in os.walk(given):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            for name in sorted(names):
                file = Path(folder) / name
                if not name.startswith(".") and file.suffix.lower() not in _ASSETS:
                    yield file, file.relative_to(given).as_posix()


def _key(passage: Passage) -> str:
    return hashlib.sha256(passage.headed().encode("utf-8", "surrogatepass")).hexdigest()


def _known(passages: Sequence[Passage], encoder: str, snapshots: Path, previous: Snapshot | None) -> dict[str, Vectors]:
    """Look up vectors of the passages in earlier snapshots of the same encoder, until all are found."""
    wanted = {_key(passage) for passage in passages}
    known: dict[str, Vectors] = {}
    for older in _older(encoder, snapshots, previous):
        numbers = [number for number, passage in enumerate(older.passages) if _key(passage) in wanted - known.keys()]
        if numbers:
            found = older.vectors.reconstruct_batch(np.array(numbers, dtype=np.int64))
            known.update({_key(older.passages[number]): vector for number, vector in zip(numbers, found, strict=True)})
        if wanted <= known.keys():
            break
    return known


def _older(encoder: str, snapshots: Path, previous: Snapshot | None) -> Iterator[Index]:
    if previous is not None and previous.manifest.encoder == encoder:
        yield previous.index
    for manifest in sorted(snapshots.glob("*/manifest.json"), key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            if index.read_manifest(manifest.parent).encoder == encoder:
                yield index.open_index(manifest.parent)[1]
        except SnapshotError:
            continue  # a damaged snapshot is refused where it is used; here it only has no vectors to give


def _vectors(passages: Sequence[Passage], encoder: Encoder, known: dict[str, Vectors], progress: Progress | None) -> tuple[Vectors, int]:
    """Return the vectors of all passages, and how many were embedded for it. A text that stands twice is embedded once."""
    keys = [_key(passage) for passage in passages]
    new = {key: passage.headed() for key, passage in zip(keys, passages, strict=True) if key not in known}
    vectors = {**known, **dict(zip(new, encoder.encode(list(new.values()), progress), strict=True))} if new else known
    return np.stack([vectors[key] for key in keys]), sum(key in new for key in keys)
