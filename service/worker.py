"""Workers: threads that take up accepted emails and see each one to its end."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ingestion.mail.message import NotAnEmail
from service import logs, pipeline
from service.outcomes import Outcome
from service.pipeline import Desk
from service.releases.serving import NoDesk
from service.storage import emails, leases, rows
from service.storage.leases import Lease
from service.trace import Trace

if TYPE_CHECKING:  # a command that answers one question counts nothing
    from service.telemetry.prometheus import Metrics

POLL_S = 0.5  # how often an idle worker looks for mail that another process accepted
PAUSE_S = 2.0  # before the second try; doubled for every further one
SPARE_S = 60.0  # a lease outlasts the time that an email may take by this much

Choose = Callable[[str], Desk]
Now = Callable[[], datetime]


class Worker:
    """Handles emails, by itself in `threads` threads between `start` and `stop`, or one at a time when asked to.

    `choose` gives the desk for an email by its key, or raises NoDesk; the email then stays where it is.
    """

    def __init__(
        self,
        engine: Engine,
        choose: Choose,
        metrics: "Metrics",
        threads: int = 2,
        now: Now = lambda: datetime.now(UTC),
        poll: float = POLL_S,
        pause: float = PAUSE_S,
    ) -> None:
        self._engine = engine
        self._choose = choose
        self._metrics = metrics
        self._now = now
        self._poll = poll
        self._pause = pause
        self._name = leases.holder()
        self._threads = [threading.Thread(target=self._work, name=f"worker-{number}", daemon=True) for number in range(threads)]
        self._stopping = threading.Event()
        self._idle = threading.Condition()
        self._told = 0
        self._waiting: dict[str, list[Future[None]]] = {}
        self._running: dict[str, Trace] = {}

    def start(self) -> None:
        """Take over what dead workers of this host left behind, and begin."""
        if recovered := leases.recover(self._engine, self._name, self._now()):
            logs.tell("emails.recovered", count=recovered)
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 30.0) -> None:
        """Finish the emails in hand and end. What is not finished in time is taken up again by the next start."""
        self._stopping.set()
        with self._idle:
            self._idle.notify_all()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))

    def wake(self) -> None:
        """Tell an idle worker that an email is due."""
        with self._idle:
            self._told += 1
            self._idle.notify()

    def expect(self, id: str) -> Future[None]:
        """Return a future that is done when this process has finished an email from now on."""
        future: Future[None] = Future()
        with self._idle:
            self._waiting.setdefault(id, []).append(future)
        return future

    def forget(self, id: str, future: Future[None]) -> None:
        """Stop waiting for an email."""
        with self._idle:
            futures = self._waiting.get(id, [])
            if future in futures:
                futures.remove(future)
            if not futures:
                self._waiting.pop(id, None)

    def running(self, id: str) -> Trace | None:
        """Return the trace, still growing, of an email that this process has in hand."""
        return self._running.get(id)

    def run(self, id: str) -> bool:
        """Handle one email here and now, if it is due; False where another worker has it or it is finished. Raises NoDesk."""
        lease = self._take(id)
        if lease:
            self._handle(lease)
        return lease is not None

    def _work(self) -> None:
        while not self._stopping.is_set():
            seen = self._told
            try:
                lease = self._take()
            except NoDesk:
                lease = None
            except SQLAlchemyError as exc:  # a database that is away comes back; the mail is in it
                logs.failed("worker.no_database", exc)
                lease = None
            if lease:
                self._guarded(lease)
                continue
            with self._idle:
                if self._told == seen and not self._stopping.is_set():
                    self._idle.wait(self._poll)

    def _take(self, only: str | None = None) -> Lease | None:
        seconds = self._choose("").release.budgets.email_seconds + SPARE_S
        return leases.take(self._engine, self._name, self._now(), seconds, only)

    def _guarded(self, lease: Lease) -> None:
        try:
            self._handle(lease)
        except Exception as exc:  # the outer edge: whatever it is, the other emails must go on, and this one is due again after its lease
            logs.failed("email.not_saved", exc, id=lease.id)

    def _handle(self, lease: Lease) -> None:
        desk, trace, began = self._choose(lease.key), Trace(), self._now()
        self._running[lease.id] = trace
        try:
            if lease.tries > leases.MOST_TRIES:
                self._fail(lease, "its worker died in each of the tries", trace, desk, began)
                return
            raw = trace("receive", emails.raw, self._engine, lease.id)
            if raw is None:
                raise LookupError(f"email {lease.id} has no content")
            with desk.routes.email_budget() as spent:  # closed when the row is there: until then the day's budget must know of it from here
                self._save(lease, desk, pipeline.handle(raw, desk, trace, spent), trace, began)
        except NotAnEmail as exc:
            self._fail(lease, f"not an email: {exc}", trace, desk, began)
        except Exception as exc:  # recorded as this email's failure: the next one must not suffer for it
            logs.failed("email.failed", exc, id=lease.id, tries=lease.tries)
            again = began + timedelta(seconds=self._pause * 2 ** (lease.tries - 1)) if lease.tries < leases.MOST_TRIES else None
            self._fail(lease, f"{type(exc).__name__} in stage {trace.spans[-1].stage if trace.spans else 'receive'}", trace, desk, began, again)
        finally:
            self._running.pop(lease.id, None)

    def _save(self, lease: Lease, desk: Desk, outcome: Outcome, trace: Trace, began: datetime) -> None:
        release = desk.release.name
        if not emails.save(self._engine, lease, outcome, trace, release, began, self._now()):
            logs.warn("email.lease_lost", id=lease.id)
            return
        status = outcome.ended
        self._metrics.email(status, release, outcome.degraded, trace)
        total = rows.tally(trace.spans)
        logs.tell("email.finished", id=lease.id, status=status, release=release, degraded=outcome.degraded, ms=round(trace.ms, 1),
                  usd=str(total.usd) if total.usd is not None else None, unpriced=total.unpriced)  # fmt: skip
        self._announce(lease.id)

    def _fail(self, lease: Lease, why: str, trace: Trace, desk: Desk, began: datetime, again: datetime | None = None) -> None:
        emails.save_failure(self._engine, lease, why, trace, desk.release.name, began, again)
        if again is None:
            self._metrics.email("failed", desk.release.name, False, trace)
            self._announce(lease.id)

    def _announce(self, id: str) -> None:
        with self._idle:
            futures = self._waiting.pop(id, [])
        for future in futures:
            if future.set_running_or_notify_cancel():
                future.set_result(None)
