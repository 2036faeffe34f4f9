"""The inbox: the queue with its filters, mail dropped or pasted into it, and what changes while one looks."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import format_sse_event
from pydantic import ValidationError
from sqlalchemy import Engine, Select, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from ingestion.mail.message import NotAnEmail
from service import wire
from service.api.routes import Here, House, now
from service.console import formats, page
from service.storage import ticket_queries
from service.storage.database import reading
from service.storage.tables import Review, Ticket
from service.storage.ticket_queries import Filter
from service.trace import STAGES, Span
from service.wire import NewEmail

views = APIRouter()
PAGE = 50
CURSOR = r"^[0-9a-f-]{0,36}$"
LOOK_S = 1.0
LIVE_S, STORED_S = 0.03, 0.25  # between two looks at the stages of one mail: in memory, in the database
STREAM_S = 15.0  # browsers open a stream anew by themselves; short ones let the server stop when it is told to
PASTED_FROM = "Pasted into the console <pasted@console.invalid>"
SAMPLES = Path(__file__).parent.parent / "sample_inbox"
_HEADS = ("from:", "to:", "subject:", "date:", "message-id:", "received:", "return-path:", "mime-version:", "delivered-to:")


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; empty parts let everything through. `before` and `after` are the tickets next to which a page begins."""

    q: str = ""
    outcome: str = ""
    review: str = ""
    urgency: str = ""
    release: str = ""
    before: str = ""
    after: str = ""

    @property
    def filter(self) -> Filter:
        """As the queries take it."""
        urgency = self.urgency if self.urgency in ("high", "medium", "low") else None
        return Filter(None, self.outcome or None, self.review or None, urgency, self.release or None, self.q or None)

    @property
    def is_all(self) -> bool:
        """Whether every ticket is let through."""
        return self.filter == Filter()

    def address(self, **changes: str) -> str:
        """Return the address of the same list with other parts; a page of it is left unless it is given."""
        parts = {**asdict(self), "before": "", "after": "", **changes}
        return "/?" + urlencode({name: value for name, value in parts.items() if value}) if any(parts.values()) else "/"


def _wanted(
    q: Annotated[str, Query(max_length=200)] = "",
    outcome: str = "",
    review: str = "",
    status: str = "",
    urgency: str = "",
    release: str = "",
    before: Annotated[str, Query(pattern=CURSOR)] = "",
    after: Annotated[str, Query(pattern=CURSOR)] = "",
) -> Wanted:
    """Read the address; `status`, by which older links ask, is either what the system did or what a person did."""
    outcome, review = outcome or status, review or status
    return Wanted(
        wire_text(q), outcome if outcome in formats.OUTCOMES else "", review if review in formats.REVIEWS else "", urgency, release, before, after
    )


@views.get("/")
def show(request: Request, house: Here, wanted: Annotated[Wanted, Depends(_wanted)]) -> Response:
    """Show the queue, or what is searched for in it."""
    listed = ticket_queries.page(house.engine, wanted.filter, PAGE, wanted.before or None, wanted.after or None)
    outcomes, reviews = counts(house.engine)
    context: dict[str, Any] = {
        "tickets": listed.tickets,
        "older": wanted.address(before=listed.next) if listed.next else None,
        "newer": wanted.address(after=listed.previous) if listed.previous else None,
        "wanted": wanted,
        "matches": None if wanted.is_all else _matches(house, wanted, listed),
        "most": formats.MOST_COUNTED,
        "live": _live(outcomes),
        "counts": outcomes,
        "reviews": reviews,
        "outcome_names": formats.OUTCOMES,
        "review_names": formats.REVIEWS,
    }
    if request.headers.get("x-part") == "list":
        return page.fragment("inbox_list.html", **context)
    return page.page(request, house, "inbox.html", current="inbox", stages=STAGES, **context)


def _matches(house: House, wanted: Wanted, listed: wire.TicketList) -> int:
    """Count what a filter lets through; what one page holds whole is not looked for a second time."""
    if not (listed.next or listed.previous or wanted.before or wanted.after):
        return len(listed.tickets)
    return ticket_queries.count(house.engine, wanted.filter, formats.MOST_COUNTED)


def _live(outcomes: Mapping[str, int]) -> str:
    """Say how many tickets there are, and are in progress."""
    total, running = sum(outcomes.values()), outcomes.get("processing", 0)
    return f"{formats.counted(total)} ticket{'' if total == 1 else 's'}" + (f", {formats.counted(running)} in progress" if running else "")


def counts(engine: Engine) -> tuple[dict[str, int], dict[str, int]]:
    """Count tickets by what the system did and by what a person did, each up to `formats.MOST_COUNTED`: what a look costs must not grow with history."""
    columns = {"outcome": (Ticket.outcome, formats.OUTCOMES), "review": (Ticket.review, formats.REVIEWS)}
    found: dict[str, dict[str, int]] = {kind: {} for kind in columns}
    asked = [_some(kind, column, name) for kind, (column, names) in columns.items() for name in names]
    with reading(engine) as session:
        for kind, name, number in session.execute(union_all(*asked)):
            if number:
                found[kind][name] = number
    return found["outcome"], found["review"]


def _some(kind: str, column: InstrumentedAttribute[str | None], name: str) -> Select[str, str, int]:
    """Count the tickets that hold a word, as far as anybody wants to know; the indexes alone answer this."""
    held = select(Ticket.email_id).where(column.is_(None) if name == "none" else column == name).limit(formats.MOST_COUNTED).subquery()
    return select(literal(kind), literal(name), func.count()).select_from(held)


@views.post("/inbox/new", dependencies=[Depends(page.same_browser)])
async def new(
    request: Request,
    house: Here,
    text: Annotated[str, Form()] = "",
    file: Annotated[UploadFile | None, Form()] = None,
) -> Response:
    """Take in a mail that was dropped or pasted; scripts get its id, browsers without them its ticket."""
    content = await file.read() if file is not None and file.filename else b""
    scripted = "application/json" in request.headers.get("accept", "")
    try:
        received = await run_in_threadpool(house.intake.take, _given(content, text, now()))
    except (NotAnEmail, ValidationError) as exc:
        why = "there is nothing in it" if isinstance(exc, ValidationError) else str(exc)
        if scripted:
            return JSONResponse({"error": f"This cannot be taken in: {why}."}, 422)
        return await run_in_threadpool(_refused, request, house, why)
    if scripted:
        return JSONResponse({"id": received.id, "new": received.new})
    return page.back(f"/tickets/{received.id}")


def _refused(request: Request, house: House, why: str) -> Response:
    return page.page(request, house, "refused.html", 422, current="inbox", why=why)


def _given(content: bytes, text: str, at: datetime) -> bytes | NewEmail:
    """Return what was given as mail: a file or raw source as it is, anything else as the body of a new mail."""
    if content:
        return content
    normal = text.replace("\r\n", "\n").lstrip()
    first = normal.split("\n", 1)[0].lower()
    if first.startswith(_HEADS) and "\n\n" in normal and _has_two_heads(normal):
        return normal.encode("utf-8", "replace")
    subject, sender, body = "", PASTED_FROM, normal
    head, _, rest = normal.partition("\n")
    if head.lower().startswith("subject:"):
        subject, body = head[8:].strip()[:2000], rest.lstrip("\n")
    elif head.lower().startswith("from:") and "@" in parseaddr(head[5:])[1]:
        sender, body = head[5:].strip()[:1000], rest.lstrip("\n")
    return NewEmail(sender=sender, subject=subject, text=wire_text(body) or None, date=at)


def wire_text(text: str) -> str:
    """Return a text without what no mail may hold."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()


def _has_two_heads(text: str) -> bool:
    return sum(line.lower().startswith(_HEADS) for line in text.split("\n\n", 1)[0].split("\n")) >= 2


@views.post("/inbox/sample", dependencies=[Depends(page.same_browser)])
def load_samples(house: Here) -> Response:
    """Take in the sample inbox."""
    for path in sorted(SAMPLES.glob("*.eml")):
        house.intake.take(path.read_bytes())
    return page.back("/")


@views.get("/inbox/changes")
async def changes(request: Request, house: Here) -> Response:
    """Stream a word whenever the queue has changed."""

    async def stream() -> AsyncIterator[bytes]:
        seen = await run_in_threadpool(_state, house.engine)
        yield b"retry: 1000\n\n"
        for _ in range(int(STREAM_S / LOOK_S)):
            await asyncio.sleep(LOOK_S)
            if await request.is_disconnected():
                return
            found = await run_in_threadpool(_state, house.engine)
            if found != seen:
                seen = found
                yield format_sse_event(data_str=json.dumps(found[3]), event="changed")

    return _stream(stream())


def _state(engine: Engine) -> tuple[str | None, str | None, datetime | None, dict[str, int]]:
    """Return what is another as soon as a mail came in, was finished or was reviewed, also where there are more of them than are counted."""
    listed, _ = counts(engine)
    with reading(engine) as session:
        newest, review = session.scalar(select(func.max(Ticket.email_id))), session.scalar(select(func.max(Review.id)))
        finished = session.scalar(select(func.max(Ticket.finished_at)))
    return newest, review, finished, listed


@views.get("/inbox/{id}/progress")
async def progress(request: Request, house: Here, id: str) -> Response:
    """Stream the stages of one mail with their milliseconds: as they happen where this process has it in hand, else when they are stored."""

    async def stream() -> AsyncIterator[bytes]:
        told: set[str] = set()
        yield b"retry: 1000\n\n"
        until = time.monotonic() + STREAM_S
        while time.monotonic() < until and not await request.is_disconnected():
            if running := house.worker.running(id):
                for event in _stages(list(running.spans), told):
                    yield event
                await asyncio.sleep(LIVE_S)
                continue
            found = await run_in_threadpool(ticket_queries.trace, house.engine, id)
            if found is None:
                return
            if found.status != "processing":
                for event in _stages(found.spans, told):
                    yield event
                ended = {"status": formats.STATUSES[found.status], "ms": found.latency_ms, "url": f"/tickets/{found.id}"}
                yield format_sse_event(data_str=json.dumps(ended), event="done")
                return
            await asyncio.sleep(STORED_S)

    return _stream(stream())


def _stages(spans: Sequence[Span | wire.SpanView], told: set[str]) -> Iterator[bytes]:
    """Give what was not told yet: `began` for a stage that runs, `stage` for one that has ended."""
    for one in spans:
        running = isinstance(one, Span) and not one.ended
        word = f"{one.stage} runs" if running else one.stage
        if word in told:
            continue
        told.add(word)
        data = {"stage": one.stage} if running else {"stage": one.stage, "ms": round(one.ms, 1), "error": one.error}
        yield format_sse_event(data_str=json.dumps(data), event="began" if running else "stage")


def _stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
