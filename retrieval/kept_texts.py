"""What the encoder makes of the texts of passages, kept beside the snapshots: a passage that was read once is not embedded again, whichever snapshot holds it."""

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from retrieval.encoder import Read, Tokens

FORMAT = 1
MOST_BYTES = 200_000_000  # of one encoder's; a passage takes a third of a megabyte, the sample help centre of 72 articles 105 MB, the same as its encoder's weights
LEFT = 0.9  # of them, when the passages that were longest not read have gone

Tell = Callable[[str], None]


class KeptTexts:
    """A folder of one encoder, a file a passage, named by a hash of its texts: a passage whose words change is another one.

    A file holds the texts' vectors as they were made and their tokens, and is checked by the checksums within it whenever it is read. One that is damaged
    is told of by its name and made again; one that cannot be written is told of, and the texts are embedded anew next time.
    """

    def __init__(self, folder: Path, tell: Tell, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._tell = tell
        self._most_bytes = most_bytes

    def read(self, texts: Sequence[str]) -> list[Read] | None:
        """Return what is kept of a passage's texts, in their order; None where nothing is, or the file is damaged."""
        path = self._path(texts)
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
                made = [
                    Read(vector, Tokens(ids, layers, words))
                    for vector, ids, layers, words in zip(
                        kept["vectors"], *_parts(kept["counts"], kept["ids"].astype(np.int64), kept["layers"]), _words(kept), strict=True
                    )
                ]
            if len(made) != len(texts):
                raise ValueError(f"{len(made)} texts, not {len(texts)}")
            os.utime(path)  # what is read stays
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as exc:
            self._tell(f"{path} is damaged and is made again: {exc}")
            return None
        return made

    def write(self, texts: Sequence[str], made: Sequence[Read]) -> None:
        """Keep what was made of a passage's texts, in one step; where there is no room, the passages that were longest not read go."""
        if not texts:
            return
        tokens = [one.tokens for one in made]
        path = self._path(texts)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".writing-", delete=False) as stream:
                np.savez(
                    stream,
                    vectors=np.stack([one.vector for one in made]),
                    counts=np.array([len(one.ids) for one in tokens], dtype=np.int32),
                    ids=np.concatenate([one.ids for one in tokens]).astype(np.int32),
                    layers=np.vstack([one.layers for one in tokens]),
                    words=np.frombuffer(json.dumps([one.words for one in tokens]).encode(), dtype=np.uint8),
                )
            os.replace(stream.name, path)
            self._make_room()
        except OSError as exc:
            self._tell(f"{path} cannot be written: {exc}")

    def _make_room(self) -> None:
        kept = [(one.stat().st_mtime, one.stat().st_size, one.path) for one in os.scandir(self._folder)]
        held = sum(size for _, size, _ in kept)
        if held <= self._most_bytes:
            return
        for _, size, name in sorted(kept):
            if held <= LEFT * self._most_bytes:
                break
            Path(name).unlink(missing_ok=True)
            held -= size

    def _path(self, texts: Sequence[str]) -> Path:
        return self._folder / f"{hashlib.sha256(json.dumps([FORMAT, *texts]).encode()).hexdigest()[:32]}.npz"


def _parts(counts: np.ndarray, *arrays: np.ndarray) -> Iterator[list[np.ndarray]]:
    """Cut arrays into those of each text. Raises ValueError where they are not as long as the texts together."""
    for array in arrays:
        if len(array) != counts.sum():
            raise ValueError(f"{len(array)} tokens, not {counts.sum()}")
        yield np.split(array, np.cumsum(counts)[:-1])


def _words(kept: np.lib.npyio.NpzFile) -> Iterator[tuple[str, ...]]:
    for words in json.loads(kept["words"].tobytes()):
        yield tuple(words)
