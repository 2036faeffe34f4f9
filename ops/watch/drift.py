"""The health of retrieval: whether the snapshot is whole, finds what it should, and still fits the questions that come in."""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from ops.watch import monitors
from ops.watch.monitors import Reading
from ops.watch.traffic import Mail
from retrieval.index import Index, Snapshot, SnapshotError
from retrieval.lexical import terms
from retrieval.passages import Passage
from service import bootstrap
from service.bootstrap import Shelf
from service.release import Release
from service.releases.certificate import Baseline, Share
from service.settings import Settings

Words = Callable[[Mail], float | None]

PROBES = "probes.jsonl"
MOST_PROBES = 60
PROBED = 5  # best passages among which a probe must find its article
PROBE_EVERY_S = 300.0
FEWEST_WORDS = 3  # of a question, below which the share of unknown words says nothing


@dataclass(frozen=True)
class Probe:
    """A question whose article is known."""

    question: str
    article: str


@dataclass(frozen=True)
class Probed:
    """What the probes found on one snapshot. `fault` says why it could not even be opened."""

    hits: int
    of: int
    missed: tuple[str, ...] = ()
    fault: str | None = None


@dataclass(frozen=True)
class Coverage:
    """Which articles of a snapshot the mail of a window ever brought up, and how old they are."""

    snapshot: str
    articles: int
    never_retrieved: tuple[str, ...]
    built: str
    newest_article: str | None


def make_probes(passages: Sequence[Passage], most: int = MOST_PROBES) -> tuple[Probe, ...]:
    """Make questions from a help centre's own headings, spread evenly over it; headings that several articles share say nothing and are left out."""
    articles: dict[str, set[str]] = {}
    questions: dict[tuple[str, str], None] = {}
    for passage in passages:
        heading = passage.heading.split(" > ")[-1].strip()
        question = f"{passage.title}: {heading}" if heading and heading != passage.title else passage.title
        articles.setdefault(question, set()).add(passage.article)
        questions[question, passage.article] = None
    own = [Probe(question, article) for question, article in questions if len(articles[question]) == 1]
    step = max(1, -(-len(own) // most))
    return tuple(own[::step])


def write_probes(folder: Path, probes: Sequence[Probe]) -> None:
    """Keep probes beside a release."""
    (folder / PROBES).write_text("".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in probes), "utf-8")


def read_probes(folder: Path) -> tuple[Probe, ...]:
    """Read the probes beside a release; none where there is no such file."""
    try:
        return tuple(Probe(**json.loads(line)) for line in (folder / PROBES).read_text("utf-8").split("\n") if line.strip())
    except FileNotFoundError:
        return ()


def run_probes(shelf: Shelf, probes: Sequence[Probe]) -> Probed:
    """Ask a snapshot its probes."""
    missed = [one.question for one in probes if one.article not in {found.passage.article for found in shelf.search(one.question, PROBED).found}]
    return Probed(len(probes) - len(missed), len(probes), tuple(missed))


def judged(probed: Probed, chosen: Release, before: Share | None) -> Reading:
    """Judge the probes: the same questions on the same snapshot always find the same, so what is missed is no noise and needs no test."""
    rule, value = chosen.monitors.probes, (probed.of - probed.hits) / probed.of
    base = before.hits / before.of if before and before.of else 0.0
    threshold = max(rule.limit or 0.0, base + (rule.rise or 0.0))
    return Reading("probes", value, probed.of, threshold, base, None, value > threshold)


def unknown_words(index: Index) -> Callable[[Mail], float | None]:
    """Return a function that gives the share of a mail's question words that the help centre does not have."""

    def share(mail: Mail) -> float | None:
        words = list(dict.fromkeys(terms(mail.question)))
        return sum(not len(index.lexical.holding(word)) for word in words) / len(words) if len(words) >= FEWEST_WORDS else None

    return share


def new_words(index: Index, mails: Sequence[Mail], most: int = 20) -> list[tuple[str, int]]:
    """List the words that most mails use and the help centre lacks."""
    counts = Counter(word for mail in mails for word in set(terms(mail.question)) if not len(index.lexical.holding(word)))
    return [(word, count) for word, count in counts.most_common(most) if count > 1]


def coverage(snapshot: Snapshot, mails: Sequence[Mail]) -> Coverage:
    """Say what of a snapshot is used, and how old it is."""
    retrieved = {article for mail in mails for article in mail.articles}
    never = tuple(sorted(entry.path for entry in snapshot.articles if entry.path not in retrieved))
    dates = [entry.updated for entry in snapshot.articles if entry.updated]
    return Coverage(snapshot.name, len(snapshot.articles), never, snapshot.manifest.created, max(dates) if dates else None)


class Health:
    """Re-opens the snapshots of the releases in production on a schedule, and asks them their probes."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic, now: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._settings = settings
        self._clock = clock
        self._now = now
        self._seen: dict[tuple[str, str], tuple[float, Shelf | None, Probed]] = {}

    def words(self, chosen: Release) -> Callable[[Mail], float | None] | None:
        """Return what gives the share of unknown words for a release's snapshot; None where that cannot be opened."""
        shelf, _ = self._look(chosen, ())
        return unknown_words(shelf.snapshot.index) if shelf else None

    def readings(self, chosen: Release, held_against: str, baseline: Baseline) -> list[Reading]:
        """Return what the probes of the release that this one is held against say about its snapshot, and how old that is."""
        probes = read_probes(self._settings.releases_dir / held_against)
        shelf, probed = self._look(chosen, probes)
        rules = chosen.monitors
        if shelf is None:
            return [Reading("probes", 1.0, max(1, len(probes)), rules.probes.limit, 0.0, 0.0, beyond=True)]
        found = [_age(shelf.snapshot, chosen, self._now())]
        if probed.of:
            found.append(judged(probed, chosen, baseline.shares.get("probes")))
        return found

    def shelf(self, chosen: Release) -> Shelf | None:
        """Return a release's snapshot as it was last opened, None where it cannot be."""
        return self._look(chosen, ())[0]

    def fault(self, chosen: Release) -> str | None:
        """Say why a release's snapshot cannot be used, None where it can."""
        return self._look(chosen, ())[1].fault

    def _look(self, chosen: Release, probes: Sequence[Probe]) -> tuple[Shelf | None, Probed]:
        name = bootstrap.snapshot_of(self._settings.data_dir, chosen)
        at, shelf, probed = self._seen.get((chosen.name, name), (None, None, Probed(0, 0)))
        if at is None or self._clock() - at >= PROBE_EVERY_S or (shelf and len(probes) > probed.of):
            try:
                shelf = bootstrap.shelf(self._settings.data_dir, chosen, name)  # from the disk again: what is damaged there shows
                probed = run_probes(shelf, probes)
            except SnapshotError as exc:
                shelf, probed = None, Probed(0, len(probes), fault=str(exc))
            self._seen[chosen.name, name] = self._clock(), shelf, probed
        return shelf, probed


def _age(snapshot: Snapshot, chosen: Release, now: datetime) -> Reading:
    made = datetime.fromisoformat(snapshot.manifest.created)
    days = (now - (made if made.tzinfo else made.replace(tzinfo=UTC))).total_seconds() / 86400
    return monitors.single("index_days", days, 1, chosen.monitors.index_days)
