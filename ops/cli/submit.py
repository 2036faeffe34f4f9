"""Runs emails named on the command line through the pipeline, stored like those that come over HTTP."""

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import Engine

from ingestion.mail.message import NotAnEmail
from ops.cli import mail_files, shared
from service.bootstrap import Desks
from service.intake import Intake
from service.settings import Settings
from service.storage import ticket_queries
from service.telemetry.prometheus import Metrics
from service.wire import TicketView
from service.worker import Worker

LOOK_S = 0.05  # between looks at an email that another process has in hand
PAUSE_S = 0.2  # before an email that failed is tried again


@dataclass(frozen=True)
class Done:
    """A finished email: its ticket, and why it was discarded or failed where it was."""

    name: str
    view: TicketView
    discarded: str | None
    failed: str | None


@dataclass(frozen=True)
class Refused:
    """What could not be taken in, and why."""

    name: str
    why: str
    asked_for: bool = True


def run(settings: Settings, desks: Desks, names: list[str]) -> Iterator[Done | Refused]:
    """Give the ticket of every email found under the names, or what is wrong with it, in order."""
    metrics = Metrics(shared.spans(settings))
    worker = Worker(desks.engine, desks.choose, metrics, threads=0, pause=PAUSE_S)
    intake = Intake(desks.engine, metrics, worker, largest=settings.max_email_bytes)
    ahead: deque[Future[Done | Refused]] = deque()
    with ThreadPoolExecutor(settings.workers) as pool:
        for found in mail_files.find(names, settings.max_email_bytes):
            ahead.append(pool.submit(_one, found, intake, desks.engine, worker))
            while len(ahead) > 2 * settings.workers or (ahead and ahead[0].done()):
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _one(found: mail_files.Found | mail_files.Bad, intake: Intake, engine: Engine, worker: Worker) -> Done | Refused:
    if isinstance(found, mail_files.Bad):
        return Refused(found.name, found.why, found.asked_for)
    try:
        received = intake.take(found.raw)
    except NotAnEmail as exc:
        return Refused(found.name, f"not an email: {exc}")
    return see_to(found.name, received.id, engine, worker)


def see_to(name: str, id: str, engine: Engine, worker: Worker) -> Done:
    """Handle an email here unless another process has it in hand, and give its ticket once it is finished."""
    while (view := ticket_queries.get(engine, id)) is not None and view.status == "processing":
        if not worker.run(id):
            time.sleep(LOOK_S)
    if view is None:
        raise LookupError(f"email {id} is gone")
    trace = ticket_queries.trace(engine, id) if view.status in ("discarded", "failed") else None
    return Done(name, view, trace.discarded if trace else None, trace.failed if trace else None)
