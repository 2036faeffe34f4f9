"""Keeps the vectors of a build that is under way, so that one that was broken off goes on where it was."""

import os
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from retrieval.encoder import Progress, Vectors

PORTION = 1024  # texts embedded between two savings; about half a minute's work


class Embeds(Protocol):
    """Anything that turns the texts of a build into unit vectors."""

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one unit vector a text; `progress` gets (embedded, to embed)."""
        ...


class Portions:
    """A folder of vectors by the keys of their texts, all of one encoder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def known(self) -> dict[str, Vectors]:
        """Return all that is kept; a file that was cut off counts for nothing."""
        known: dict[str, Vectors] = {}
        for file in sorted(self._folder.glob("*.npz")):
            try:
                with file.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
                    known.update(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
                continue
        return known

    def keep(self, keys: Sequence[str], vectors: Vectors) -> None:
        """Keep the vectors of some texts, in one step."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".writing-", delete=False) as stream:
            np.savez(stream, keys=np.array(keys), vectors=vectors)
        os.replace(stream.name, self._folder / f"{keys[0][:16]}.npz")

    def forget(self) -> None:
        """Drop what is kept: the snapshot that it was for is whole."""
        for file in [*self._folder.glob("*.npz"), *self._folder.glob(".writing-*")]:
            file.unlink(missing_ok=True)
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()


def embed(texts: dict[str, str], encoder: Embeds, portions: Portions, progress: Progress | None) -> dict[str, Vectors]:
    """Embed texts by their keys, portion after portion, and keep each as soon as it is done where more follow."""
    vectors: dict[str, Vectors] = {}
    keys = list(texts)
    for start in range(0, len(keys), PORTION):
        part = keys[start : start + PORTION]
        made = encoder.encode([texts[key] for key in part], _counting_on(progress, start, len(keys)))
        vectors.update(zip(part, made, strict=True))
        if len(keys) > PORTION:
            portions.keep(part, made)
    return vectors


def _counting_on(progress: Progress | None, start: int, of: int) -> Callable[[int, int], None] | None:
    return (lambda done, _: progress(start + done, of)) if progress else None
