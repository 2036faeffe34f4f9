"""The files of a data directory that may hold somebody's words: closed to other users of the machine, and searched when one is forgotten."""

import os
import re
import stat
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from service.storage.eval_candidates import FOLDER as CANDIDATES
from service.storage.eval_candidates import name_of

ERASED = "[erased]"
OURS = 0o077  # the bits that others do not get
LARGEST = 200 * 1024 * 1024  # of a file that is searched
_NOT_SEARCHED = ("snapshots", "encoders", "fitted")  # of articles and prompts alone
_BEGINS = (
    r"(?:(?<!\w)(?<!\w[.+-])|(?<=\\[nrt])|(?<=\\u[\da-f]{4}))"  # of a word: what is before it is no part of it, or is how JSON writes a line end
)
_DATABASE = re.compile(r".*\.(?:db|db-wal|db-shm|sqlite3?)(?:-wal|-shm)?")


def close(data_dir: Path) -> None:
    """Let nobody else on this machine read what a data directory holds; a folder that others share, such as one for scratch, is left as it is."""
    if not data_dir.is_dir() or data_dir.stat().st_mode & stat.S_ISVTX or data_dir.resolve() in (Path.home(), Path("/")):
        return
    with suppress(PermissionError):  # not ours: whoever owns it says who reads it
        _narrow(data_dir)
        for path in data_dir.iterdir():
            if path.is_symlink():
                continue
            if path.is_file() or path.name not in _NOT_SEARCHED:
                _narrow(path)
            for inner in path.rglob("*") if path.is_dir() and path.name not in _NOT_SEARCHED else ():
                if not inner.is_symlink():
                    _narrow(inner)


def _narrow(path: Path) -> None:
    mode = path.stat().st_mode
    if mode & OURS:
        path.chmod(stat.S_IMODE(mode) & ~OURS)


def strike(data_dir: Path, ids: Collection[str], needles: Sequence[str], folders: Collection[str] = ()) -> list[str]:
    """Delete the candidates made of some mails and take every needle out of all other files; return their paths in the data directory."""
    wanted, sought = {name_of(id, kind) for id in ids for kind in ("mail", "answer")}, pattern(needles)
    changed = []
    for path in _files(data_dir, folders):
        is_candidate = path.relative_to(data_dir).parts[0] == CANDIDATES
        if is_candidate and path.stem in wanted:
            path.unlink()
        elif not (sought and _struck(path, sought, is_candidate)):
            continue
        changed.append(str(path.relative_to(data_dir)))
    return sorted(changed)


def _struck(path: Path, sought: re.Pattern[str], is_candidate: bool) -> bool:
    content = path.read_bytes()
    if not re.search(sought.pattern.encode(), content, re.IGNORECASE):
        return False
    if is_candidate:  # a case without its words would teach nothing
        path.unlink()
        return True
    fresh = path.with_name(path.name + ".part")
    fresh.touch(0o600)
    fresh.write_bytes(re.sub(sought.pattern.encode(), ERASED.encode(), content, flags=re.IGNORECASE))
    os.replace(fresh, path)
    return True


def _files(data_dir: Path, folders: Collection[str] = ()) -> Iterator[Path]:
    for top in sorted(data_dir.iterdir()) if data_dir.is_dir() else ():
        if top.is_symlink() or top.name in _NOT_SEARCHED or (folders and top.name not in folders):
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and not path.is_symlink() and not _is_database(path) and path.stat().st_size <= LARGEST:
                yield path


def _is_database(path: Path) -> bool:
    return bool(_DATABASE.fullmatch(path.name)) or ".db." in path.name


def unreached(data_dir: Path, needles: Sequence[str]) -> list[str]:
    """Say which files of a data directory still hold a needle and cannot be changed line by line: databases put aside, and those of drills."""
    sought = pattern(needles)
    if not sought or not data_dir.is_dir():
        return []
    own = {"proofdesk.db", "proofdesk.db-wal", "proofdesk.db-shm"}
    aside = [path for path in sorted(data_dir.rglob("*")) if path.is_file() and _is_database(path) and path.name not in own]
    aside += [path for path in sorted(data_dir.rglob("proofdesk.db*")) if path.parent != data_dir and path not in aside]
    return [f"{path.relative_to(data_dir)} is an older database and holds it: delete the file" for path in aside if _holds(path, sought)]


def _holds(path: Path, sought: re.Pattern[str]) -> bool:
    return bool(re.search(sought.pattern.encode(), path.read_bytes(), re.IGNORECASE))


def pattern(needles: Sequence[str]) -> re.Pattern[str] | None:
    """Return a pattern of any of some addresses and ids, each as a whole one, None for none: "ana@x.example" is no part of "ana@x.example.org", and
    stands at the end of "write to ana@x.example." and behind the line end of a JSON text.
    """
    words = "|".join(_whole(one) for one in sorted({one for one in needles if one}, key=len, reverse=True))
    # Looking ahead for the words first spares most places what is looked for before them.
    return re.compile(rf"(?={words}){_BEGINS}(?:{words})(?!-*\w)", re.IGNORECASE) if words else None


def _whole(word: str) -> str:
    """Return the pattern of one word; after the dot behind an address its domain may go on, after that behind an id only the name of a file."""
    return re.escape(word) + (r"(?!\.\w)" if "@" in word else "")


def without(value: Any, sought: re.Pattern[str] | None) -> Any:
    """Return a text, or a document of texts, in which every match is struck."""
    if sought is None or value is None:
        return value
    if isinstance(value, str):
        return sought.sub(ERASED, value)
    if isinstance(value, dict):
        return {without(name, sought): without(one, sought) for name, one in value.items()}
    return [without(one, sought) for one in value] if isinstance(value, list) else value
