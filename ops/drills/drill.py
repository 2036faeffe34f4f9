"""The drill: a fault is made on purpose, in a data directory of its own, and every net has to catch it."""

import itertools
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from evals import cases, gate, run
from ingestion import build
from ops import release_check, release_evals, release_files, replay
from ops.cli.demo import HELP_CENTRE, INBOX
from ops.drills import breakages
from ops.drills import follower as followers
from ops.drills.breakages import BAD, Breakage
from ops.drills.follower import Follower
from ops.drills.receiver import Receiver
from ops.watch import drift, watcher
from ops.watch.watcher import Trip
from retrieval import index
from service import bootstrap
from service.bootstrap import Desks
from service.intake import Intake
from service.pipeline import Desk
from service.releases import activation, certificate, moves
from service.settings import Settings
from service.storage import eval_candidates, incidents
from service.telemetry.prometheus import Metrics
from service.worker import Worker

RULES = Path(__file__).parent.parent / "drills.toml"
MAILS, QUESTIONS, ATTACKS = 32, 14, 10  # cases of the drill's gate
PERCENT = 50
LOOK_AFTER = 5  # mails between two looks of the watcher
MOST_CANARY, MOST_ACTIVE = 90, 40  # mails until which the monitor must have tripped
FOLLOWED_WITHIN_S = 5.0
SECRET = "drill"
REPLAYED = 8
WHO = "drill"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Net:
    """One net, whether it caught the fault, and how that showed."""

    name: str
    caught: bool
    how: str


@dataclass
class Report:
    """What a drill ended with. `touched` counts the mails that the bad release handled."""

    drill: str
    folder: Path
    nets: list[Net] = field(default_factory=list)
    timeline: list[tuple[float, str]] = field(default_factory=list)
    touched: int = 0
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Tell whether every net caught the fault."""
        return bool(self.nets) and all(net.caught for net in self.nets)


class Drill:
    """One drill in its own data directory."""

    def __init__(self, settings: Settings, name: str, say: Say, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._zero, self._say = clock, clock(), say
        self.breakage: Breakage = breakages.BREAKAGES[name]
        self.report = Report(name, settings.data_dir / "drills" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{name}")
        self._hook = Receiver(SECRET)
        build.build([HELP_CENTRE], settings.data_dir)  # where the next drill finds it too: embedding it is a sixth of a drill
        self.settings = _own(settings, self.report.folder, self._hook.url)
        self._numbers = itertools.count(1)
        self.desks: Desks
        self.watcher: watcher.Watcher
        self._suite = cases.load()

    def run(self) -> Report:
        """Run the drill to its end."""
        self._hook.start()
        try:
            self._set_up()
            with followers.follow(self.settings) as follower:
                self._gate()
                if self.report.passed:  # what the gate lets into use cannot be a canary any more
                    self._canary()
                    self._active(follower)
                    self._aftermath()
        finally:
            self._hook.stop()
            if hasattr(self, "desks"):
                self.desks.close()
            self.report.seconds = self._clock() - self._zero
        return self.report

    def _tell(self, words: str) -> None:
        at = self._clock() - self._zero
        self.report.timeline.append((at, words))
        self._say(f"{at:6.1f} s  {words}")

    def _net(self, name: str, caught: bool, how: str) -> None:
        self.report.nets.append(Net(name, caught, how))
        self._tell(f"{'caught' if caught else 'MISSED'} by the {name}: {how}")

    def _set_up(self) -> None:
        index.make_current(self.settings.data_dir, build.build([HELP_CENTRE], self.settings.data_dir).snapshot_name)
        opened = bootstrap.open_desks(self.settings)
        parts = replace(opened.parts, stand_ins=breakages.STAND_INS, providers={})  # a drill costs nothing, whatever keys are set
        breakages.write_good(parts, self.breakage.hosted)
        self.desks = Desks(parts, bootstrap.build)
        metrics = Metrics()
        self._worker = Worker(self.desks.engine, self.desks.choose, metrics, threads=0)
        self._intake = Intake(self.desks.engine, metrics, self._worker)
        self.watcher = watcher.Watcher(self.desks.engine, self.settings, drift.Health(self.settings))
        held = self._check(moves.FIRST_RELEASE, None)
        if held.verdict != "pass":
            raise RuntimeError(f"the good release of the drill does not pass its own gate: {'; '.join(held.reasons)}")
        kept = run.stored(self.settings.releases_dir, moves.FIRST_RELEASE)
        control = gate.verdict(kept, gate.load(RULES), kept) if kept else None
        if control is None or control.decision != "pass":  # too few cases for a rule would look like a catch later
            raise RuntimeError(f"the gate of the drill cannot judge: {'; '.join(one.says for one in control.broken) if control else 'no report'}")
        self._tell(f"release {moves.FIRST_RELEASE} is in use; it passed the gate with a baseline of {held.baseline.mails} mails")

    def _check(self, name: str, against: str | None) -> certificate.Certificate:
        suite = release_evals.sample(self._suite, MAILS, QUESTIONS, ATTACKS)
        rules = tuple(rule for rule in gate.load(RULES) if against or rule.at_most is not None)
        exam = release_evals.short(self.desks.parts, suite, rules, against, datetime.now(UTC))
        chosen = release_files.load(self.settings, name)
        return release_check.check(self.desks.parts, chosen, against, inbox(), "the sample inbox", exam, datetime.now(UTC))

    def _gate(self) -> None:
        """The first net: the check fails the release, and it cannot be put in use."""
        changes = self.breakage.make(self.desks.parts)
        release_files.create(self.settings, self.desks.engine, BAD, changes, self.breakage.says, f"{datetime.now(UTC):%Y-%m-%d}")
        self._tell(f"release {BAD} is made: {self.breakage.says}")
        held = self._check(BAD, moves.FIRST_RELEASE)
        try:
            self._activate("drill")
        except certificate.NotGated:
            self._net("gate", held.verdict == "fail", held.reasons[0] if held.reasons else held.verdict)
        else:
            self._net("gate", False, f"release {BAD} was put in use")

    def _activate(self, why: str, force: bool = False) -> None:
        activation.activate(self.desks.engine, self.settings, release_files.load(self.settings, BAD), WHO, why, datetime.now(UTC), force)

    def _canary(self) -> None:
        """The second net: forced past the gate as a canary, it is rolled back by itself."""
        bad = release_files.load(self.settings, BAD)
        activation.canary(self.desks.engine, self.settings, bad, PERCENT, WHO, "to see the canary catch it", datetime.now(UTC), force=True)
        self._tell(f"release {BAD} is forced past the gate as a canary of {PERCENT} %")
        sent, trips = self._serve(MOST_CANARY)
        self._net("canary", self._caught(trips), self._how(trips, sent))

    def _active(self, follower: Follower) -> None:
        """The third net: forced into use, the monitors roll it back, and another process follows."""
        self._activate("to see the monitors catch it", force=True)
        self._tell(f"release {BAD} is forced into use for all mail")
        took = follower.wait(BAD, FOLLOWED_WITHIN_S * 3)
        self._tell(f"another process uses {BAD}" + (f" after {took:.1f} s" if took is not None else ": not within the time"))
        sent, trips = self._serve(MOST_ACTIVE)
        took = follower.wait(moves.FIRST_RELEASE, FOLLOWED_WITHIN_S)
        self._net("monitors", self._caught(trips), self._how(trips, sent))
        self._net(
            "other process",
            took is not None,
            f"back at {moves.FIRST_RELEASE} {took:.1f} s later" if took is not None else f"not back at {moves.FIRST_RELEASE} within 5 s",
        )

    def _serve(self, most: int) -> tuple[int, list[Trip]]:
        """Let mail come in until a monitor trips on the bad release and rolls it back; return the mails sent and what tripped in that look."""
        wave = list(self.breakage.wave(self._suite)) if self.breakage.wave else []
        mails = (
            inbox() if not wave else [raw for three in zip(inbox(), itertools.cycle(wave), itertools.cycle(wave[1:]), strict=False) for raw in three]
        )
        for sent, raw in enumerate(itertools.islice(itertools.cycle(mails), most), 1):
            self._worker.run(self._intake.take(_anew(raw, next(self._numbers))).id)
            if sent % LOOK_AFTER == 0:
                trips = self.watcher.look()
                if any(trip.rolled_back for trip in trips):
                    return sent, trips
        return most, []

    def _right(self, trips: Sequence[Trip]) -> list[Trip]:
        """Return the trips of the bad release on monitors that are there for this fault."""
        return [trip for trip in trips if trip.release == BAD and trip.reading.monitor in self.breakage.caught_by]

    def _caught(self, trips: Sequence[Trip]) -> bool:
        standing = moves.standing(self.desks.engine)
        return bool(self._right(trips)) and standing.active == moves.FIRST_RELEASE and not standing.canary

    def _how(self, trips: Sequence[Trip], sent: int) -> str:
        if not trips:
            return f"nothing tripped in {sent} mails"
        one = (self._right(trips) or trips)[0].reading
        value = f"{one.value:.2f}" if one.value is not None else "unknown"
        limit = f"{one.threshold:.2f}" if one.threshold is not None else "none"
        return f"{one.monitor} {value} (threshold {limit}) after {sent} mails, {one.sample} counted; rolled back to {moves.active(self.desks.engine)}"

    def _aftermath(self) -> None:
        """The nets behind the nets: incident, note, webhook, regression case, and every ticket with its release."""
        self.watcher.deliver()
        opened = [one for one in incidents.listed(self.desks.engine) if one.release == BAD and one.note]
        runbook = Path(__file__).parent.parent / "runbooks" / f"{opened[0].runbook}.md" if opened else None
        notes = sorted((self.settings.data_dir / "incidents").glob("*.md"))
        how = f"{opened[0].runbook}, {len(opened[0].timeline)} lines, note {notes[-1].name}" if opened and notes else "there is none"
        self._net("incident", bool(opened and notes and runbook and runbook.is_file()), how)
        self._net("webhook", bool(self._hook.received) and not self._hook.refused, f"{len(self._hook.received)} signed messages arrived")
        touched = _touched(opened)
        self.report.touched = len(touched)
        self._case(touched)

    def _restored(self) -> Desk:
        """Return the good release's desk, as soon as this process has followed too."""
        until = time.monotonic() + FOLLOWED_WITHIN_S
        while (desk := self.desks.choose()).release.name != moves.FIRST_RELEASE and time.monotonic() < until:
            time.sleep(0.05)
        return desk

    def _case(self, touched: Sequence[str]) -> None:
        desk = self._restored()
        again = list(replay.replay(self.desks.engine, desk, BAD, None, REPLAYED))
        self._tell(f"{len(touched)} mails were touched; of the newest {len(again)}, {replay.summary(again)} under {desk.release.name}")
        worst = next((one.id for one in reversed(again) if one.differences), touched[-1] if touched else None)
        if worst is None:
            self._net("regression case", False, "no mail was touched")
            return
        path = eval_candidates.make(self.desks.engine, self.settings.data_dir, worst, f"drill {self.report.drill}")
        read = list(cases.read(path))
        self._net("regression case", len(read) == 1, str(path.relative_to(self.settings.data_dir)))


def _own(settings: Settings, folder: Path, url: str) -> Settings:
    """Give a drill a data directory of its own, which borrows only what is named by its content and never changes."""
    folder.mkdir(parents=True)
    for name in ("encoders", "fitted"):
        (settings.data_dir / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to((settings.data_dir / name).resolve())
    (folder / "snapshots").mkdir()
    for path in (settings.data_dir / "snapshots").glob("*/manifest.json"):
        (folder / "snapshots" / path.parent.name).symlink_to(path.parent.resolve())
    (folder / "releases").mkdir()
    shutil.copytree(settings.releases_dir / moves.FIRST_RELEASE, folder / "releases" / moves.FIRST_RELEASE)
    shutil.copytree(settings.prompts_dir, folder / "prompts")
    breakages.write_prices(folder / "prices")
    changes: dict[str, Any] = {
        "data_dir": folder,
        "database_url": None,
        "releases_dir": folder / "releases",
        "prompts_dir": folder / "prompts",
        "prices_dir": folder / "prices",
        "webhook_url": url,
        "webhook_secret": SecretStr(SECRET),
    }
    return settings.model_copy(update=changes)


def inbox() -> list[bytes]:
    """Return the mails of the sample inbox."""
    return [path.read_bytes() for path in sorted(INBOX.glob("*.eml"))]


def _anew(raw: bytes, number: int) -> bytes:
    """Give a mail another Message-ID, so that it is another mail."""
    message = message_from_bytes(raw, policy=SMTP)
    del message["Message-ID"]
    message["Message-ID"] = f"<{number}@drill.example>"
    return message.as_bytes()


def _touched(opened: Sequence[incidents.Case]) -> list[str]:
    return [id for case in reversed(opened) for line in case.timeline for id in line.detail.get("mails", ())]
