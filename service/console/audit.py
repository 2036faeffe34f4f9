"""The audit log: who did what to what, newest first."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from service.api.routes import Here
from service.console import page
from service.storage import audit, tokens

views = APIRouter()
PAGE = 100


@views.get("/audit")
def show(
    request: Request,
    house: Here,
    about: Annotated[str, Query(max_length=200)] = "",
    before: Annotated[str, Query(pattern=r"^[0-9a-f-]{0,36}$")] = "",
) -> Response:
    """Show the log, or what it says about one ticket, release or token; and the tokens that there are."""
    found = audit.page(house.engine, PAGE + 1, before or None, about.strip() or None)
    return page.page(
        request, house, "audit.html", current="audit", lines=found[:PAGE], next=found[PAGE - 1].id if len(found) > PAGE else None, about=about,
        tokens=tokens.listed(house.engine),
    )  # fmt: skip
