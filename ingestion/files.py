"""Finds the files of a help centre, with those that are passed over and why."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestion.articles import reading

# What lies beside articles in a help centre and is part of its look or its machinery. Anything else that is not read is reported.
_ASSETS = {
    ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".ico", ".bmp", ".css", ".scss", ".less", ".js", ".mjs", ".ts", ".tsx", ".jsx", ".map",
    ".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp4", ".webm", ".mp3", ".inv", ".doctree", ".buildinfo",
}  # fmt: skip
_MACHINERY = {
    "mkdocs.yml", "mkdocs.yaml", "conf.py", "makefile", "package.json", "package-lock.json", "yarn.lock", "sidebars.json", "_category_.json", "_category_.yml",
    "search_index.json", "searchindex.js", "objects.inv", "sitemap.xml", "sitemap.xml.gz", "robots.txt", "genindex.html", "search.html", "py-modindex.html", "cname", "thumbs.db", "desktop.ini", "requirements.txt",
}  # fmt: skip
_SIDE_FOLDERS = {"node_modules", "__pycache__", "_static", "_sources", "__macosx"}


@dataclass(frozen=True)
class File:
    """A file to be read as the article `path`, or passed over for the reason `why`."""

    place: Path
    path: str
    why: str | None = None


def find(paths: Sequence[Path]) -> Iterator[File]:
    """Give the files with their paths relative to what was named, in sorted order. What does not exist is given too, to be reported.

    Linked folders are followed, each real folder once. A name that is not UTF-8 stands in the path with its odd bytes escaped.
    """
    for given in paths:
        if not given.is_dir():
            yield File(given, shown(given.name))
            continue
        seen = {os.path.realpath(given)}
        for folder, inner, names in os.walk(given, followlinks=True):
            inner[:] = sorted(name for name in inner if not name.startswith(".") and name.lower() not in _SIDE_FOLDERS)
            again = [name for name in inner if os.path.realpath(os.path.join(folder, name)) in seen]
            seen.update(os.path.realpath(os.path.join(folder, name)) for name in inner)
            inner[:] = [name for name in inner if name not in again]
            for name in again:
                at = Path(folder) / name
                yield File(at, shown(at.relative_to(given).as_posix()), "it is a link to a folder that is read elsewhere")
            yield from _in_folder(Path(folder), sorted(names), given)


def shown(name: str) -> str:
    """Return a file's name as text that can be printed and kept, whatever bytes it is made of."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _in_folder(folder: Path, names: Sequence[str], given: Path) -> Iterator[File]:
    for name in names:
        file = folder / name
        path = shown(file.relative_to(given).as_posix())
        suffix = file.suffix.lower()
        if name.startswith("."):
            if suffix in reading.READERS and not name.startswith("._"):
                yield File(file, path, "it is hidden (its name begins with a dot)")
        elif name == "SUMMARY.md":
            yield File(file, path, "it is the table of contents of a book")
        elif suffix not in _ASSETS and name.lower() not in _MACHINERY:
            yield File(file, path)
