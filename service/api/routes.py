"""The calls of the API."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import ValidationError
from sqlalchemy import Engine

from ingestion.mail.message import NotAnEmail
from retrieval.passages import Search
from service import checking, logs, reviewing, wire
from service.api import problems
from service.api.problems import Problem, responses
from service.api.roles import Acting
from service.asking import Enquiries, Settled
from service.bootstrap import Desks
from service.checking import CheckRequest, CheckResult
from service.intake import Intake
from service.pipeline import Desk
from service.releases.serving import NoDesk
from service.settings import Settings
from service.storage import emails, reviews, ticket_queries
from service.storage.emails import Received
from service.storage.ticket_queries import Filter
from service.telemetry.prometheus import Metrics
from service.wire import Moment, NewEmail, NewQuestion, NewReview, TicketList, TicketView, TraceView
from service.worker import Worker

LONGEST_WAIT_S = 60
LOOK_S = 0.5  # how often a waiting call looks whether another process has finished its email
RAW, FIELDS = "message/rfc822", "application/json"

Id = Annotated[str, Path(description="Id of the ticket", examples=[wire.EXAMPLE_ID], max_length=64)]


@dataclass(frozen=True)
class House:
    """What the calls work with."""

    settings: Settings
    desks: Desks
    worker: Worker
    metrics: Metrics

    @property
    def engine(self) -> Engine:
        """The database."""
        return self.desks.engine

    @property
    def intake(self) -> Intake:
        """The door for mail."""
        return Intake(self.engine, self.metrics, self.worker, now, self.settings.max_email_bytes)

    @property
    def enquiries(self) -> Enquiries:
        """The door for questions."""
        return Enquiries(self.engine, self.metrics, now)


async def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


Here = Annotated[House, Depends(_house)]
api = APIRouter(prefix="/v1")


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


@api.post(
    "/emails",
    tags=["emails"],
    summary="Send an email",
    response_model=TicketView,
    status_code=202,
    responses={
        200: {"model": TicketView, "description": "It was received before: the earlier ticket"},
        201: {"model": TicketView, "description": "It was finished within `wait` seconds"},
        202: {"model": TicketView, "description": "It is stored and will be handled; `Location` says where to look"},
        **responses(413, 415, 422, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                RAW: {"schema": {"type": "string", "format": "binary", "description": "The raw email"}},
                FIELDS: {"schema": {"$ref": "#/components/schemas/NewEmail"}},
            },
        }
    },
)
async def send_email(
    request: Request,
    response: Response,
    house: Here,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for the ticket")] = 0,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255, description="Makes repeating this request safe")] = None,
) -> TicketView:
    """Store an email before answering; it is handled whatever happens to this connection."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in (RAW, FIELDS):
        raise Problem(415, "unsupported-media-type", f"send {RAW} (a raw email) or {FIELDS}, not {kind or 'a body without a content type'}")
    body = await request.body()
    received = await run_in_threadpool(_take, house, body, kind, idempotency_key)
    future = house.worker.expect(received.id)
    try:
        if wait:
            await _finished(house, received.id, future, wait)
    finally:
        house.worker.forget(received.id, future)
    view = await run_in_threadpool(_ticket, house, received.id)
    response.headers["Location"] = f"/v1/tickets/{received.id}"
    response.status_code = 200 if not received.new else 202 if view.status == "processing" else 201
    return view


def _take(house: House, body: bytes, kind: str, key: str | None) -> Received:
    try:
        return house.intake.take(NewEmail.model_validate_json(body) if kind == FIELDS else body, key)
    except ValidationError as exc:
        raise problems.from_validation(exc.errors(include_url=False, include_input=False, include_context=False)) from exc
    except NotAnEmail as exc:
        raise Problem(422, "not-an-email", f"body: {exc}", [problems.Fault(field="body", message=str(exc))]) from exc
    except emails.KeyReused as exc:
        fault = problems.Fault(field="Idempotency-Key", message=str(exc))
        raise Problem(422, "key-reused", str(exc), [fault]) from exc


async def _finished(house: House, id: str, future: "Future[None]", seconds: int) -> None:
    """Wait until an email is finished, here or (which only the database knows) by another process."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    future.add_done_callback(lambda _: loop.call_soon_threadsafe(done.set))
    until = loop.time() + seconds
    while not done.is_set() and loop.time() < until:
        if (await run_in_threadpool(_ticket, house, id)).status != "processing":
            return
        try:
            await asyncio.wait_for(done.wait(), min(LOOK_S, max(0.0, until - loop.time())))
        except TimeoutError:
            continue


def _ticket(house: House, id: str) -> TicketView:
    found = ticket_queries.get(house.engine, id)
    if found is None:
        raise Problem(404, "not-found", f"there is no ticket {id}")
    return found


@api.get("/tickets", tags=["tickets"], summary="List tickets", responses=responses(422))
def list_tickets(
    house: Here,
    status: wire.Status | None = None,
    urgency: Literal["high", "medium", "low"] | None = None,
    release: str | None = None,
    outcome: wire.Outcome | None = None,
    review: Annotated[wire.Reviewed | Literal["none"] | None, Query(description="What a person did; `none`: nothing yet")] = None,
    q: Annotated[str | None, Query(max_length=200, description="Words in subject, text, sender, name or summary, or an id or a Message-ID")] = None,
    received_after: Annotated[Moment | None, Query(alias="receivedAfter")] = None,
    received_before: Annotated[Moment | None, Query(alias="receivedBefore")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9a-f-]{36}$", description="`next` of the page before")] = None,
    newer: Annotated[str | None, Query(pattern=r"^[0-9a-f-]{36}$", description="`previous` of the page after")] = None,
) -> TicketList:
    """Give tickets, newest first."""
    after, before = _aware("receivedAfter", received_after), _aware("receivedBefore", received_before)
    wanted = Filter(status, outcome, review, urgency, release, q, after, before)
    return ticket_queries.page(house.engine, wanted, limit, cursor, newer)


def _aware(field: str, moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise Problem(422, "invalid", f"{field}: a time zone is needed", [problems.Fault(field=field, message="a time zone is needed")])
    return moment


@api.get("/tickets/{id}", tags=["tickets"], summary="One ticket", responses=responses(404))
def get_ticket(house: Here, id: Id, response: Response) -> TicketView:
    """Give one ticket. Its ETag says which state of it this is; a review that sends it as If-Match overwrites nobody's."""
    return _marked(_ticket(house, id), response)


def _marked(found: TicketView, response: Response) -> TicketView:
    response.headers["ETag"] = ticket_queries.etag(found)
    return found


@api.get("/tickets/{id}/trace", tags=["tickets"], summary="How a ticket came about", responses=responses(404))
def get_trace(house: Here, id: Id) -> TraceView:
    """Give the stages of a ticket's path with every attempt at a model, what was masked, marked and struck, and its reviews."""
    found = ticket_queries.trace(house.engine, id)
    if found is None:
        raise Problem(404, "not-found", f"there is no ticket {id}")
    return found


@api.get(
    "/tickets/{id}/email",
    tags=["tickets"],
    summary="The raw email",
    response_class=Response,
    responses={200: {"content": {RAW: {"schema": {"type": "string", "format": "binary"}}}}, **responses(404)},
)
def get_email(house: Here, id: Id) -> Response:
    """Give the email as it was received, as an attachment."""
    raw = emails.raw(house.engine, id)
    if raw is None:
        raise Problem(404, "not-found", f"there is no ticket {id}")
    return Response(raw, media_type=RAW, headers={"Content-Disposition": f'attachment; filename="{id}.eml"'})


@api.post("/tickets/{id}/review", tags=["tickets"], summary="Approve, edit, reject or close", responses=responses(400, 404, 409, 412, 422))
def review_ticket(
    house: Here,
    acting: Acting,
    id: Id,
    decision: NewReview,
    response: Response,
    if_match: Annotated[
        str | None, Header(max_length=1000, description="The ETag of the ticket that was decided about; 412 where it is another by now")
    ] = None,
) -> TicketView:
    """Decide about a ticket. Decisions are kept, the newest counts. With a named token its name is the reviewer's, and a given one stands after it. An edited answer goes through the check again, which says what it does not carry."""
    decision = decision.model_copy(update={"reviewer": acting.reviewer(decision.reviewer)})
    try:
        if not reviewing.decide(house.engine, id, decision, desk_or_none(house), now(), if_match):
            raise Problem(404, "not-found", f"there is no ticket {id}")
    except reviews.Changed as exc:
        raise Problem(412, "changed", str(exc)) from exc
    except reviews.NotReviewable as exc:
        raise Problem(409, "not-reviewable", str(exc)) from exc
    return _marked(_ticket(house, id), response)


def desk_or_none(house: House) -> Desk | None:
    """Return the desk in use, None where there is none yet: the first may take minutes to build, which nobody waits for."""
    if house.desks.standing is None:
        return None
    try:
        return house.desks.choose()
    except NoDesk:
        return None


@api.post(
    "/questions",
    tags=["questions"],
    summary="Ask the help centre",
    response_model=wire.Asked,
    responses={
        200: {
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'event: passages\ndata: {…}\n\nevent: sentence\ndata: {"text": "…", "citations": ["p1"]}\n\nevent: done\ndata: {…}\n\n',
                }
            }
        },
        **responses(400, 422, 503),
    },
)
def ask(house: Here, asked: NewQuestion, accept: Annotated[str, Header()] = "") -> Response:
    """Answer from the help centre, or say why not; as JSON, or with `Accept: text/event-stream` event by event."""
    desk = house.desks.choose()
    if "text/event-stream" in accept:
        return StreamingResponse(_events(house, desk, asked.question), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
    return JSONResponse(house.enquiries.ask(asked.question, desk).said.model_dump(by_alias=True))


def _events(house: House, desk: Desk, question: str) -> Iterator[bytes]:
    try:
        for step in house.enquiries.follow(question, desk):
            yield from _told(question, step)
    except Exception as exc:  # the outer edge: the status line is long gone, so the stream itself has to say it
        logs.failed("http.stream_failed", exc)
        yield format_sse_event(data_str='{"type": "urn:proofdesk:problem:internal", "status": 500}', event="problem")


def _told(question: str, step: Search | Settled) -> Iterator[bytes]:
    if isinstance(step, Search):
        yield format_sse_event(data_str=wire.passages(question, step.found).model_dump_json(by_alias=True), event="passages")
        return
    for sentence in step.said.answer.sentences if step.said.answer else []:
        yield format_sse_event(data_str=sentence.model_dump_json(by_alias=True), event="sentence")
    yield format_sse_event(data_str=step.said.model_dump_json(by_alias=True), event="done")


@api.post("/check", tags=["questions"], summary="Check a sentence or an answer against passages", responses=responses(400, 422, 503))
def check(house: Here, asked: CheckRequest) -> CheckResult:
    """Hold anybody's text against anybody's passages, sentence by sentence, by the checks of the release in use."""
    desk = house.desks.choose()
    return checking.run(asked, desk.checker, desk.release.checks, desk.release.policy)


@api.get("/search", tags=["questions"], summary="Find passages", responses=responses(422, 503))
def search(
    house: Here,
    query: Annotated[str, Query(min_length=1, max_length=4000, pattern=r"\S")],
    k: Annotated[int, Query(ge=1, le=100, description="How many passages")] = 5,
) -> wire.Searched:
    """Find the passages nearest to a query, best first."""
    return wire.passages(query, house.desks.choose().index.search(query, k).found)
