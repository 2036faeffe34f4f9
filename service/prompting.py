"""Prompts as versioned folders, and a prompt filled for one call."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, NewType, TypeVar

import yaml

PROMPTS = Path(__file__).parent / "prompts"
_BLANK = re.compile(r"\{\{(\w+)\}\}")
_FOLDER_FILES = ("prompt.md", "template.md", "rubric.yaml")
SHARED = "shared.yaml"  # names the tables of another version whose rows stand before a folder's own, each by its hash

Rows = Sequence[Mapping[str, Any]]


class PromptError(Exception):
    """A prompt folder is missing, incomplete or malformed, or a blank was not filled."""


@dataclass(frozen=True)
class PromptFolder:
    """One released wording of one prompt: all that decides what a model is told or taught.

    `instructions` is the body of prompt.md below its front matter, `template` has the named blanks, `rubric` the rules, `tables` one list of
    rows for every .jsonl file (worked examples, labelled sentences), those shared with another version first. `sha256` covers every file, and
    with the hashes of `shared.yaml` what is shared, so a release can pin exactly this folder.
    """

    name: str
    version: str
    sha256: str
    meta: Mapping[str, Any]
    instructions: str
    template: str
    rubric: Mapping[str, Any]
    tables: Mapping[str, Rows]

    @cached_property
    def blanks(self) -> frozenset[str]:
        """The names that the template needs filled."""
        return frozenset(_BLANK.findall(self.template))

    def fill(self, blanks: Mapping[str, str]) -> str:
        """Fill the template. Raises PromptError naming a blank that is missing or unknown."""
        if missing := sorted(self.blanks - blanks.keys()):
            raise PromptError(f"prompt {self.name} {self.version}: no value for {', '.join(missing)}")
        if unknown := sorted(blanks.keys() - self.blanks):
            raise PromptError(f"prompt {self.name} {self.version}: the template has no blank named {', '.join(unknown)}")
        return _BLANK.sub(lambda match: blanks[match.group(1)], self.template)


class Material:
    """What may fill a prompt: what others wrote only as screening leaves it (`Screened`, `Question`), or what a judge is shown.

    A raw `Message` is no material, nor is a string, so the type checker refuses a prompt of them.
    """


M = TypeVar("M", bound=Material, covariant=True)
Readable = NewType("Readable", str)  # words of others that models may read: screening makes them, and what is put together of screened parts


@dataclass(frozen=True)
class Prompt(Generic[M]):
    """A prompt folder with what it is to be used on."""

    folder: PromptFolder
    material: M


class Tables(Mapping[str, Rows]):
    """The tables of a folder as they are now: the rows of its .jsonl files, behind those that `shared.yaml` names.

    Each table is parsed when it is first asked for. Raises PromptError naming the line that is wrong, or the shared file that is not as it was.
    """

    def __init__(self, folder: Path) -> None:
        self._parts: dict[str, list[tuple[Path, bytes]]] = {}
        for path in (*_shared(folder), *sorted(folder.glob("*.jsonl"))):
            self._parts.setdefault(path.stem, []).append((path, path.read_bytes()))
        self._parsed: dict[str, Rows] = {}

    def __getitem__(self, name: str) -> Rows:
        if name not in self._parsed:
            self._parsed[name] = [row for path, content in self._parts[name] for row in _rows(path, content)]
        return self._parsed[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._parts))

    def __len__(self) -> int:
        return len(self._parts)


def load(folder: Path) -> PromptFolder:
    """Read the prompt folder `<name>/v<N>`, every table of it. Raises PromptError naming the file and line that is wrong."""
    found = opened(folder)
    dict(found.tables)
    return found


def opened(folder: Path) -> PromptFolder:
    """Read a prompt folder whose tables are perhaps never needed: what was learned from them is kept. Raises PromptError as `load`, tables later."""
    if not folder.is_dir():
        raise PromptError(f"no prompt folder {folder}")
    for name in _FOLDER_FILES:
        if not (folder / name).is_file():
            raise PromptError(f"prompt folder {folder} has no {name}")
    meta, instructions = _front_matter(folder / "prompt.md")
    try:
        rubric = yaml.load((folder / "rubric.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as exc:
        raise PromptError(f"{folder / 'rubric.yaml'}: {exc}") from exc
    return PromptFolder(
        name=folder.parent.name,
        version=folder.name,
        sha256=digest(folder),
        meta=meta,
        instructions=instructions,
        template=(folder / "template.md").read_text("utf-8"),
        rubric=rubric or {},
        tables=Tables(folder),
    )


def digest(folder: Path) -> str:
    """Return the sha256 over the names and bytes of all files of a prompt folder."""
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            total.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _shared(folder: Path) -> list[Path]:
    """Return the tables that a folder shares with other versions of its prompt, as they are listed. Raises PromptError where one is not there, or not as it was."""
    path = folder / SHARED
    if not path.is_file():
        return []
    try:
        listed = [
            (f"{name}", f"{entry['version']}", f"{entry['sha256']}")
            for name, given in sorted(_mapping(path).items())
            for entry in (given if isinstance(given, list) else [given])
        ]
    except (KeyError, TypeError) as exc:
        raise PromptError(f"{path}: each table needs its version and sha256, or a list of them") from exc
    found = []
    for name, version, sha256 in listed:
        if "/" in f"{name}{version}" or version == folder.name or not (table := folder.parent / version / f"{name}.jsonl").is_file():
            raise PromptError(f"{path}: version {version!r} has no table {name!r} to share")
        if hashlib.sha256(table.read_bytes()).hexdigest() != sha256:
            raise PromptError(f"{path}: {table} is not as it was when it was shared (sha256 {sha256[:12]}…)")
        found.append(table)
    return found


def _mapping(path: Path) -> Mapping[str, Any]:
    try:
        found = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as exc:
        raise PromptError(f"{path}: {exc}") from exc
    if not isinstance(found, dict):
        raise PromptError(f"{path}: a table is expected, not {type(found).__name__}")
    return found


def _front_matter(path: Path) -> tuple[Mapping[str, Any], str]:
    text = path.read_text("utf-8")
    match = re.match(r"---\n(.*?)\n---\n(.*)", text, re.S)
    if not match:
        raise PromptError(f"{path}:1: front matter between lines of --- is missing")
    try:
        meta = yaml.load(match.group(1), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as exc:
        raise PromptError(f"{path}: {exc}") from exc
    if not isinstance(meta, dict) or (missing := {"author", "date", "why"} - meta.keys()):
        raise PromptError(f"{path}: front matter lacks {', '.join(sorted(missing)) if isinstance(meta, dict) else 'its fields'}")
    return meta, match.group(2).strip() + "\n"


def _rows(path: Path, content: bytes) -> Rows:
    rows = []
    for number, line in enumerate(content.decode("utf-8").split("\n"), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except ValueError as exc:
                raise PromptError(f"{path}:{number}: not JSON: {exc}") from exc
    return rows
