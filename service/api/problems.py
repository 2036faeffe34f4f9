"""Errors over HTTP: every one is a problem document (RFC 9457)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from service import logs
from service.releases.serving import NoDesk

MEDIA_TYPE = "application/problem+json"


class Fault(BaseModel):
    """One field that is wrong."""

    field: str
    message: str


class ProblemDocument(BaseModel):
    """What went wrong (RFC 9457). `errors` names the fields that are wrong, where it is about fields."""

    type: str = Field(examples=["urn:proofdesk:problem:invalid"])
    title: str = Field(examples=["Unprocessable Entity"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["from: Field required"])
    errors: list[Fault] | None = None


class Problem(HTTPException):
    """An error with the words for the caller. `kind` ends the problem's type."""

    def __init__(self, status: int, kind: str, detail: str, errors: Sequence[Fault] = (), headers: dict[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)
        self.kind = kind
        self.errors = list(errors)


KINDS = {400: "bad-request", 401: "unauthorized", 403: "forbidden", 404: "not-found", 405: "method-not-allowed", 408: "too-slow", 413: "too-large", 415: "unsupported-media-type",
         421: "unknown-host", 422: "invalid", 429: "too-many-calls", 500: "internal", 503: "not-ready"}  # fmt: skip


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe error responses for OpenAPI."""
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses}


def document(status: int, kind: str, detail: str, errors: Sequence[Fault] = (), headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a problem as a response."""
    problem = ProblemDocument(
        type=f"urn:proofdesk:problem:{kind}", title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors) or None
    )
    return JSONResponse(problem.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)


def from_validation(faults: Sequence[Any]) -> Problem:
    """Return the problem of a request that was not valid, with each field named as the caller wrote it."""
    errors = [Fault(field=_field(fault["loc"]), message=str(fault["msg"]).removeprefix("Value error, ")) for fault in faults]
    return Problem(422, "invalid", "; ".join(f"{one.field}: {one.message}" for one in errors), errors)


def _field(location: Sequence[Any]) -> str:
    parts = [str(part) for part in location]
    if parts and parts[0] in {"body", "query", "path", "header"} and len(parts) > 1:
        parts = parts[1:]
    return ".".join(parts) or "body"


async def answer(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a call with a problem, from outside of the application."""
    response = document(problem.status_code, problem.kind, problem.detail, problem.errors, dict(problem.headers or {}))
    await response(scope, receive, send)


def install(app: FastAPI) -> None:
    """Make an application answer every error with a problem document, without a thread: a probe's must not wait until one is free."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(NoDesk, _not_ready)
    for error in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(error, _no_database)
    app.add_exception_handler(Exception, _unexpected)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else None
    if isinstance(error, Problem):
        return document(error.status_code, error.kind, error.detail, error.errors, headers)
    detail = f"there is nothing at {request.url.path}" if error.status_code == 404 else str(error.detail)
    if error.status_code == 405:
        detail = f"{request.method} is not possible here"
    return document(error.status_code, KINDS.get(error.status_code, "error"), detail, headers=headers)


async def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return await _http(request, from_validation(error.errors()))


async def _not_ready(request: Request, error: Exception) -> JSONResponse:
    return document(503, "not-ready", str(error), headers={"Retry-After": "5"})


async def _no_database(request: Request, error: Exception) -> JSONResponse:
    logs.failed("http.no_database", error)
    return document(503, "no-database", "the database does not answer; nothing was taken in", headers={"Retry-After": "5"})


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    logs.failed("http.failed", error, path=getattr(request.scope.get("route"), "path", ""))
    return document(500, "internal", "something went wrong here that should not have; it is in the log")
