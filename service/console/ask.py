"""The question box over the help centre."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from service import wire
from service.api.routes import Here
from service.console import highlight, page, proof
from service.releases.serving import NoDesk

views = APIRouter()
LONGEST = 4000


@views.get("/ask")
def show(request: Request, house: Here) -> Response:
    """Show the box."""
    ready = page.desk_or_none(house) is not None
    return page.page(request, house, "ask.html", current="ask", question="", asked=None, found=None, confidence=None, floor=None, ready=ready,
        lines=[], pieces=[])  # fmt: skip


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
    settled = house.enquiries.ask(question, desk)
    passages = {f"p{number}": one.passage for number, one in enumerate(settled.search.found, 1)}
    lines = proof.lines(settled.said.answer.sentences if settled.said.answer else [])
    opened = {one.label: one.pieces for one in proof.opened(lines, [], [], passages)}
    return page.page(
        request, house, "ask.html", current="ask", question=question, asked=settled.said, ready=True,
        found=wire.passages(question, settled.search.found).passages, confidence=settled.search.confidence, floor=settled.search.floor,
        lines=lines, pieces=[opened.get(label) or highlight.pieces(one.text, []) for label, one in passages.items()],
    )  # fmt: skip
