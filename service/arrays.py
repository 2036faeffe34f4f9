"""Arrays that were fitted before, by key: those that come with the checkout, and those of a data directory."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

SHIPPED = Path(__file__).parent / "fitted"
MANIFEST = "manifest.json"

Arrays = Mapping[str, npt.NDArray[Any]]


class FittedError(Exception):
    """An array file that came with the checkout is not as it was shipped. The message names it and the way out."""


class Kept:
    """Looks arrays up among the shipped ones, which are compared with their checksums, then in `folder`, where new ones go. Never pickle."""

    def __init__(self, folder: Path, shipped: Path = SHIPPED) -> None:
        self.folder = folder
        self._shipped = shipped
        self._checksums = _checksums(shipped)

    def read(self, name: str) -> Arrays | None:
        """Return the arrays kept under a name; None where there are none, or a file in `folder` is damaged. Raises FittedError."""
        file = f"{name}.npz"
        if file in self._checksums:
            return self._read_shipped(file)
        try:
            with np.load(self.folder / file) as kept:  # refuses pickled objects by default
                return dict(kept)
        except (FileNotFoundError, ValueError, KeyError, EOFError, BadZipFile):
            return None

    def write(self, name: str, arrays: Arrays) -> Path:
        """Write arrays to a file that is whole at any time, whoever else writes it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.npz"
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".tmp", delete=False) as file:
            np.savez_compressed(file, **dict[str, Any](arrays))
        os.replace(file.name, path)
        return path

    def remembered(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """Return the arrays of a name, made and written first where they are not there."""
        arrays = self.read(name)
        if arrays is None:
            self.write(name, arrays := make())
        return arrays

    def _read_shipped(self, file: str) -> Arrays:
        path = self._shipped / file
        try:
            whole = hashlib.sha256(path.read_bytes()).hexdigest() == self._checksums[file]
        except FileNotFoundError:
            whole = False
        if not whole:
            raise FittedError(f"{path} is missing or not as it was shipped: restore it, or run `make heads` to fit it anew")
        with np.load(path) as kept:
            return dict(kept)


def key(kind: str, *parts: str) -> str:
    """Return the name of what was fitted from some parts: hashes of what it learned from, and the version of the code that learns."""
    return f"{kind}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:16]}"


def ship(made: Iterable[Path], folder: Path = SHIPPED) -> None:
    """Replace the shipped arrays by files as `write` made them, and write the manifest that they are compared with."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.npz"):
        old.unlink()
    entries = {}
    for path in made:
        content = path.read_bytes()
        (folder / path.name).write_bytes(content)
        entries[path.name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    (folder / MANIFEST).write_text(json.dumps({"files": entries}, indent=1) + "\n", "utf-8")


def _checksums(shipped: Path) -> dict[str, str]:
    try:
        listed = json.loads((shipped / MANIFEST).read_text("utf-8"))["files"]
    except FileNotFoundError:
        return {}
    return {file: entry["sha256"] for file, entry in listed.items()}
