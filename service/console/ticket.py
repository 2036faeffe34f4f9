"""One ticket: the mail, what was read out of it, the answer with its proof, and what a person decides."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ingestion.mail.message import NotAnEmail
from retrieval.passages import Passage
from service import reviewing, tickets, wire
from service.api.roles import Acting, Actor
from service.api.routes import Here, House, now
from service.console import charts, email_view, formats, page, proof
from service.console.email_view import Letter
from service.storage import emails, eval_candidates, reviews, ticket_queries
from service.tickets import Ticket
from service.wire import Answer, Citation, NewReview, SpanView, TicketView, TraceView

views = APIRouter()


@dataclass(frozen=True)
class Typed:
    """What stands in the form of an edit: the fields (None: null), the answer's text, the reason."""

    fields: dict[str, str | None]
    answer: str
    reason: str = ""


@views.get("/tickets/{id}")
def show(request: Request, house: Here, id: str) -> Response:
    """Show a ticket."""
    return _shown(request, house, id)


def _shown(request: Request, house: House, id: str, fault: str = "", code: int = 200, kept: str = "", typed: Typed | None = None) -> Response:
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
        etag=ticket_queries.etag(view), typed=typed or _standing(view), conflict=code == 412, vouchers=_vouchers(trace),
    )  # fmt: skip


def _fields(view: TicketView) -> dict[str, str | None]:
    return {"customer_name": view.ticket.customer_name if view.ticket else None}


def _standing(view: TicketView) -> Typed:
    """Return what an edit begins with: the ticket as it stands."""
    fields = {name: getattr(view.ticket, name) if view.ticket else None for name in tickets.FIELDS}
    return Typed(fields, view.answer.text.replace("\r\n", "\n").strip() if view.answer else "")


def _vouchers(trace: TraceView) -> str:
    """Say on whose word the sentences of an edited answer stand that the check does not let pass."""
    edits = [one for one in trace.reviews if one.verdict == "edit"]
    return f"{edits[-1].reviewer}’s" if edits and edits[-1].reviewer else "the reviewer’s"


def _drafted(trace: TraceView) -> Answer | None:
    """Return the answer that was held back; what an older release kept of one is a draft without what was checked."""
    draft = trace.draft
    if draft is None or trace.status == "discarded":
        return None
    if "citations" in draft:
        return wire.answer(draft)
    sentences = [wire.Sentence(text=one["text"], citations=one["citations"], support=None) for one in draft["sentences"]]
    nearest = {} if sentences else draft.get("sources", {})  # of a question that nothing comes close to
    citations = [
        Citation(id=label, article=one["article"], title=one["article"], heading="", quote="", score=one["score"]) for label, one in nearest.items()
    ]
    return Answer(text=" ".join(one.text for one in sentences), sentences=sentences, citations=citations)


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
def approve(
    request: Request, house: Here, acting: Acting, id: str, version: Annotated[str, Form()] = "", reviewer: Annotated[str, Form()] = ""
) -> Response:
    """Approve a ticket as it is; one without an answer is closed."""
    return _decided(request, house, acting, id, version, {"verdict": "approve", "reviewer": reviewer})


@views.post("/tickets/{id}/reject", dependencies=[Depends(page.same_browser)])
def reject(
    request: Request,
    house: Here,
    acting: Acting,
    id: str,
    version: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    reviewer: Annotated[str, Form()] = "",
) -> Response:
    """Reject a ticket, with the reason."""
    return _decided(request, house, acting, id, version, {"verdict": "reject", "reason": reason, "reviewer": reviewer})


async def _typed(request: Request) -> Typed:
    """Return what was typed into the form of an edit."""
    form = await request.form()
    values = {name: str(form.get(name) or "").replace("\r\n", "\n").strip() for name in (*tickets.FIELDS, "answer", "reason")}
    return Typed({name: values[name] or None for name in tickets.FIELDS}, values["answer"], values["reason"])


@views.post("/tickets/{id}/edit", dependencies=[Depends(page.same_browser)])
def edit(
    request: Request,
    house: Here,
    acting: Acting,
    id: str,
    typed: Annotated[Typed, Depends(_typed)],
    version: Annotated[str, Form()] = "",
    reviewer: Annotated[str, Form()] = "",
) -> Response:
    """Approve a ticket with corrections; empty fields are null, and an emptied answer is none."""
    view = ticket_queries.get(house.engine, id)
    if view is None:
        return page.missing(request, house, "ticket")
    try:
        fields = Ticket.model_validate(typed.fields)
    except ValidationError as exc:
        return _shown(request, house, id, _said(exc), 422, typed=typed)
    answer = None if typed.answer == _standing(view).answer else typed.answer
    decision = {"verdict": "edit", "ticket": fields, "answer": answer, "reason": typed.reason or None, "reviewer": reviewer}
    return _decided(request, house, acting, id, version, decision, typed)


def _decided(request: Request, house: House, acting: Actor, id: str, version: str, values: dict[str, Any], typed: Typed | None = None) -> Response:
    """Apply a decision about the ticket as the page showed it; where it is another by now, the page shows that, and keeps what was typed."""
    try:
        decision = NewReview(**values)
        decision = decision.model_copy(update={"reviewer": acting.reviewer(page.who(request, values["reviewer"]) or None)})
        if not reviewing.decide(house.engine, id, decision, page.desk_or_none(house), now(), version or "none"):
            return page.missing(request, house, "ticket")
    except ValidationError as exc:
        return _shown(request, house, id, _said(exc), 422, typed=typed)
    except reviews.Changed:
        return _shown(request, house, id, "Somebody changed this ticket while you had it open, so nothing of yours was saved.", 412, typed=typed)
    except reviews.NotReviewable as exc:
        return _shown(request, house, id, str(exc), 409, typed=typed)
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
