"""The HTTP application: calls, limits, headers, and the worker beside them."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import console, logs
from service.api import operations, people, probes, problems, reference, routes
from service.api.addresses import Addresses
from service.api.bodies import Bodies
from service.api.guard import OPEN_PATHS, Guard
from service.api.origins import Origins
from service.api.problems import ProblemDocument
from service.api.routes import House
from service.bootstrap import Desks
from service.settings import Settings
from service.telemetry.prometheus import Metrics
from service.wire import NewEmail
from service.worker import Worker

VERSION = "0.2.0"
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def make(settings: Settings, desks: Desks, worker: Worker, metrics: Metrics) -> FastAPI:
    """Make the application; its worker starts and stops with it."""
    house = House(settings, desks, worker, metrics)
    readiness = probes.Readiness(house)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        readiness.begin()
        worker.start()
        yield
        worker.stop()

    app = FastAPI(
        title="Proofdesk",
        version=VERSION,
        summary="A support email in, a validated ticket and a cited answer out.",
        lifespan=lifespan,
        openapi_tags=operations.described(),
        docs_url=None,
        redoc_url=None,
    )
    app.state.house = house
    app.state.probed = probes.Probed(house, readiness)
    for router in (routes.api, operations.api, people.api, probes.probes, operations.metrics):
        app.include_router(router)
    console.install(app)
    problems.install(app)
    app.add_middleware(Bodies, emails=settings.max_email_bytes, together=settings.max_bytes_at_once)
    app.add_middleware(Guard, engine=desks.engine, settings=settings)
    app.add_middleware(Addresses)
    app.add_middleware(Origins, hosts=settings.hosts, probes=OPEN_PATHS)
    app.add_middleware(Outside)
    app.add_middleware(Heads)
    app.add_route("/docs", _docs, include_in_schema=False)
    app.openapi = lambda: _openapi(app, bool(settings.api_token))  # type: ignore[method-assign]  # the way FastAPI's manual gives
    return app


def _openapi(app: FastAPI, guarded: bool) -> dict[str, Any]:
    """Describe the API: what FastAPI finds by itself, the shapes that only we know of, and the token where one is asked for."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes, tags=app.openapi_tags)
        shapes = schema["components"]["schemas"]
        for model in (NewEmail, ProblemDocument):
            shape = model.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
            shapes |= shape.pop("$defs", {}) | {model.__name__: shape}
        for name in ("HTTPValidationError", "ValidationError"):
            shapes.pop(name, None)
        for call in (call for methods in schema["paths"].values() for call in methods.values() if "422" in call["responses"]):
            call["responses"]["422"] = problems.responses(422)[422]
        schema["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"token": []}, *([] if guarded else [{}])]  # without one of the settings it takes a named one to need one
        app.openapi_schema = schema
    return app.openapi_schema


async def _docs(request: Request) -> HTMLResponse:
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return HTMLResponse(reference.page(request.app.openapi()), headers={"Content-Security-Policy": policy})


class Outside:
    """Adds the headers that keep browsers careful, and logs each call by its route: a path or query may hold a customer's words."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500
        scope["began"] = began  # what must answer in time counts from here, whatever it waits for on the way

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "(none)")
            logs.tell(
                "http", method=scope.get("asked", scope["method"]), route=route, status=status, ms=round((time.perf_counter() - began) * 1000, 1)
            )


class Heads:
    """Answers HEAD wherever GET is possible, with the very headers that GET would bring."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] != "http.response.body":
                await send(message)
            elif not message.get("more_body"):
                await send({"type": "http.response.body", "body": b""})

        await self._app({**scope, "method": "GET", "asked": "HEAD"}, receive, without_body)
