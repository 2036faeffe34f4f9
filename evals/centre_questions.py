"""The questions by which answers are taught and measured: small help centres, indexed and searched as the product does it."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from evals.support_rows import LEFT_OUT as LEFT_OUT
from ingestion import collecting
from ingestion.articles.chunking import Chunking
from retrieval import calibration, index, search
from retrieval.calibration import Encode
from retrieval.encoder import Encoder
from retrieval.index import Index, Snapshot
from retrieval.manifest import Manifest
from retrieval.passages import Search


@dataclass(frozen=True)
class Article:
    """An article of a small help centre; `name` is how questions call it."""

    name: str
    title: str
    text: str
    updated: str = ""


@dataclass(frozen=True)
class Asked:
    """A question to a help centre: of which kind it is, and where it is answered, the articles, the units and the facts that answer it.

    A fact is told in one of several ways, split by "|". Without units, the help centre does not answer.
    """

    text: str
    kind: str
    articles: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """Tell whether the help centre answers."""
        return bool(self.units)


@dataclass(frozen=True)
class Centre:
    """A help centre of one trade, with its questions."""

    trade: str
    articles: tuple[Article, ...]
    questions: tuple[Asked, ...]


def centres(folder: Path = LEFT_OUT) -> list[Centre]:
    """Read every help centre of a folder."""
    return [_centre(yaml.safe_load(path.read_text("utf-8"))) for path in sorted(folder.glob("*.yaml"))]


def worked(rows: Iterable[Mapping[str, Any]]) -> list[Centre]:
    """Make one help centre a trade of worked examples: all the passages that stand beside any of its questions."""
    by_trade: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_trade.setdefault(row["trade"], []).append(row)
    return [_pooled(trade, listed) for trade, listed in by_trade.items()]


def opened(centre: Centre, encoder: Encoder, encode: Encode) -> Snapshot:
    """Index a centre's articles as the product's own ingestion does, without writing it down. `encode` may remember what `encoder` made.

    Raises NothingToIndex.
    """
    settings = Chunking()
    with tempfile.TemporaryDirectory() as scratch:
        for one in centre.articles:
            heads = {"title": one.title, **({"updated": one.updated} if one.updated else {})}
            front = "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in heads.items())
            (Path(scratch) / f"{one.name}.md").write_text(f"---\n{front}---\n\n{one.text}\n", "utf-8")
        read = collecting.collect([Path(scratch)], settings)
    built = Index.build(read.passages, encode([passage.headed() for passage in read.passages]))
    manifest = Manifest(
        format=index.FORMAT,
        name=centre.trade,
        created="",
        model=encoder.model,
        encoder=encoder.name,
        dimensions=encoder.dimensions,
        chunking=settings.settings(),
        articles=len(read.entries),
        passages=len(read.passages),
        calibration=calibration.calibrate(built, encode),
        checksums={},
    )
    return Snapshot(Path(), manifest, built, tuple(read.entries), encoder)


def searched(snapshot: Snapshot, questions: Sequence[Asked], k: int = 6) -> Iterator[tuple[Asked, Search]]:
    """Give each question with what is found for it."""
    for one in questions:
        yield one, search.search(snapshot, one.text, k)


def called(article: str) -> str:
    """Return an article's name by the path under which it was indexed."""
    return Path(article).stem


def _centre(content: Mapping[str, Any]) -> Centre:
    articles = [Article(one["id"], str(one["title"]), one["text"], str(one.get("updated") or "")) for one in content["articles"]]
    questions = [
        Asked(str(one["question"]), one["kind"], *(tuple(str(part) for part in one.get(field) or ()) for field in ("articles", "units", "facts")))
        for one in content["questions"]
    ]
    return Centre(content["trade"], tuple(articles), tuple(questions))


def _pooled(trade: str, rows: Sequence[Mapping[str, Any]]) -> Centre:
    names: dict[tuple[str, str], str] = {}
    articles, questions = [], []
    for row in rows:
        for one in row["passages"]:
            key = (one["title"], one["text"])
            if key not in names:
                names[key] = f"e{len(names) + 1}"
                articles.append(Article(names[key], one["title"], "\n\n".join([*(f"## {part}" for part in [one["heading"]] if part), one["text"]])))
        held = {names[one["title"], one["text"]]: one["text"] for one in row["passages"]}
        units = tuple(row["answer"])
        named = tuple(name for name, text in held.items() if any(unit in text for unit in units))
        questions.append(Asked(row["question"], "worked" if units else "not answered", named, units))
    return Centre(trade, tuple(articles), tuple(questions))
