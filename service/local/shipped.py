"""Learned arrays that come with the checkout, each with a card that says what they learned from and holds their checksum."""

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import service
from service.arrays import Arrays

FOLDER = Path(service.__file__).parent / "reader"


class ReaderError(Exception):
    """A learned reader is missing, or is not as it was shipped."""


def load(arrays: str, card: str, folder: Path = FOLDER, pinned: str = "") -> Arrays:
    """Read arrays, after comparing them with the checksum in their card. Where a release pins others, those that were shipped with it are read:
    they lie beside them, named by their checksum. Raises ReaderError.
    """
    try:
        content = (folder / arrays).read_bytes()
        held = hashlib.sha256(content).hexdigest()
        if held != json.loads((folder / card).read_text("utf-8"))["sha256"]:
            raise ReaderError(f"{folder / arrays} is not as it was shipped: restore it, or run `make reader`")
        if pinned not in ("", held):
            content = earlier(arrays, pinned, folder)
        with np.load(io.BytesIO(content)) as kept:
            return dict(kept)
    except (FileNotFoundError, KeyError, ValueError) as exc:
        raise ReaderError(f"the reader in {folder} cannot be read: {exc}") from exc


def earlier(arrays: str, pinned: str, folder: Path = FOLDER) -> bytes:
    """Return the arrays of an earlier release by their checksum. Raises ReaderError where they are not there, or not as they were."""
    path = folder / f"{Path(arrays).stem}-{pinned[:16]}.npz"
    if not path.is_file():
        raise ReaderError(f"the release pins the reader {pinned[:12]}, which is neither {folder / arrays} nor {path.name} beside it")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != pinned:
        raise ReaderError(f"{path} is not the reader {pinned[:12]} that the release pins: restore it")
    return content


def ship(arrays: Arrays, said: Mapping[str, Any], names: tuple[str, str], folder: Path = FOLDER) -> None:
    """Write arrays, the heads' halved in precision where that is enough, and their card with the checksum. `names` are those of both files."""
    folder.mkdir(parents=True, exist_ok=True)
    small = {
        name: value.astype(np.float16) if name.startswith("head") and getattr(value, "ndim", 0) == 2 else value for name, value in arrays.items()
    }
    np.savez_compressed(folder / names[0], **dict[str, Any](small))
    card = {**said, "sha256": checksum(names[0], folder)}
    (folder / names[1]).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")


def checksum(arrays: str, folder: Path = FOLDER) -> str:
    """Return the sha256 of a file of arrays. Raises FileNotFoundError."""
    return hashlib.sha256((folder / arrays).read_bytes()).hexdigest()
