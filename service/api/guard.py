"""The door: who calls, by the token that comes with it, how often, what that one may do, and the line that it leaves in the audit log."""

import asyncio
import base64
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from math import ceil, inf
from typing import Any

from fastapi.concurrency import run_in_threadpool
from fastapi.routing import iter_route_contexts
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import logs
from service.api import limits, problems, roles
from service.api.limits import Limit
from service.api.problems import Problem
from service.api.roles import Actor, anybody
from service.api.routes import now
from service.settings import Settings
from service.storage import audit, tokens
from service.storage.tokens import Made

OPEN_PATHS = ("/healthz", "/startupz")
FRESH_S = 2.0  # a token that was revoked opens nothing after this
LOOK_S = 0.5  # a call waits no longer for the database to say which tokens there are
FRIENDS = 1000  # address and token pairs remembered that were right lately
ASK = {"WWW-Authenticate": 'Basic realm="Proofdesk: any user, the token as password", charset="UTF-8", Bearer'}


class Doorkeeper:
    """Knows whom a token names: the one of the settings, and those in the database, which are read again every few seconds."""

    def __init__(self, engine: Engine, token: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._token = token
        self._clock = clock
        self._made = Made({}, ever=bool(token))
        self._read_at = self._asked_at = -inf
        self._reading = False

    async def look(self) -> None:
        """See that what is known of tokens is fresh, as far as the database says so in time."""
        if self._reading or self._clock() - max(self._read_at, self._asked_at) < FRESH_S:
            began = time.monotonic()
            while self._reading and not self.is_known and time.monotonic() - began < LOOK_S:  # the first look is everybody's
                await asyncio.sleep(0.01)
            return
        self._reading, self._asked_at = True, self._clock()
        done = asyncio.get_running_loop().create_future()
        # A daemon of its own: a database that hangs must hold up neither the pool that calls run in nor the end of the process.
        threading.Thread(target=self._read, args=(asyncio.get_running_loop(), done), name="tokens", daemon=True).start()
        await asyncio.wait({done}, timeout=LOOK_S)

    def _read(self, loop: asyncio.AbstractEventLoop, done: "asyncio.Future[None]") -> None:
        try:
            made = tokens.made(self._engine)
            self._made, self._read_at = made, self._clock()
        except SQLAlchemyError as exc:  # what was known stays so: without a database no call does much
            logs.failed("tokens.not_read", exc)
        finally:
            self._reading = False
            with suppress(RuntimeError):  # the server has ended meanwhile
                loop.call_soon_threadsafe(_end, done)

    @property
    def is_known(self) -> bool:
        """Whether the database has ever said which tokens there are."""
        return self._read_at > -inf

    @property
    def is_open(self) -> bool:
        """Whether no token was ever made, so that none is asked for."""
        return self._token is None and not self._made.ever

    def actor(self, token: str) -> Actor | None:
        """Return whom a token names, None for one that opens nothing."""
        if self._token and secrets.compare_digest(token.encode("utf-8", "replace"), self._token.encode()):
            return Actor("PROOFDESK_API_TOKEN", "operator")
        named = self._made.known.get(tokens.digest(token))
        return Actor(named.name, named.role) if named else None


class Guard:
    """Lets a call in, or says why not: 401 without a token that opens, 403 for a role that may not, 429 for too many calls or wrong tokens, 503 while
    the database has not said which tokens there are.
    """

    def __init__(self, app: ASGIApp, engine: Engine, settings: Settings) -> None:
        self._app = app
        self._engine = engine
        self._keeper = Doorkeeper(engine, settings.api_token.get_secret_value() if settings.api_token else None)
        self._calls = Limit(settings.calls_per_minute)
        self._address_calls = Limit(settings.address_calls_per_minute)
        self._wrong = Limit(settings.wrong_tokens_per_minute, at_once=settings.wrong_tokens_per_minute)
        self._right: dict[tuple[str, str], None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        try:
            scope["actor"] = actor = await self._let_in(scope)
        except Problem as problem:
            await problems.answer(problem, scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        if not actor.may(roles.needed(method, path)):
            await self._write(scope, actor, {"refused": 403})
            detail = f"the token {actor.name!r} has the role {actor.role}; this needs {roles.needed(method, path)}"
            await problems.answer(Problem(403, "forbidden", detail), scope, receive, send)
            return
        await self._app(scope, receive, self._recording(scope, actor, send) if roles.recorded(method, path) else send)

    async def _let_in(self, scope: Scope) -> Actor:
        """Return who calls. Raises Problem."""
        await self._keeper.look()
        address = (scope.get("client") or ("",))[0]
        if self._keeper.is_open:
            if not self._keeper.is_known:
                raise _unknown()
            if not limits.is_own(address):
                _within(self._address_calls, limits.caller(address))
            return anybody()
        given = _token(Headers(scope=scope).get("authorization", ""))
        if not given:
            raise Problem(401, "unauthorized", "send the header Authorization: Bearer TOKEN", headers=ASK)
        actor = self._known(given, limits.caller(address))
        _within(self._calls, actor.name)
        return actor

    def _known(self, given: str, caller: str) -> Actor:
        """Return whom a token names. From where too many wrong ones came, only one that was right from there before is looked at."""
        pair = caller, tokens.digest(given)
        if pair not in self._right and (wait := self._wrong.wait(caller)):
            raise _too_often(wait, "too many wrong tokens came from there")
        actor = self._keeper.actor(given)
        if actor is None and not self._keeper.is_known:  # it may well be right: nobody is to be kept out for it later
            raise _unknown()
        if actor is None:
            self._right.pop(pair, None)
            self._wrong.take(caller)
            logs.warn("token.wrong", address=caller)
            raise Problem(401, "unauthorized", "this token opens nothing", headers=ASK)
        self._right[pair] = None
        if len(self._right) > FRIENDS:
            self._right.pop(next(iter(self._right)))
        return actor

    def _recording(self, scope: Scope, actor: Actor, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                await self._write(scope, actor)
            await send(message)

        return sending

    async def _write(self, scope: Scope, actor: Actor, detail: dict[str, Any] | None = None) -> None:
        action, named = _action(scope), scope.get("path_params", {})
        try:
            subject = named.get("id") or named.get("name")
            await run_in_threadpool(audit.add, self._engine, now(), actor.who, action, subject, detail)
        except SQLAlchemyError as exc:
            logs.failed("audit.not_written", exc, action=action)


def _action(scope: Scope) -> str:
    """Name a call by its route, never by its path: that may hold a person's address, and the log forgets nothing."""
    path = getattr(scope.get("route"), "path", None)
    if path is None:  # refused before it was routed
        path = next((one.path for one in iter_route_contexts(scope["app"].routes) if one.matches(dict(scope))[0] is Match.FULL), None)
    return f"{scope['method']} {path}" if path else f"(refused) {scope['method']}"


def _end(done: "asyncio.Future[None]") -> None:
    if not done.done():
        done.set_result(None)


def _unknown() -> Problem:
    return Problem(503, "no-database", "the database does not say which tokens there are", headers={"Retry-After": "5"})


def _within(limit: Limit, caller: str) -> None:
    if wait := limit.take(caller):
        raise _too_often(wait, "too many calls")


def _too_often(wait: float, why: str) -> Problem:
    return Problem(429, "too-many-calls", f"{why}: call again in {ceil(wait)} s", headers={"Retry-After": str(ceil(wait))})


def _token(authorization: str) -> str:
    """Return the token of an Authorization header, empty where it holds none."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given.strip(), validate=True).decode("utf-8").partition(":")[2]
    except ValueError:  # not base64, or not UTF-8
        return ""
