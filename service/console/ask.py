"""The question box over the help centre."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from service import asking, wire
from service.api.routes import Here, now
from service.console import page
from service.releases.serving import NoDesk
from service.storage import emails, rows
from service.trace import Trace

views = APIRouter()
LONGEST = 4000


@views.get("/ask")
def show(request: Request, house: Here) -> Response:
    """Show the box."""
    ready = page.desk_or_none(house) is not None
    return page.page(request, house, "ask.html", current="ask", question="", asked=None, found=None, confidence=None, floor=None, ready=ready)


@views.post("/ask", dependencies=[Depends(page.same_browser)])
def answer(request: Request, house: Here, question: Annotated[str, Form(max_length=LONGEST)] = "") -> Response:
    """Answer a question in one page, for browsers that run no scripts; the others stream it from the API."""
    question = question.replace("\x00", "").strip()
    try:
        desk = house.desks.choose() if question else None
    except NoDesk:
        desk = None
    if desk is None:
        return show(request, house)
    trace, began = Trace(), now()
    reached = asking.ask(question, desk, trace)
    values = rows.question(question, reached.search, reached.reached, reached.degraded, desk.release.name, trace)
    emails.save_question(house.engine, values, trace, began)
    house.metrics.question(values["outcome"], desk.release.name, reached.degraded, trace)
    return page.page(
        request, house, "ask.html", current="ask", question=question, asked=wire.asked(values), ready=True,
        found=wire.passages(question, reached.search.found).passages, confidence=reached.search.confidence, floor=reached.search.floor,
    )  # fmt: skip
