"""One ticket: the mail, what was read out of it, the answer with its proof, and what a person decides."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ingestion.mail.message import NotAnEmail
from retrieval.passages import Passage
from service import tickets, wire
from service.api.routes import Here, House, now
from service.console import charts, email_view, formats, page, proof
from service.console.email_view import Letter
from service.storage import emails, eval_candidates, reviews, ticket_queries
from service.tickets import Ticket
from service.wire import Answer, NewReview, SpanView, TicketView, TraceView

views = APIRouter()


@views.get("/tickets/{id}")
def show(request: Request, house: Here, id: str) -> Response:
    """Show a ticket."""
    return _shown(request, house, id)


def _shown(request: Request, house: House, id: str, fault: str = "", code: int = 200, kept: str = "") -> Response:
    view, trace, raw = ticket_queries.get(house.engine, id), ticket_queries.trace(house.engine, id), emails.raw(house.engine, id)
    if view is None or trace is None or raw is None:
        return page.missing(request, house, "ticket")
    try:
        letter = email_view.read(raw, _fields(view), trace.evidence)
    except NotAnEmail:  # it was one when it was taken in; what is shown then is its raw source
        letter = None
    told = view.answer or _drafted(trace)
    lines = proof.lines(told.sentences if told else [])
    opened = proof.opened(lines, view.struck, told.citations if told else [], _passages(house, trace))
    return page.page(
        request, house, "ticket.html", code, current="inbox", ticket=view, trace=trace, letter=letter, size=len(raw), fault=fault, kept=kept,
        lines=lines, opened=opened, waterfall=_waterfall(trace), where=_places(trace, letter), reviewable=reviews.REVIEWABLE, labels=formats.labels(),
    )  # fmt: skip


def _fields(view: TicketView) -> dict[str, str | None]:
    return {"customer_name": view.ticket.customer_name if view.ticket else None}


def _drafted(trace: TraceView) -> Answer | None:
    """Return the answer that was held back; what an older release kept of one is a draft without what was checked."""
    draft = trace.draft
    if draft is None or trace.status == "discarded":
        return None
    if "citations" in draft:
        return wire.answer(draft)
    sentences = [wire.Sentence(text=one["text"], citations=one["citations"], support=None) for one in draft["sentences"]]
    return Answer(text=" ".join(one.text for one in sentences), sentences=sentences, citations=[])


def _passages(house: House, trace: TraceView) -> dict[str, Passage]:
    """Return the passages that were found for a ticket, by label, as far as the present help centre has them."""
    desk = page.desk_or_none(house)
    snapshot = getattr(desk.index, "snapshot", None) if desk else None
    labels = {one["id"]: f"p{number}" for number, one in enumerate((trace.search or {}).get("passages", []), 1)}
    return {labels[one.id]: one for one in snapshot.passages if one.id in labels} if snapshot else {}


def _waterfall(trace: TraceView) -> list[tuple[SpanView, charts.Bar]]:
    most = max((one.started_ms + one.ms for one in trace.spans), default=0.0)
    return [(one, charts.bar(one.ms, most, one.started_ms)) for one in trace.spans]


def _places(trace: TraceView, letter: Letter | None) -> list[dict[str, Any]]:
    """List the findings that no part of the letter can show in place: those in names and in invisible characters."""
    return [one for one in trace.findings if one["where"] in ("from", "attachment name") or one["kind"] in ("invisible", "encoded") or letter is None]


@views.get("/tickets/{id}/source")
def source(request: Request, house: Here, id: str) -> Response:
    """Show the raw mail as text; it is what came, with nothing masked."""
    raw = emails.raw(house.engine, id)
    if raw is None:
        return page.missing(request, house, "ticket")
    return PlainTextResponse(raw.decode("utf-8", "replace"))


@views.post("/tickets/{id}/approve", dependencies=[Depends(page.same_browser)])
def approve(request: Request, house: Here, id: str, reviewer: Annotated[str, Form()] = "") -> Response:
    """Approve a ticket as it is."""
    return _decided(request, house, id, {"verdict": "approve", "reviewer": reviewer or None})


@views.post("/tickets/{id}/reject", dependencies=[Depends(page.same_browser)])
def reject(request: Request, house: Here, id: str, reason: Annotated[str, Form()] = "", reviewer: Annotated[str, Form()] = "") -> Response:
    """Reject a ticket, with the reason."""
    return _decided(request, house, id, {"verdict": "reject", "reason": reason, "reviewer": reviewer or None})


async def _typed(request: Request) -> dict[str, str | None]:
    """Return the fields of a ticket as they were typed; empty ones are null."""
    form = await request.form()
    return {name: str(form.get(name) or "").strip() or None for name in tickets.FIELDS}


@views.post("/tickets/{id}/edit", dependencies=[Depends(page.same_browser)])
def edit(
    request: Request,
    house: Here,
    id: str,
    typed: Annotated[dict[str, str | None], Depends(_typed)],
    answer: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    reviewer: Annotated[str, Form()] = "",
) -> Response:
    """Approve a ticket with corrections; empty fields are null."""
    try:
        fields = Ticket.model_validate(typed)
    except ValidationError as exc:
        return _shown(request, house, id, _said(exc), 422)
    text = answer.replace("\r\n", "\n").strip() or None
    return _decided(request, house, id, {"verdict": "edit", "ticket": fields, "answer": text, "reason": reason or None, "reviewer": reviewer or None})


def _decided(request: Request, house: House, id: str, values: dict[str, Any]) -> Response:
    try:
        if not reviews.review(house.engine, id, NewReview(**values), now()):
            return page.missing(request, house, "ticket")
    except ValidationError as exc:
        return _shown(request, house, id, _said(exc), 422)
    except reviews.NotReviewable as exc:
        return _shown(request, house, id, str(exc), 409)
    return page.back(f"/tickets/{id}")


def _said(error: ValidationError) -> str:
    return "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors(include_url=False))


@views.post("/tickets/{id}/case", dependencies=[Depends(page.same_browser)])
def keep_case(request: Request, house: Here, id: str, why: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """Keep a mail as a candidate for the eval suite."""
    if not why.strip():
        return _shown(request, house, id, "an eval case needs the reason why it is one", 422)
    try:
        path = eval_candidates.make(house.engine, house.settings.data_dir, id, why.strip())
    except eval_candidates.NoTicket as exc:
        return _shown(request, house, id, str(exc), 409)
    return _shown(request, house, id, kept=f"{path.parent.name}/{path.name}")
