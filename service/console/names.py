"""Who is at this browser: asked once, and kept in a cookie."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from service.console import page

views = APIRouter()
KEPT_S = 180 * 24 * 3600


@views.post("/name", dependencies=[Depends(page.same_browser)])
def keep(request: Request, name: Annotated[str, Form(max_length=1000)] = "", back: Annotated[str, Form(max_length=2000)] = "/") -> Response:
    """Keep a name, or forget it where none is given, and go back to where it was asked for."""
    answer = page.back(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/")
    if given := page.cleaned(name):
        answer.set_cookie(page.NAME, quote(given), KEPT_S, httponly=True, samesite="strict", path="/", secure=request.url.scheme == "https")
    else:
        answer.delete_cookie(page.NAME, path="/")
    return answer
