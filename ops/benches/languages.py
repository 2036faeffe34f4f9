"""Measures what questions in six languages find among English articles, with the second encoder and without: `python -m ops.benches.languages`."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from ingestion import build
from retrieval import index, multilingual, search
from retrieval.index import Snapshot
from service.settings import Settings
from service.text import language

QUESTIONS = Path("evals/languages/questions.yaml")
SAMPLE = "help_centre"
CENTRES = Path("ops/training/centres")
DEPTHS = (1, 3, 5)


@dataclass(frozen=True)
class Asked:
    """A question in some language, the centre that it is asked of, and the articles that answer it."""

    language: str
    centre: str
    question: str
    articles: tuple[str, ...]


def load(path: Path = QUESTIONS) -> list[Asked]:
    """Read the questions."""
    return [Asked(**{**row, "articles": tuple(row["articles"])}) for row in yaml.safe_load(path.read_text("utf-8"))]


def folder(centre: str, scratch: Path) -> Path:
    """Return the folder of a centre's articles: the sample's, or one written from a file of centres."""
    if centre == SAMPLE:
        return Path("ingestion") / SAMPLE
    place = scratch / centre
    place.mkdir()
    for article in yaml.safe_load((CENTRES / f"{centre}.yaml").read_text("utf-8"))["articles"]:
        (place / f"{article['id']}.md").write_text(f"# {article['title']}\n\n{article['text']}", "utf-8")
    return place


def found(snapshot: Snapshot, asked: Asked, *, is_foreign: bool) -> tuple[str, ...]:
    """Return the articles of the first five passages."""
    listed = search.search(snapshot, asked.question, max(DEPTHS), is_foreign=is_foreign).found
    return tuple(one.passage.article if asked.centre == SAMPLE else Path(one.passage.article).stem for one in listed)


def hits(pairs: Iterable[tuple[Asked, tuple[str, ...]]]) -> Counter[int]:
    """Count the questions whose article is among the first so many."""
    return Counter(depth for asked, articles in pairs for depth in DEPTHS if set(articles[:depth]) & set(asked.articles))


def main() -> None:
    """Print one line a language and way of searching."""
    asked = load()
    pairs: dict[bool, list[tuple[Asked, tuple[str, ...]]]] = {False: [], True: []}
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "encoders").symlink_to(os.path.abspath(Settings().data_dir / "encoders"))
        for centre in dict.fromkeys(one.centre for one in asked):
            built = build.build([folder(centre, scratch)], scratch)
            snapshot = index.open_snapshot(built.folder, scratch / "encoders")
            for one in (one for one in asked if one.centre == centre):
                for way in pairs:
                    pairs[way].append((one, found(snapshot, one, is_foreign=way)))
    if multilingual.find() is None:
        print("the extra `multilingual` is not installed: both ways are the first encoder's")
    for tongue in (*sorted({one.language for one in asked}), ""):
        chosen = {way: [pair for pair in listed if not tongue or pair[0].language == tongue] for way, listed in pairs.items()}
        told = "   ".join(
            f"{'second' if way else 'first '} encoder " + " ".join(f"hit@{depth} {hits(listed)[depth]:>3}" for depth in DEPTHS)
            for way, listed in chosen.items()
        )
        print(f"{tongue or 'all':<4} {len(chosen[True]):>3} questions   {told}")
    told_apart = sum(language.is_foreign(one.question) for one in asked)
    print(f"told from English, so that the second encoder is asked: {told_apart} of {len(asked)}")


if __name__ == "__main__":
    main()
