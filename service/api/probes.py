"""Is it alive, has it started, can it work: asked by orchestrators, answered at once whatever else goes on."""

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.exc import SQLAlchemyError

from service import logs
from service.api.problems import Problem, responses
from service.api.routes import House, now
from service.releases.serving import NoDesk
from service.storage import database, heartbeats, measures
from service.storage.damages import Damages
from service.wire import Wire

ANSWER_S = 0.8  # from when the call came in, the look at its token included: an orchestrator gives up after a second
PROBE = "probe"

probes = APIRouter(tags=["probes"])


class Health(Wire):
    """That the process answers, or that it can work and with what."""

    status: str
    release: str | None = None
    snapshot: str | None = None
    pending: int | None = None


class Readiness:
    """Finds out whether the service can work, in one thread of its own: a check that hangs holds up nobody, and is not begun a second time."""

    def __init__(self, house: House, clock: Callable[[], float] = time.monotonic) -> None:
        self._house = house
        self._clock = clock
        self._lock = threading.Lock()
        self._damages = Damages(house.engine, clock)
        self._check: Future[Health] | None = None
        self._since = 0.0
        self._at = "the database"

    def begin(self) -> None:
        """Begin what takes long, before anybody asks."""
        self._damages.look()

    async def ask(self, within: float) -> Health:
        """Return what the service works with, within so many seconds. Raises the Problem (503) that says why it cannot."""
        check = self._begun()
        answered = asyncio.wrap_future(check)
        answered.add_done_callback(lambda done: done.cancelled() or done.exception())  # who has gone does not want to hear of it
        await asyncio.wait({answered}, timeout=max(0.0, within))
        if not check.done():
            raise Problem(503, "not-ready", f"{self._at} has not answered for {self._clock() - self._since:.1f} s")
        return check.result()

    def _begun(self) -> "Future[Health]":
        with self._lock:
            if self._check is None or self._check.done():
                self._since, self._at = self._clock(), "the database"
                self._check = Future()
                # A daemon: one that hangs in the database must not keep the process from ending.
                threading.Thread(target=self._answer, args=(self._check,), name="readiness", daemon=True).start()
            return self._check

    def _answer(self, check: "Future[Health]") -> None:
        try:
            check.set_result(self._look())
        except Exception as exc:  # whatever it is, who asks gets to hear it
            check.set_exception(exc)

    def _look(self) -> Health:
        house = self._house
        try:
            current = database.version(house.engine)
            if not database.fits(current):
                raise Problem(503, "old-schema", f"the database is at {current}, this version needs {database.newest()}")
            heartbeats.beat(house.engine, PROBE)
            pending = measures.waiting(house.engine, now())
        except SQLAlchemyError as exc:
            logs.failed("probe.no_database", exc)
            words = str(getattr(exc, "orig", None) or type(exc).__name__).splitlines()[0]
            raise Problem(503, "no-database", f"the database does not take a write: {words}") from exc
        self._at = "the data directory"
        try:
            house.settings.data_dir.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=house.settings.data_dir) as file:
                file.write(b"x" * 4096)
        except OSError as exc:
            raise Problem(503, "no-disk", f"nothing can be written in {house.settings.data_dir}: {exc.strerror or exc}") from exc
        if damage := self._damages.found():
            raise Problem(503, "damaged", f"the database file is damaged ({damage}): run proofdesk doctor")
        self._at = "the desk"
        try:
            desk = house.desks.choose()
        except NoDesk as exc:
            raise Problem(503, "not-ready", str(exc)) from exc
        if why := house.desks.behind:
            raise Problem(503, "unusable-release", f"release {desk.release.name} is served, for what is in use cannot be: {why}")
        if house.worker.is_dead:
            raise Problem(503, "no-workers", "no thread takes up mail, or none gives signs of life; the log says why")
        return Health(status="ready", release=desk.release.name, snapshot=house.desks.snapshot, pending=int(pending["pending"]))


@dataclass(frozen=True)
class Probed:
    """What the probes ask."""

    house: House
    readiness: Readiness


async def _probed(request: Request) -> Probed:
    probed: Probed = request.app.state.probed
    return probed


Here = Annotated[Probed, Depends(_probed)]


@probes.get("/healthz", summary="Is the process alive?")
async def healthy() -> Health:
    """Say that the process answers."""
    return Health(status="alive")


@probes.get("/startupz", summary="Has it started?", responses=responses(503))
async def started(probed: Here) -> Health:
    """Say whether the first desk is built, or why it cannot be; until then an orchestrator should neither send anything nor end the process."""
    if probed.house.desks.is_starting:
        raise Problem(503, "starting", "the first desk is being prepared")
    return Health(status="started")


@probes.get("/readyz", summary="Can it work?", responses=responses(503))
async def ready(probed: Here, request: Request) -> Health:
    """Say within a second whether everything that mail needs is there and can be written to; a problem says what is missing."""
    return await probed.readiness.ask(request.scope["began"] + ANSWER_S - time.perf_counter())
