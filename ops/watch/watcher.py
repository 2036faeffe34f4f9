"""The watcher: looks at live traffic again and again, and acts when a monitor trips."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import inf
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from ops import release_files
from ops.watch import monitors, rollback_notes, traffic, webhook
from ops.watch.drift import Health
from ops.watch.monitors import Reading
from ops.watch.traffic import Mail
from service import ids, logs, release
from service.release import Monitors, Release
from service.releases import certificate, moves
from service.releases.certificate import Baseline
from service.releases.moves import NoWayBack, RolledBack, Standing
from service.settings import Settings
from service.storage import emails, erasure, incidents, leases, locks, readings, totals
from service.storage.database import reading, writing
from service.storage.spending import Spending
from service.storage.tables import MonitorState

EVERY_S = 2.0
KEEP_EVERY = timedelta(seconds=60)  # readings in between are written only when a monitor trips or recovers
EXPIRE_EVERY = timedelta(hours=1)
LOCK_S = 20.0  # after which another process watches, where this one is gone
RECOVERED = 0.8  # of its threshold, below which a tripped monitor has recovered
WATCHER = "watcher"

Now = Callable[[], datetime]
T = TypeVar("T")


@dataclass(frozen=True)
class Trip:
    """A monitor that tripped: what it read, on which release, which role that has, and what was done about it."""

    release: str
    role: str  # canary, fresh, settled
    reading: Reading
    incident: str
    rolled_back: bool
    note: str | None = None


class Watcher:
    """Looks at the release in use and its canary. Without `health` the snapshots are left alone, and only rows are read."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        health: Health | None = None,
        now: Now = lambda: datetime.now(UTC),
        send: webhook.Post = webhook.post,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._health = health
        self._now = now
        self._send = send
        self._spending = Spending(engine, now)
        self._name = f"{leases.holder()} {id(self):x}"
        self._holds_until = -inf
        self._rolled: datetime | None = None
        self._expired: datetime | None = None
        self._added_up: datetime | None = None
        self._loaded: dict[Path, tuple[int, Release]] = {}
        self._kept: dict[str, datetime] = {}
        self._flags: dict[str, bool] = {}
        self._last: Standing | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="watcher", daemon=True)

    def start(self) -> None:
        """Look every few seconds from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the look in hand and end."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
            with suppress(SQLAlchemyError):  # then it runs out by itself
                locks.give_up(self._engine, WATCHER, self._name)

    def _work(self) -> None:
        """Do all that is due, each thing whatever became of the others: a release that cannot be read keeps back no webhook and no erasure."""
        while not self._stopping.wait(EVERY_S):
            if _tried("lock", self._is_mine):
                for step, do in (("look", self.look), ("deliver", self.deliver), ("expire", self._expire), ("add_up", self._add_up)):
                    _tried(step, do)

    def _expire(self) -> None:
        """Erase what is older than the settings let it get, every hour."""
        now, days = self._now(), self._settings.retention_days
        if days is None or (self._expired is not None and now - self._expired < EXPIRE_EVERY):
            return
        if count := erasure.expire(self._engine, self._settings.data_dir, now - timedelta(days=days), now):
            logs.tell("retention.erased", count=count)
        self._expired = now

    def _add_up(self) -> None:
        """Add up what is over, every hour; of a long history some at a time, so that the next look is not late."""
        now = self._now()
        if self._added_up is not None and now - self._added_up < totals.ROLL_EVERY:
            return
        if totals.roll_up(self._engine, now) < totals.AT_ONCE:
            self._added_up = now

    def _is_mine(self) -> bool:
        """Tell whether this process watches: one does, for all that share the database, and another takes over when it is gone."""
        if time.monotonic() < self._holds_until - LOCK_S / 2:
            return True
        asked = time.monotonic()
        self._holds_until = asked + LOCK_S if locks.take(self._engine, WATCHER, self._name, LOCK_S) else -inf
        return self._holds_until > asked

    def look(self) -> list[Trip]:
        """Take all readings once and act on what trips; return the trips."""
        standing = moves.standing(self._engine)
        self._tell_of_rollback(standing)
        both = [name for name in (standing.active, standing.canary) if name]
        taken = {name: self.readings(name, standing) for name in both}
        before = {name: self._tripped(name, _began(name, standing)) for name in both}
        state = {name: [_state(one, before[name]) for one in taken[name]] for name in both}
        trips = []
        for name in reversed(both):  # the canary first: what it takes with it is not the release's fault
            new = [one for one in state[name] if one.beyond and one.monitor not in before[name]]
            self._keep(name, state[name], before[name])
            shared = {one.monitor for one in state[standing.active] if one.beyond} if name == standing.canary else set()
            trips += self._act(name, new, standing, shared)
        self._last = moves.standing(self._engine)
        return trips

    def deliver(self) -> int:
        """Send what the webhook does not have yet; return how many messages arrived."""
        secret = self._settings.webhook_secret
        return webhook.deliver_due(self._engine, self._settings.webhook_url, secret.get_secret_value() if secret else None, self._now(), self._send)

    def _tell_of_rollback(self, standing: Standing) -> None:
        """Write the note of a rollback that a person made over HTTP or on the console, since the last look."""
        rolled = _rolled_back(self._last, standing)
        if rolled is None or any(one.note and one.release == rolled.left for one in incidents.listed(self._engine, open_only=True)):
            return
        move = next(one for one in reversed(moves.history(self._engine)) if one.release == rolled.left)
        title, now = f"release {rolled.left} was rolled back by {move.who}", self._now()
        incident, _ = incidents.open_or_add(self._engine, "rollback", "medium", rolled.left, title, now, release_files.BY_HAND, {"why": move.why})
        rollback_notes.write(self._engine, self._settings.data_dir, incident, rolled, move.who, move.why, now, None, release_files.BY_HAND)

    def readings(self, name: str, standing: Standing) -> list[Reading]:
        """Take all readings of one release."""
        chosen = self._load(name)
        rules, now = chosen.monitors, self._now()
        began = _began(name, standing)
        since = max(began, now - timedelta(hours=rules.hours)) if began else now - timedelta(hours=rules.hours)
        by_release = {one: self._mails(one, since, rules.window) for one in {name, standing.active, standing.canary} if one}
        all_mail = sorted((mail for mails in by_release.values() for mail in mails), key=lambda mail: mail.id)[-rules.window :]
        against, baseline = self.baseline(name, standing)
        words = self._health.words(chosen) if self._health else None
        found = monitors.take(by_release[name], rules, baseline, words, all_mail) + self._money(chosen, rules, now)
        return found + (self._health.readings(chosen, against, baseline) if self._health else [])

    def _mails(self, name: str, since: datetime, most: int) -> list[Mail]:
        mails = traffic.recent(self._engine, name, since, most)
        if self._load(name).checks.screening:
            return mails
        return [replace(mail, flagged=self._flagged(mail.id)) for mail in mails]  # what it does not look for must be seen all the same

    def baseline(self, name: str, standing: Standing) -> tuple[str, Baseline]:
        """Return what a release is held against: the baseline of its passing report, else of the newest before it that has one, with whose it is.

        A release that was forced past its gate is not the measure of itself.
        """
        for one in dict.fromkeys((name, standing.active, *reversed(standing.way_back))):
            held = certificate.read(self._settings.releases_dir / one)
            if held is not None and held.verdict == "pass":
                return one, held.baseline
        return name, Baseline()

    def _flagged(self, id: str) -> bool:
        """Screen a mail that its release did not screen; each is looked at once."""
        if id not in self._flags:
            self._flags[id] = traffic.is_flagged(emails.raw(self._engine, id) or b"")
        return self._flags[id]

    def _load(self, name: str) -> Release:
        path = self._settings.releases_dir / name / "release.toml"
        changed = path.stat().st_mtime_ns if path.is_file() else 0
        if self._loaded.get(path, (-1, None))[0] != changed:
            self._loaded[path] = changed, release.load(path)
        return self._loaded[path][1]

    def _money(self, chosen: Release, rules: Monitors, now: datetime) -> list[Reading]:
        day = Decimal(str(chosen.budgets.day_usd))
        if not day:
            return []
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        today = float(self._spending.since(midnight) / day)
        hour = float(emails.spent_since(self._engine, now - timedelta(hours=1)) / day) * 24
        return [monitors.single("day_budget", today, 1, rules.day_budget), monitors.single("burn", hour, 1, rules.burn)]

    def _tripped(self, name: str, began: datetime | None) -> frozenset[str]:
        """Return the monitors whose newest reading is a trip, since the release came where it is."""
        since = max(began, self._now() - readings.KEEP_FOR) if began else self._now() - readings.KEEP_FOR
        query = select(MonitorState.monitor).where(MonitorState.release == name, MonitorState.at >= since, MonitorState.tripped.is_(True))
        with reading(self._engine) as session:
            return frozenset(session.scalars(query))

    def _keep(self, name: str, taken: list[Reading], before: frozenset[str]) -> None:
        now = self._now()
        changed = [one for one in taken if one.beyond != (one.monitor in before)]
        due = now - self._kept.get(name, now - KEEP_EVERY) >= KEEP_EVERY
        rows = [_row(name, one, now, self._load(name).monitors.hours * 3600) for one in (taken if due else changed) if one.sample or one.beyond]
        if not rows:
            return
        with writing(self._engine) as session:
            readings.keep(session, rows)
            if due:
                self._kept[name] = now
        if self._rolled is None or now - self._rolled >= readings.ROLL_EVERY:
            readings.roll_up(self._engine, now, self._rolled)
            self._rolled = now

    def _act(self, name: str, new: list[Reading], standing: Standing, shared: set[str]) -> list[Trip]:
        """Open or add to an incident for each trip; leave a canary or a fresh release, unless the other release suffers from the same."""
        trips: list[Trip] = []
        role = self._role(name, standing)
        for one in sorted(new, key=lambda one: one.p if one.p is not None else 1.0):
            rolls = role != "settled" and (one.monitor not in shared or one.monitor in monitors.FROM_OUTSIDE)
            trips.append(self._trip(name, role, one, rolls and not any(trip.rolled_back for trip in trips)))
        return trips

    def _role(self, name: str, standing: Standing) -> str:
        if name == standing.canary:
            return "canary"
        fresh = timedelta(hours=self._load(name).monitors.fresh_hours)
        return "fresh" if standing.before and standing.since and self._now() - standing.since < fresh else "settled"

    def _trip(self, name: str, role: str, one: Reading, rolls: bool) -> Trip:
        now, runbook = self._now(), monitors.runbook(one.monitor)
        words = rollback_notes.told(one)
        title = f"{one.monitor} on release {name} ({role}): {words}"
        incident, _ = incidents.open_or_add(
            self._engine, runbook, "high" if rolls else "medium", name, title, now, runbook, {"monitor": one.monitor, "reading": words}
        )
        logs.warn("monitor.tripped", monitor=one.monitor, release=name, role=role, incident=incident)
        if not rolls:
            return Trip(name, role, one, incident, False)
        try:
            rolled = moves.roll_back(self._engine, WATCHER, f"{one.monitor} tripped", now, leaving=name)
        except NoWayBack as exc:  # another watcher, or a person, was faster
            incidents.tell(self._engine, incident, now, f"not rolled back: {exc}")
            return Trip(name, role, one, incident, False)
        path = rollback_notes.write(self._engine, self._settings.data_dir, incident, rolled, WATCHER, f"{one.monitor} tripped", now, one, runbook)
        logs.warn("release.rolled_back", release=name, restored=rolled.restored, incident=incident)
        return Trip(name, role, one, incident, True, str(path))


def _tried(step: str, do: Callable[[], T]) -> T | None:
    try:
        return do()
    except Exception as exc:  # the outer edge: whatever it is, what comes next is done all the same, and this is tried again
        logs.failed("watch.failed", exc, step=step)
        return None


def _rolled_back(before: Standing | None, now: Standing) -> RolledBack | None:
    """Return the rollback that lies between two looks, None where there is none."""
    if before is None:
        return None
    if now.active != before.active and now.way_back == before.way_back[:-1]:
        return RolledBack(before.active, "active", before.since, now.active, None)
    if before.canary and now.canary is None and now.way_back == before.way_back:
        return RolledBack(before.canary, "canary", before.canary_since, now.active, before.percent)
    return None


def _began(name: str, standing: Standing) -> datetime | None:
    return standing.canary_since if name == standing.canary else standing.since


def _state(one: Reading, before: frozenset[str]) -> Reading:
    """Let a monitor that tripped stay so until it has clearly recovered: a value that wavers about its threshold pages once."""
    if one.beyond or one.monitor not in before or one.value is None or one.threshold is None:
        return one
    return replace(one, beyond=one.value > RECOVERED * one.threshold)


def _row(release: str, one: Reading, now: datetime, window_s: float) -> Mapping[str, object]:
    return {
        "id": ids.new(now), "at": now, "monitor": one.monitor, "release": release, "window_s": window_s, "sample": one.sample, "value": one.value,
        "baseline": one.baseline, "threshold": one.threshold, "p_value": one.p, "tripped": one.beyond,
    }  # fmt: skip
