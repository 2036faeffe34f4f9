"""Workers: threads that take up accepted emails and see each one to its end."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ingestion.mail.message import NotAnEmail
from service import logs, pipeline
from service.answers import HandedOver
from service.outcomes import Outcome
from service.pipeline import Desk
from service.releases.serving import NoDesk
from service.storage import database, emails, heartbeats, kept_replies, leases, rows
from service.storage.leases import Lease
from service.storage.rows import Owner
from service.trace import Trace

if TYPE_CHECKING:  # a command that answers one question counts nothing
    from service.telemetry.prometheus import Metrics

POLL_S = 0.5  # how often an idle worker looks for mail that another process accepted
PAUSE_S = 2.0  # before the second try; doubled for every further one
BEAT_S = 2.0  # between two signs of life of a worker
SILENT_S = 10.0  # without one, after which its mail goes to another worker
DRAIN_S = 5.0  # what storing an email may take after its time, when a worker is to end
SPARE_S = 60.0  # a lease outlasts the time that an email may take by this much

UNREAD = "its worker ended before it was done in each of its tries: restarts, or something in this mail; nothing of it was read"

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
        now: Now | None = None,
        poll: float = POLL_S,
        pause: float = PAUSE_S,
    ) -> None:
        self._engine = engine
        self._choose = choose
        self._metrics = metrics
        self._now = now or self._by_the_database
        self._poll = poll
        self._pause = pause
        self._name = leases.holder()
        self._threads = [self._thread(number) for number in range(threads)]
        self._heart = threading.Thread(target=self._live, name="heartbeat", daemon=True)
        self._stopping, self._ended = threading.Event(), threading.Event()
        self._idle = threading.Condition()
        self._told = 0
        self._longest = DRAIN_S
        self._waiting: dict[str, list[Future[None]]] = {}
        self._running: dict[str, Trace] = {}

    def start(self) -> None:
        """Take over what dead workers of this host left behind, and begin."""
        if recovered := leases.recover(self._engine, self._name, self._now()):
            logs.tell("emails.recovered", count=recovered)
        for thread in self._threads:
            thread.start()
        if self._threads:
            self._heart.start()

    def _by_the_database(self) -> datetime:
        with database.reading(self._engine) as session:
            return database.now(session)

    def _live(self) -> None:
        """Give signs of life, and take over the mail of workers that give none any more, as long as this one's own have gone through."""
        last = -inf
        while not self._ended.wait(BEAT_S if last > -inf else 0):
            try:
                heartbeats.beat(self._engine, self._name)
                now = time.monotonic()
                if now - last < SILENT_S / 2 and (count := leases.take_over(self._engine, self._silent(), self._now())):
                    logs.tell("emails.taken_over", count=count)
                last = now
            except Exception as exc:  # away for everybody, as far as one can tell from here: nobody's silence means anything until it is back
                logs.failed("worker.no_heartbeat", exc)
                last = -inf
                self._ended.wait(BEAT_S)

    def _silent(self) -> frozenset[str]:
        return heartbeats.silent(self._engine, timedelta(seconds=SILENT_S)) - {self._name}

    def stop(self, timeout: float | None = None) -> None:
        """Finish the emails in hand and end, within the time that an email may take where no other is given.

        What is not finished by then is given back, so that another worker takes it up at once.
        """
        self._stopping.set()
        with self._idle:
            self._idle.notify_all()
        deadline = time.monotonic() + (self._longest if timeout is None else timeout)
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            logs.warn("emails.given_back", count=leases.give_back(self._engine, self._name, self._now()))
        self._ended.set()
        if self._heart.ident is not None:
            self._heart.join(BEAT_S)
            with suppress(SQLAlchemyError):  # then it is forgotten in an hour
                heartbeats.end(self._engine, self._name)

    @property
    def is_dead(self) -> bool:
        """Whether this should work in threads of its own, and none of them lives, or none gives signs of life: then others take its mail from it."""
        if not self._threads or self._stopping.is_set():
            return False
        silent = self._heart.ident is not None and not self._heart.is_alive()
        return silent or not any(thread.is_alive() for thread in self._threads)

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

    def _thread(self, number: int) -> threading.Thread:
        return threading.Thread(target=self._run, args=(number,), name=f"worker-{number}", daemon=True)

    def _run(self, number: int) -> None:
        """Work until stopped; when whatever it is ends this thread all the same, tell, and leave the work to a new one."""
        try:
            self._work()
        except BaseException as exc:  # mail that nobody takes up is worse than anything that could be meant by this
            logs.failed("worker.died", exc, thread=number)
        if not self._stopping.wait(self._poll):
            self._threads[number] = self._thread(number)
            self._threads[number].start()

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
            except Exception as exc:  # the outer edge: what keeps mail from being taken up now must not keep it so for ever
                logs.failed("worker.failed", exc)
                lease = None
            if lease:
                self._guarded(lease)
                continue
            with self._idle:
                if self._told == seen and not self._stopping.is_set():
                    self._idle.wait(self._poll)

    def _take(self, only: str | None = None) -> Lease | None:
        seconds = self._choose("").release.budgets.email_seconds
        self._longest = seconds + DRAIN_S
        return leases.take(self._engine, self._name, self._now(), seconds + SPARE_S, only)

    def _guarded(self, lease: Lease) -> None:
        try:
            self._handle(lease)
        except Exception as exc:  # the outer edge: whatever it is, the other emails must go on, and this one is due again after its lease
            logs.failed("email.not_saved", exc, id=lease.id)

    def _handle(self, lease: Lease) -> None:
        desk, trace, began = self._choose(lease.key), Trace(), self._now()
        self._running[lease.id] = trace
        try:
            if lease.lost > leases.MOST_LOST:
                self._save(lease, desk, Outcome(None, handed_over=HandedOver("not_handled", UNREAD)), trace, began)
                return
            raw = trace("receive", emails.raw, self._engine, lease.id)
            if raw is None:
                raise LookupError(f"email {lease.id} has no content")
            replies = kept_replies.Replies(self._engine, Owner(lease.id), lease.tries, desk.release.name)
            desk = replace(desk, routes=desk.routes.keeping(replies))
            with desk.routes.email_budget() as spent:  # closed when the row is there: until then the day's budget must know of it from here
                self._save(lease, desk, pipeline.handle(raw, desk, trace, spent), trace, began)
        except NotAnEmail as exc:
            self._fail(lease, f"not an email: {exc}", trace, desk, began)
        except Exception as exc:  # recorded as this email's failure: the next one must not suffer for it
            logs.failed("email.failed", exc, id=lease.id, tries=lease.tries)
            again = began + timedelta(seconds=self._pause * 2**lease.faults) if lease.faults + 1 < leases.MOST_TRIES else None
            self._fail(lease, f"{type(exc).__name__} in stage {trace.spans[-1].stage if trace.spans else 'receive'}", trace, desk, began, again)
        finally:
            self._running.pop(lease.id, None)

    def _save(self, lease: Lease, desk: Desk, outcome: Outcome, trace: Trace, began: datetime) -> None:
        release = desk.release.name
        if not emails.save(self._engine, lease, outcome, trace, release, began, self._now()):
            logs.warn("email.lease_lost", id=lease.id)
            return
        status = outcome.ended
        self._metrics.email(status, release, outcome.degraded, trace, outcome.checked)
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
