"""Which desk handles an email: that of the release in use or of its canary, followed while they change."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from retrieval import encoder, index
from retrieval.encoder import Progress
from retrieval.index import SnapshotError
from service import logs, release
from service.arrays import FittedError
from service.models import Model, costs
from service.models.circuit_breaker import Breakers
from service.models.costs import Prices
from service.models.providers import Provider, ProvidersError
from service.pipeline import Desk
from service.prompting import PromptError
from service.release import Release, ReleaseError
from service.releases import moves
from service.releases.moves import Standing
from service.settings import Settings
from service.stages.check.coverage import ReaderError

PREPARED = "the first desk is being prepared; try again in some seconds"
FOLLOW_S = 1.0  # how often a process looks whether another release or snapshot is in use
MOST_DESKS = 4  # kept ready, so that a rollback takes no time
NOT_BUILT = (SnapshotError, encoder.EncoderError, FittedError, ReaderError, PromptError, ReleaseError, ProvidersError, costs.PricesError)


class NoDesk(Exception):
    """There is no desk that could handle email yet. The message says what to do."""


@dataclass(frozen=True)
class Parts:
    """What all desks of a process share."""

    settings: Settings
    engine: Engine
    breakers: Breakers
    providers: Mapping[str, Provider]
    prices: Prices
    stand_ins: Mapping[str, "StandIn"] = field(default_factory=dict)  # in place of providers, by name: for drills and tests
    progress: Progress | None = None  # told while something is fitted


class StandIn(Protocol):
    """Makes what a drill asks in place of a provider's model of that name, from the local model."""

    def __call__(self, model: str, local: Model) -> Model: ...


class Make(Protocol):
    """Builds the desk of a release on a snapshot."""

    def __call__(self, parts: Parts, chosen: Release, snapshot_name: str) -> Desk: ...


@dataclass(frozen=True)
class Serving:
    """What handles mail at one moment: the moves that say so, and a desk by release. Swapped as a whole."""

    standing: Standing
    desks: Mapping[str, Desk]
    snapshot: str

    def desk(self, key: str) -> Desk:
        """Return the desk for an email; a canary that cannot be built yet leaves its share to the release in use."""
        return self.desks.get(self.standing.serves(key)) or self.desks[self.standing.active]


class Desks:
    """Gives the desk for each email, and follows when another release or snapshot is put in use. Safe from many threads.

    Whoever asks first after FOLLOW_S seconds reads the moves; desks that are there already (a rollback's) serve at once, others are built
    in the background while the ones in use go on.
    """

    def __init__(self, parts: Parts, make: Make, clock: Callable[[], float] = time.monotonic) -> None:
        self.parts = parts
        self.engine = parts.engine
        self._clock = clock
        self._make = make
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._serving: Serving | None = None
        self._built: dict[tuple[str, str], Desk] = {}
        self._building: dict[tuple[str, str], threading.Thread] = {}
        self._why_not = ""
        self._active = ""
        self._told: dict[str, str] = {}
        self._waits = True

    def build_aside(self) -> None:
        """Build the first desk in the background too, and let nobody wait for it: a server has probes and other calls to answer meanwhile."""
        self._waits = False
        self._why_not = PREPARED

    def choose(self, key: str = "") -> Desk:
        """Return the desk that handles the email of that key. Raises NoDesk, with the words that say what to do."""
        if self._is_due() and self._lock.acquire(blocking=self._waits and self._serving is None):
            try:
                if self._is_due():  # another thread may have looked while this one waited
                    self._follow()
                    self._looked = self._clock()
            finally:
                self._lock.release()
        if self._serving is None:
            raise NoDesk(self._why_not)
        return self._serving.desk(key)

    @property
    def snapshot(self) -> str | None:
        """The name of the snapshot in use."""
        return self._serving.snapshot if self._serving else None

    @property
    def behind(self) -> str | None:
        """Why this process cannot serve what is in use, as far as it has tried; None where it does."""
        return self._why_not or None

    @property
    def is_starting(self) -> bool:
        """Whether nothing is known yet: no desk is there, and none has failed to be built."""
        return self._serving is None and self._why_not in ("", PREPARED)

    @property
    def standing(self) -> Standing | None:
        """What this process last saw in production."""
        return self._serving.standing if self._serving else None

    def close(self) -> None:
        """Close the database's connections."""
        for thread in list(self._building.values()):
            thread.join()
        self.engine.dispose()

    def _is_due(self) -> bool:
        return self._looked is None or self._clock() - self._looked >= FOLLOW_S

    def _follow(self) -> None:
        try:
            standing = moves.standing(self.engine)
            self._active = standing.active
            active = self._desk(standing.active)
            canary = self._canary(standing) if active else None
            if active is None:
                return  # it is being built; the desk in use goes on
            (_, snapshot), desk = active
            desks = {standing.active: desk} | ({standing.canary: canary[1]} if standing.canary and canary else {})
            before, self._serving = self._serving, Serving(standing, desks, snapshot)
            self._why_not = ""
            if before is None or before.standing != standing or before.snapshot != snapshot:
                logs.tell("desk.ready", release=standing.active, snapshot=snapshot, canary=standing.canary, percent=standing.percent)
            self._forget()
        except (*NOT_BUILT, NoDesk, SQLAlchemyError) as exc:
            self._not_followed(exc)
        except Exception as exc:  # the edge to all that a desk is built from: who asks is told, and the desk in use goes on
            self._unforeseen(exc)

    def _canary(self, standing: Standing) -> tuple[tuple[str, str], Desk] | None:
        """Return the canary's desk; one that cannot be built must not keep this process from following the release in use."""
        try:
            return self._desk(standing.canary) if standing.canary else None
        except (*NOT_BUILT, NoDesk) as exc:
            self._not_followed(exc, standing.canary or "")
        except Exception as exc:  # as above
            self._unforeseen(exc, standing.canary or "")
        return None

    def _desk(self, name: str) -> tuple[tuple[str, str], Desk] | None:
        """Return the desk of a release on its snapshot; None while it is built in the background. The first one is waited for."""
        chosen = release.load(self.parts.settings.releases_dir / name / "release.toml")
        key = name, snapshot_of(self.parts.settings.data_dir, chosen)
        if key not in self._built and self._serving is None and self._waits:
            self._built[key] = self._make(self.parts, chosen, key[1])
        elif key not in self._built and key not in self._building:
            thread = threading.Thread(target=self._build, args=(key, chosen), name=f"build-{name}", daemon=True)
            self._building[key] = thread
            thread.start()
        return (key, self._built[key]) if key in self._built else None

    def _build(self, key: tuple[str, str], chosen: Release) -> None:
        try:
            self._built[key] = self._make(self.parts, chosen, key[1])
            self._looked = None  # the next who asks finds it
        except (*NOT_BUILT, NoDesk, SQLAlchemyError) as exc:
            self._not_followed(exc, key[0])
        except Exception as exc:  # as above
            self._unforeseen(exc, key[0])
        finally:
            self._building.pop(key, None)

    def _not_followed(self, error: Exception, name: str = "") -> None:
        """Keep why the release in use (by default) cannot be; of a canary only the log knows, for its share goes on with the release in use."""
        if str(error) != self._told.get(name):
            logs.warn("desk.not_followed", error=type(error).__name__, release=name or None)  # the desk in use goes on
        self._told[name] = str(error)
        if name in ("", self._active):
            self._why_not = str(error)

    def _unforeseen(self, error: Exception, name: str = "") -> None:
        logs.failed("desk.failed", error, release=name or None)
        self._not_followed(NoDesk(f"the release cannot be prepared: {type(error).__name__}, and the log says where"), name)

    def _forget(self) -> None:
        """Drop the oldest desks that are neither in use nor the way back."""
        serving = self._serving
        wanted = {*serving.standing.way_back[-2:], serving.standing.canary} if serving else set()
        for key in [key for key in self._built if key[0] not in wanted][: max(0, len(self._built) - MOST_DESKS)]:
            del self._built[key]


def snapshot_of(data_dir: Path, chosen: Release) -> str:
    """Return the name of the snapshot that a release searches: its own, or the one the data directory uses. Raises NoDesk."""
    name = chosen.retrieval.snapshot or index.current(data_dir)
    if name is None:
        raise NoDesk("there is no help centre yet: run `proofdesk ingest PATH` with a folder of articles")
    return name
