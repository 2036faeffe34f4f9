"""Snapshots: immutable, content-addressed folders holding a help centre's passages, their vectors and their words."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from retrieval import encoder as encoding
from retrieval import multilingual
from retrieval.encoder import Encoder, Vectors
from retrieval.lexical import Lexical, terms
from retrieval.manifest import Entry, Manifest
from retrieval.multilingual import Multilingual
from retrieval.passages import Passage

FORMAT = 2  # 2: the word index as plain arrays
SECOND = "second.npy"
FLAT_UP_TO = 100_000  # passages; measured: exact search takes 6 ms there and 63 ms at a million
TITLE_COUNTS = 2  # times that the words of a title are counted among a passage's words
_NEIGHBOURS, _EFFORT = 32, 128  # of the HNSW graph

Numbers = npt.NDArray[np.int64]

faiss.omp_set_num_threads(1)  # its threads fight the encoder's: one thread made queries over 100k vectors 2.7 times as fast


class SnapshotError(Exception):
    """A snapshot cannot be used. The message names the snapshot and what is wrong with it."""


@dataclass(frozen=True)
class Index:
    """Passages with their vectors and words, searchable both ways. Passages go by their number, their place in `passages`."""

    passages: tuple[Passage, ...]
    vectors: Any  # faiss.Index
    lexical: Lexical
    second: Vectors | None = None  # unit vectors of an encoder of many languages, float32 of shape (len(passages), its dimensions)

    @classmethod
    def build(cls, passages: Sequence[Passage], vectors: Vectors, second: Vectors | None = None) -> "Index":
        """Index passages with their unit vectors, float32 of shape (len(passages), dimensions), and those of a second encoder."""
        dimensions = vectors.shape[1]
        searchable: Any
        if len(passages) <= FLAT_UP_TO:
            searchable = faiss.IndexFlatIP(dimensions)
        else:
            searchable = faiss.IndexHNSWFlat(dimensions, _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
        searchable.add(np.ascontiguousarray(vectors))
        return cls(tuple(passages), searchable, Lexical.build([_words(passage) for passage in passages]), second)

    @cached_property
    def article_of(self) -> Numbers:
        """Return the number of each passage's article, counted in order of first appearance."""
        seen: dict[str, int] = {}
        return np.array([seen.setdefault(passage.article, len(seen)) for passage in self.passages], dtype=np.int64)

    @cached_property
    def passages_of(self) -> tuple[Numbers, ...]:
        """Return the numbers of the passages of each article, in reading order."""
        order = np.argsort(self.article_of, kind="stable")
        return tuple(np.split(order, np.flatnonzero(np.diff(self.article_of[order])) + 1))

    @cached_property
    def newest_of(self) -> Numbers:
        """Return for each passage the number of the one with the same text, letter case and spaces aside, whose article is the newest."""
        newest: dict[str, int] = {}
        texts = [" ".join(passage.text.casefold().split()) for passage in self.passages]
        for number, text in enumerate(texts):
            if text not in newest or (self.passages[number].updated or "") > (self.passages[newest[text]].updated or ""):
                newest[text] = number
        return np.array([newest[text] for text in texts], dtype=np.int64)

    def nearest(self, vector: Vectors, k: int) -> Numbers:
        """Return the numbers of the k passages nearest to one vector, best first."""
        if isinstance(self.vectors, faiss.IndexHNSW):
            self.vectors.hnsw.efSearch = max(_EFFORT, 2 * k)
        numbers: Numbers = self.vectors.search(vector.reshape(1, -1), min(k, len(self.passages)))[1][0]
        return numbers[numbers >= 0]

    def similarities(self, vector: Vectors, numbers: Numbers) -> Vectors:
        """Return the cosine of one vector with each of the passages numbered."""
        cosines: Vectors = self.vectors.reconstruct_batch(np.ascontiguousarray(numbers)) @ vector
        return cosines


@dataclass(frozen=True)
class Snapshot:
    """An index opened for use, with its manifest, its articles and the very encoder its vectors were made with."""

    folder: Path
    manifest: Manifest
    index: Index
    articles: tuple[Entry, ...]
    encoder: Encoder
    second: Multilingual | None = None  # the encoder of the second vectors, where both are there

    @property
    def name(self) -> str:
        """Return the content hash that names this snapshot."""
        return self.manifest.name

    @cached_property
    def replaced(self) -> frozenset[str]:
        """Return the paths of the articles that another article of the snapshot says it replaces, by their path or title."""
        paths = {name.casefold(): entry.path for entry in self.articles for name in (entry.title, entry.path, Path(entry.path).stem)}
        pairs = [(entry.path, paths.get((entry.replaces or "").strip().removeprefix("/").casefold())) for entry in self.articles]
        return frozenset(old for new, old in pairs if old is not None and old != new)

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Return all passages, article after article in reading order."""
        return self.index.passages


def _words(passage: Passage) -> list[str]:
    return terms(passage.title) * (TITLE_COUNTS - 1) + terms(passage.headed())


def name_of(passages: Sequence[Passage], articles: Sequence[Entry], encoder: str, chunking: dict[str, float], second: str | None = None) -> str:
    """Return the name that a snapshot of this content has: the same content always has the same name."""
    digest = hashlib.sha256(json.dumps([FORMAT, encoder, chunking, *([second] if second else [])], sort_keys=True).encode())
    for value in (*(entry.kept() for entry in articles), *(passage.kept() for passage in passages)):
        digest.update(json.dumps(value, sort_keys=True).encode())
    return digest.hexdigest()[:16]


def write(index: Index, articles: Sequence[Entry], manifest: Manifest, snapshots: Path) -> Path:
    """Write a snapshot beside the others and move it into place in one step; return its folder.

    The manifest's checksums are filled in. A whole snapshot of that name that is already there is kept, a damaged one replaced.
    """
    snapshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=snapshots, prefix=".building-") as scratch:
        folder = Path(scratch) / manifest.name
        folder.mkdir()
        _write_lines(folder / "passages.jsonl", (passage.kept() for passage in index.passages))
        _write_lines(folder / "articles.jsonl", (entry.kept() for entry in articles))
        faiss.write_index(index.vectors, str(folder / "vectors.faiss"))
        index.lexical.save(folder / "lexical")
        if index.second is not None:
            np.save(folder / SECOND, index.second.astype(np.float16), allow_pickle=False)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        sealed = manifest.model_copy(update={"checksums": {path.relative_to(folder).as_posix(): _checksum(path) for path in files}})
        (folder / "manifest.json").write_text(json.dumps({"seal": _seal(sealed), **sealed.kept()}, indent=2) + "\n", "utf-8")
        for path in (*files, folder / "manifest.json", folder / "lexical", folder):
            _sync(path)
        final = snapshots / manifest.name
        if not is_whole(final):
            shutil.rmtree(final, ignore_errors=True)
            try:
                folder.rename(final)
            except OSError:  # another process was faster; what it wrote has the same content
                if not is_whole(final):
                    raise
            _sync(snapshots)
    return final


def is_whole(folder: Path) -> bool:
    """Tell whether a snapshot is there with every file as it was written."""
    try:
        open_index(folder)
    except SnapshotError:
        return False
    return True


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest of a snapshot. Raises SnapshotError."""
    name = folder.name
    if not folder.is_dir():
        raise SnapshotError(f"there is no snapshot {name} in {folder.parent}")
    try:
        content = json.loads((folder / "manifest.json").read_text("utf-8"))
        seal = content.pop("seal")
        manifest = Manifest.model_validate(content)
    except FileNotFoundError as exc:
        raise SnapshotError(f"snapshot {name} has no manifest.json: it was never finished") from exc
    except ValidationError as exc:
        places = ", ".join(".".join(map(str, error["loc"])) for error in exc.errors())
        raise SnapshotError(f"snapshot {name} has a manifest this version cannot read: {places}") from exc
    except (ValueError, KeyError, AttributeError, TypeError) as exc:
        raise SnapshotError(f"snapshot {name} has a damaged manifest.json: {exc}") from exc
    if manifest.format != FORMAT:
        raise SnapshotError(f"snapshot {name} has format {manifest.format}, this version reads {FORMAT}: build it again")
    if seal != _seal(manifest) or manifest.name != name:
        raise SnapshotError(f"snapshot {name} has a manifest.json that was changed after it was built")
    return manifest


def open_snapshot(folder: Path, encoders: Path) -> Snapshot:
    """Open a snapshot with its encoder, comparing every file with its checksum first. Raises SnapshotError naming what is wrong."""
    manifest, index, articles = open_index(folder)
    try:
        encoder = encoding.open_named(encoders, manifest.encoder)
    except encoding.EncoderError as exc:
        raise SnapshotError(f"snapshot {manifest.name} was built by encoder {manifest.encoder}, which cannot be used: {exc}") from exc
    if encoder.dimensions != index.vectors.d:
        raise SnapshotError(f"snapshot {manifest.name} has vectors of {index.vectors.d} dimensions, its encoder makes {encoder.dimensions}")
    return Snapshot(folder, manifest, index, articles, encoder, _second(manifest))


def _second(manifest: Manifest) -> Multilingual | None:
    """Return the encoder of a snapshot's second vectors; without its package they are left alone, and the first ones serve every language."""
    found = multilingual.find() if manifest.second else None
    return found if found and found.name == manifest.second else None


def open_index(folder: Path) -> tuple[Manifest, Index, tuple[Entry, ...]]:
    """Open a snapshot without its encoder, for reading vectors and passages. Raises SnapshotError."""
    manifest = read_manifest(folder)
    for file, expected in manifest.checksums.items():
        path = folder / file
        if not path.is_file():
            raise SnapshotError(f"snapshot {manifest.name} lacks the file {file}")
        if _checksum(path) != expected:
            raise SnapshotError(f"snapshot {manifest.name}: {file} was changed or cut off (its checksum differs)")
    articles = tuple(Entry.model_validate(line) for line in _read_lines(folder / "articles.jsonl"))
    dated = {entry.path: (entry.updated, entry.version) for entry in articles}
    lines = ((line, dated.get(line["article"], (None, None))) for line in _read_lines(folder / "passages.jsonl"))
    passages = tuple(Passage(**line, updated=updated, version=version) for line, (updated, version) in lines)
    vectors = faiss.read_index(str(folder / "vectors.faiss"))
    if not len(passages) == vectors.ntotal == manifest.passages:
        counts = f"{len(passages)} passages and {vectors.ntotal} vectors, not {manifest.passages}"
        raise SnapshotError(f"snapshot {manifest.name} holds {counts}")
    second = np.load(folder / SECOND, allow_pickle=False).astype(np.float32) if manifest.second else None
    return manifest, Index(passages, vectors, Lexical.load(folder / "lexical", len(passages)), second), articles


def current(data_dir: Path) -> str | None:
    """Return the name of the snapshot that a data directory uses, None before there is one."""
    try:
        return (data_dir / "snapshots" / "current").read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None


def make_current(data_dir: Path, name: str) -> None:
    """Make a data directory use a snapshot from now on, in one step. Raises SnapshotError if it is not there."""
    read_manifest(data_dir / "snapshots" / name)
    pointer = data_dir / "snapshots" / "current"
    with tempfile.NamedTemporaryFile("w", dir=pointer.parent, prefix=".current-", delete=False, encoding="utf-8") as stream:
        stream.write(name + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(stream.name, pointer)
    _sync(pointer.parent)


def _seal(manifest: Manifest) -> str:
    return hashlib.sha256(json.dumps(manifest.kept(), sort_keys=True).encode()).hexdigest()


def _checksum(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_lines(path: Path, values: Any) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for value in values:
            stream.write(json.dumps(value) + "\n")


def _read_lines(path: Path) -> list[Any]:
    with path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
