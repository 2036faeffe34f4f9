"""Builds a snapshot from the files of a help centre, embedding only what no earlier snapshot holds."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ingestion import collecting
from ingestion.articles.chunking import Chunking
from ingestion.collecting import Skipped
from ingestion.portions import Embeds, Portions, embed
from retrieval import calibration, index, multilingual
from retrieval import encoder as encoders
from retrieval.encoder import PACKAGED_MODEL, Progress, Vectors
from retrieval.index import Index, Snapshot, SnapshotError
from retrieval.manifest import Manifest
from retrieval.multilingual import Multilingual
from retrieval.passages import Passage

Now = Callable[[], datetime]


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
    reading: Progress | None = None,
    previous: Snapshot | None = None,
    cut_by: Chunking | None = None,
    now: Now = lambda: datetime.now(UTC),
) -> Built:
    """Build a snapshot of files and folders under `data_dir` and return what was done; `reading` gets (read, to read), `progress` (embedded, to embed).

    The same content gives the same snapshot, which is then left as it is. A build that was broken off goes on where it was. `previous` is asked for vectors before the snapshots on disk.
    Raises NothingToIndex, SamePath, and EncoderError for a model that is not there.
    """
    settings = cut_by or Chunking()
    read = collecting.collect(paths, settings, reading)
    entries, passages = read.entries, read.passages
    encoder = encoders.obtain(data_dir / "encoders", model)
    snapshots = data_dir / "snapshots"
    second = multilingual.find()
    name = index.name_of(passages, entries, encoder.name, settings.settings(), second.name if second else None)
    if index.is_whole(snapshots / name):
        return Built(name, snapshots / name, len(entries), len(passages), 0, len(passages), read.skipped)
    portions = Portions(data_dir / "embedding" / encoder.name)
    known = {**portions.known(), **_known(passages, encoder.name, snapshots, previous)}
    vectors, embedded = _vectors(passages, encoder, known, portions, progress)
    built = Index.build(passages, vectors, _second(passages, second, snapshots, previous, data_dir) if second else None)
    manifest = Manifest(
        format=index.FORMAT,
        name=name,
        created=now().isoformat(timespec="seconds"),
        model=model,
        encoder=encoder.name,
        dimensions=encoder.dimensions,
        chunking=settings.settings(),
        articles=len(entries),
        passages=len(passages),
        calibration=calibration.calibrate(built, encoder.encode),
        checksums={},
        second=second.name if second else None,
    )
    folder = index.write(built, entries, manifest, snapshots)
    portions.forget()
    return Built(name, folder, len(entries), len(passages), embedded, len(passages) - embedded, read.skipped)


def _second(passages: Sequence[Passage], encoder: Multilingual, snapshots: Path, previous: Snapshot | None, data_dir: Path) -> Vectors:
    """Return the passages' vectors by the second encoder, those of earlier snapshots taken over."""
    wanted, known = {_key(passage) for passage in passages}, dict[str, Vectors]()
    for older in _older(encoder.name, snapshots, previous, is_second=True):
        if older.second is not None:
            known.update({key: vector for key, vector in zip(map(_key, older.passages), older.second, strict=True) if key in wanted})
        if wanted <= known.keys():
            break
    portions = Portions(data_dir / "embedding" / encoder.name)
    vectors, _ = _vectors(passages, encoder, {**portions.known(), **known}, portions, None)
    portions.forget()
    return vectors


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


def _older(encoder: str, snapshots: Path, previous: Snapshot | None, *, is_second: bool = False) -> Iterator[Index]:
    def holds(manifest: Manifest) -> bool:
        return (manifest.second if is_second else manifest.encoder) == encoder

    if previous is not None and holds(previous.manifest):
        yield previous.index
    for manifest in sorted(snapshots.glob("*/manifest.json"), key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            if holds(index.read_manifest(manifest.parent)):
                yield index.open_index(manifest.parent)[1]
        except SnapshotError:
            continue  # a damaged snapshot is refused where it is used; here it only has no vectors to give


def _vectors(
    passages: Sequence[Passage], encoder: Embeds, known: dict[str, Vectors], portions: Portions, progress: Progress | None
) -> tuple[Vectors, int]:
    """Return the vectors of all passages, and how many were embedded for it. A text that stands twice is embedded once."""
    keys = [_key(passage) for passage in passages]
    new = {key: passage.headed() for key, passage in zip(keys, passages, strict=True) if key not in known}
    vectors = {**known, **embed(new, encoder, portions, progress)}
    return np.stack([vectors[key] for key in keys]), sum(key in new for key in keys)
