"""Measures a build of many articles beside the bare encoder, and the memory it takes: `python -m ops.benches.ingest [ARTICLES]`.

Each number of articles is built in a process of its own, whose most memory is told, so that what grows with them is seen.
"""

import multiprocessing
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from ingestion import build
from retrieval import encoder as encoders
from retrieval import index
from service.settings import Settings

SAID = (
    "the booking page shows an open place when a client cancels within the window and the deposit returns to the card after five working days "
    "unless the owner keeps it because the rules say so in the settings under money where each service has its price its length and its colour"
)


def write(folder: Path, articles: int) -> None:
    """Write articles of two sections each, no two of which say the same."""
    chance = random.Random(7)
    for number in range(articles):
        said = [" ".join(chance.choices(SAID.split(), k=90)).capitalize() + f", case {number}." for _ in range(2)]
        (folder / f"{number:05}.md").write_text(f"# Article {number}\n\n## First\n\n{said[0]}\n\n## Second\n\n{said[1]}\n", "utf-8")


def measure(articles: int, known: Path) -> tuple[float, float, float]:
    """Return passages per second of a build, those of the encoder alone on the same passages, and the most memory of the build in megabytes."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "encoders").symlink_to(known.resolve())
        (scratch / "articles").mkdir()
        write(scratch / "articles", articles)
        began = time.process_time()
        made = build.build([scratch / "articles"], scratch)
        ours, most = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        opened = index.open_snapshot(made.folder, known)
        encoder = encoders.open_named(known, opened.encoder.name)
        began = time.process_time()
        encoder.encode([passage.headed() for passage in opened.passages])
        bare = time.process_time() - began
    return made.passages / ours, made.passages / bare, most


def main() -> None:
    """Print one line for a quarter of the articles and one for all."""
    articles = int(sys.argv[1]) if sys.argv[1:] else 1000
    known = Settings().data_dir / "encoders"
    for number in (articles // 4, articles):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            ours, bare, most = pool.apply(measure, (number, known))
        print(
            f"{number:>5} articles: {ours:6.1f} passages a processor second, the bare encoder {bare:6.1f}, ratio {bare / ours:.2f}; {most:.0f} MB at most",
            flush=True,
        )


if __name__ == "__main__":
    main()
