"""The labelled sentences by which the check is measured: small help centres with sentences that are supported or wrong in one way, and hostile answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from service.stages.check.evidence import Passage

LEFT_OUT = Path(__file__).parent / "support"  # trades that nothing is taught from


@dataclass(frozen=True)
class Row:
    """One sentence with the passages that it cites, whether they support it, and of which kind it is."""

    trade: str
    passages: tuple[Passage, ...]
    sentence: str
    supported: bool
    kind: str


@dataclass(frozen=True)
class Hostile:
    """An answer that must not leave whole (`lie`), or one that looks alike and must."""

    passages: tuple[Passage, ...]
    answer: str
    lie: bool
    kind: str


def sentences(folder: Path = LEFT_OUT) -> list[Row]:
    """Read the sentences of every help centre in a folder."""
    return [row for path in sorted(folder.glob("*.yaml")) for row in _centre(path)]


def hostile(path: Path) -> list[Hostile]:
    """Read a file of hostile answers and their look-alikes."""
    lines = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]
    return [Hostile(tuple(_passage(one) for one in line["passages"]), line["answer"], line["lie"], line["kind"]) for line in lines]


def _centre(path: Path) -> Iterator[Row]:
    content = yaml.safe_load(path.read_text("utf-8"))
    articles = {article["id"]: Passage(str(article["title"]), "", article["text"]) for article in content["articles"]}
    for one in content["sentences"]:
        cited = [one["article"]] if isinstance(one["article"], str) else one["article"]
        yield Row(content["trade"], tuple(articles[name] for name in cited), str(one["sentence"]), one["supported"], one["kind"])


def _passage(given: dict[str, Any]) -> Passage:
    return Passage(given.get("title", ""), given.get("heading", ""), given["text"])
