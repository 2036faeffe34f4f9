"""Doubles hostile mail and articles and says how the time to read them grows: `python -m ops.benches.growth [WORD…]`. 1 is linear, 2 is quadratic.

Words choose the shapes whose names hold one of them. What takes less than a hundredth of a second at the larger size is not judged.
"""

import gc
import math
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ingestion.articles import chunking, reading
from ingestion.articles.blocks import Unreadable
from ingestion.articles.chunking import Chunking
from ingestion.mail import message
from ops.benches import hostile
from service.answers import Discarded
from service.console import highlight
from service.console.highlight import Mark
from service.screening import screening
from service.text import sentences

SMALL, LARGE = 60_000, 240_000  # bytes of the two that are compared
ROUNDS = 3  # the fastest of them counts: whatever else the machine does only adds
MOST = 1.15  # exponent that a shape may have
LEAST = 0.01  # seconds; below them the exponent is that of the clock

Make = Callable[[int], Callable[[], object]]  # a size gives the call to time


def read(raw: bytes) -> None:
    """Read a mail as the path does before a model is asked."""
    try:
        screened = screening.screen(message.parse(raw))
    except Discarded:
        return
    sentences.split(screened.text)


def read_article(file: Path) -> None:
    """Read an article as a build does before its passages are embedded."""
    try:
        chunking.cut(reading.read(file, file.name), Chunking())
    except Unreadable:
        return


def marked(size: int) -> Callable[[], object]:
    """Return a call that cuts a text under marks which all overlap."""
    text = "x" * size
    marks = [Mark(place, size, "injected", f"mark {place}") for place in range(0, size, 40)]
    return lambda: highlight.pieces(text, marks)


def seconds(call: Callable[[], object]) -> float:
    """Return the processor time of the fastest of some calls, without the passes of the garbage collector, whose number depends on what ran before."""
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        gc.disable()
        try:
            began = time.process_time()
            call()
            times.append(time.process_time() - began)
        finally:
            gc.enable()
        if sum(times) > 20:  # what takes so long needs no second look
            break
    return min(times)


def exponent(make: Make) -> tuple[float, float]:
    """Return the growth exponent between the two sizes, and the seconds of the large one."""
    small, large = seconds(make(SMALL)), seconds(make(LARGE))
    return math.log(max(large, 1e-6) / max(small, 1e-6)) / math.log(LARGE / SMALL), large


def shapes(scratch: Path) -> dict[str, Make]:
    """Return what is measured, by name; articles are written into a folder."""

    def mail(make: Callable[[int], bytes]) -> Make:
        def at(size: int) -> Callable[[], object]:
            raw = make(size)
            return lambda: read(raw)

        return at

    def article(name: str, suffix: str, make: Callable[[int], str]) -> Make:
        def at(size: int) -> Callable[[], object]:
            file = scratch / f"{name} {size}{suffix}"
            file.write_text(make(size), "utf-8")
            return lambda: read_article(file)

        return at

    plain = {name: mail(lambda size, piece=piece: hostile.mail(piece, size, "text/plain")) for name, piece in hostile.PLAIN.items()}  # type: ignore[misc]
    pages = {name: mail(lambda size, piece=piece: hostile.mail(piece, size, "text/html")) for name, piece in hostile.PAGES.items()}  # type: ignore[misc]
    mails = {name: mail(make) for name, make in hostile.MAILS.items()}
    articles = {name: article(name, suffix, make) for name, (suffix, make) in hostile.ARTICLES.items()}
    return {**plain, **pages, **mails, **articles, "overlapping marks": marked}


def main() -> int:
    """Print one line a shape and return 1 where one grows faster than it may."""
    bad = False
    with tempfile.TemporaryDirectory() as scratch:
        for name, make in shapes(Path(scratch)).items():
            if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
                continue
            grows, large = exponent(make)
            is_bad = grows > MOST and large > LEAST
            bad = bad or is_bad
            print(f"{name:<28} {grows:>6.2f} {large * 1000:>9.0f} ms{'  TOO FAST' if is_bad else ''}", flush=True)
    return int(bad)


if __name__ == "__main__":
    raise SystemExit(main())
