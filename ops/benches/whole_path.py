"""Measures the speed of the whole path beside its limit, the bare encoder on the same texts: `python -m ops.benches.whole_path`."""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestion import build
from ingestion.mail import message as mail
from ingestion.mail.message import NotAnEmail
from retrieval import encoder as encoders
from retrieval import index, search
from retrieval.encoder import Encoder
from service import bootstrap, pipeline
from service.releases.serving import Desks
from service.settings import Settings
from service.text import sentences
from service.trace import Trace

ROUNDS = 3  # the two sides take turns, so that a machine that slows down slows both
HELP_CENTRE = Path("ingestion/help_centre")
INBOX = Path("service/sample_inbox")


@dataclass(frozen=True)
class Timed:
    """How long each call took, in seconds, for ours and for the encoder alone on the same texts."""

    what: str
    ours: list[float]
    bare: list[float]

    def line(self) -> str:
        """Return one row of the table: medians, 99th percentiles, and the ratio of the totals."""
        ours, bare = sorted(self.ours), sorted(self.bare)
        return (
            f"{self.what:<38}{statistics.median(ours) * 1000:>9.1f}{_p99(ours) * 1000:>9.1f}{len(ours) / sum(ours):>9.1f}"
            f"{statistics.median(bare) * 1000:>11.1f}{len(bare) / sum(bare):>9.1f}{sum(ours) / sum(bare):>8.2f}"
        )


def _p99(times: Sequence[float]) -> float:
    return times[min(len(times) - 1, int(len(times) * 0.99))]


def _clock(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def mails(desks: Desks, encoder: Encoder, raws: Sequence[bytes]) -> Timed:
    """Run mails through the whole path; bare: the encoder on each mail's sentences."""
    desk = desks.choose()
    texts = [[one.text for one in sentences.split(_text(raw))] or [" "] for raw in raws]
    ours, bare = [], []
    for _ in range(ROUNDS):
        fresh = bootstrap.build(desks.parts, desk.release, desks.snapshot or "")  # nothing remembered from the round before
        for raw, cut in zip(raws, texts, strict=True):
            ours.append(_clock(lambda raw=raw, fresh=fresh: pipeline.handle(raw, fresh, Trace())))  # type: ignore[misc]
            bare.append(_clock(lambda cut=cut: encoder.encode(cut)))  # type: ignore[misc]
    return Timed("one mail, bytes to checked answer", ours, bare)


def _text(raw: bytes) -> str:
    try:
        message = mail.parse(raw)
    except NotAnEmail:
        return ""
    return f"{message.subject}\n{message.text or message.forwarded}"


def queries(snapshot: index.Snapshot, encoder: Encoder, questions: Sequence[str]) -> Timed:
    """Search; bare: the encoder on each question."""
    ours, bare = [], []
    for _ in range(ROUNDS):
        for question in questions:
            ours.append(_clock(lambda question=question: search.search(snapshot, question, 5)))  # type: ignore[misc]
            bare.append(_clock(lambda question=question: encoder.encode([question])))  # type: ignore[misc]
    return Timed("one query", ours, bare)


def ingestion(encoder: Encoder, encoders: Path, passages: Sequence[str]) -> tuple[float, float]:
    """Return passages per second of a build from nothing, and of the encoder alone on the same passages."""
    bare = _clock(lambda: encoder.encode(passages))
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "encoders").symlink_to(encoders.resolve())
        ours = _clock(lambda: build.build([HELP_CENTRE], Path(scratch)))
    return len(passages) / ours, len(passages) / bare


def main() -> None:
    """Print one table."""
    settings = Settings()
    desks = bootstrap.open_desks(settings)
    name = bootstrap.snapshot_of(settings.data_dir, desks.choose().release)
    snapshot = index.open_snapshot(settings.data_dir / "snapshots" / name, settings.data_dir / "encoders")
    encoder = encoders.open_named(settings.data_dir / "encoders", snapshot.encoder.name)
    raws = [path.read_bytes() for path in sorted(INBOX.glob("*.eml"))]
    questions = [passage.heading.split(" > ")[-1] or passage.title for passage in snapshot.index.passages]
    print(f"{'':<38}{'p50 ms':>9}{'p99 ms':>9}{'per s':>9}{'bare p50':>11}{'per s':>9}{'ratio':>8}")
    print(mails(desks, encoder, raws).line())
    print(queries(snapshot, encoder, questions).line())
    ours, bare = ingestion(encoder, settings.data_dir / "encoders", [passage.headed() for passage in snapshot.index.passages])
    print(f"ingest: {ours:.1f} passages/s from files to snapshot, {bare:.1f} passages/s by the bare encoder, ratio {bare / ours:.2f}")


if __name__ == "__main__":
    main()
