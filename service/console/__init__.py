"""The console: server-rendered pages over the same rows and calls as the API."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from service.console import ask, audit, eval_cases, evals, help_centre, inbox, names, operations, releases, ticket

STATIC = Path(__file__).parent / "static"


class _Assets(StaticFiles):
    """Static files that browsers may keep for a while; pages name them with their version."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "private, max-age=86400"
        return response


def install(app: FastAPI) -> None:
    """Add the console's pages to an application."""
    for module in (inbox, ticket, ask, releases, evals, eval_cases, operations, help_centre, audit, names):
        app.include_router(module.views, include_in_schema=False)
    app.mount("/static", _Assets(directory=STATIC), name="static")
