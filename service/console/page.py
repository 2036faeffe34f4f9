"""Pages as they leave the house: rendered with escaping, under a strict policy, with the header that every page has."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Cookie, Form
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from retrieval import index
from retrieval.index import SnapshotError
from service.api.problems import Problem
from service.api.routes import House
from service.api.routes import desk_or_none as desk_or_none
from service.console import formats
from service.releases import moves
from service.storage import emails
from service.storage.database import reading
from service.storage.tables import Incident
from service.text import plain

HERE = Path(__file__).parent
COOKIE = "proofdesk_form"
NAME = "proofdesk_name"  # cookie of whoever decides here, asked for once
LONGEST_NAME = 100
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def _shown(value: Any) -> Any:
    """Return what a page shows of a value: of a text nothing that steers the direction of what stands around it, or that nobody sees."""
    if not isinstance(value, str) or value.isprintable():
        return value
    return Markup(plain.lines(value)) if isinstance(value, Markup) else plain.lines(value)


_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown
)
_environment.filters.update(formats.FILTERS)


@dataclass(frozen=True)
class Facts:
    """What the header says: the mode, what is in production, what was spent, what is wrong. None where there is nothing to say."""

    mode: str
    mode_why: str
    release: str
    canary: str | None
    percent: int
    indexed: bool
    snapshot: str | None
    snapshot_at: datetime | None
    spent: Decimal
    budget: float | None
    incidents: int


def facts(house: House, now: datetime) -> Facts:
    """Gather what the header says."""
    desk = desk_or_none(house)
    standing = moves.standing(house.engine)
    mode, why = _mode(house)
    snapshot = house.desks.snapshot
    with reading(house.engine) as session:
        incidents = session.scalar(select(func.count()).select_from(Incident).where(Incident.closed_at.is_(None))) or 0
    return Facts(
        mode=mode,
        mode_why=why,
        release=standing.active,
        canary=standing.canary,
        percent=standing.percent,
        indexed=snapshot is not None or index.current(house.settings.data_dir) is not None,
        snapshot=snapshot,
        snapshot_at=_built(house, snapshot) if snapshot else None,
        spent=emails.spent_since(house.engine, now.replace(hour=0, minute=0, second=0, microsecond=0)),
        budget=desk.release.budgets.day_usd if desk else None,
        incidents=incidents,
    )


def _mode(house: House) -> tuple[str, str]:
    parts = house.desks.parts
    if not parts.providers:
        return "keyless", "no provider is configured: the local model answers"
    broken = sorted({provider for (provider, _), state in parts.breakers.states().items() if state != "closed"})
    if broken:
        return "degraded", f"calls to {', '.join(broken)} are held back after failures; the next route answers"
    return "live", f"providers: {', '.join(sorted(parts.providers))}"


def _built(house: House, snapshot: str) -> datetime | None:
    try:
        created = datetime.fromisoformat(index.read_manifest(house.settings.data_dir / "snapshots" / snapshot).created)
    except (SnapshotError, ValueError):
        return None
    return created if created.tzinfo else created.replace(tzinfo=UTC)


@cache
def _version() -> str:
    """Return a short hash of the static files, so that browsers fetch changed ones."""
    total = hashlib.sha256()
    for path in sorted((HERE / "static").iterdir()):
        total.update(path.read_bytes())
    return total.hexdigest()[:12]


def page(request: Request, house: House, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Render a page with its header; the form token is set where the browser has none."""
    now = datetime.now(UTC)
    known = request.cookies.get(COOKIE, "")
    token = known if len(known) >= 32 else secrets.token_urlsafe(32)
    text = _environment.get_template(template).render(
        facts=facts(house, now), now=now, csrf=token, version=_version(), me=name(request), here=request.url.path, **context
    )
    response = HTMLResponse(text, status, headers={"Content-Security-Policy": POLICY, "Vary": "Cookie"})
    if token != known:
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", path="/", secure=request.url.scheme == "https")
    return response


def name(request: Request) -> str | None:
    """Return the name that this browser's user gave, None where none is known."""
    return cleaned(unquote(request.cookies.get(NAME, ""))) or None


def who(request: Request, given: str = "") -> str:
    """Return who makes a change: a name given with it, or the one that the browser keeps; "" where there is neither."""
    return cleaned(given) or name(request) or ""


def cleaned(given: str) -> str:
    """Return a name as one plain line."""
    return " ".join("".join(char for char in given if char.isprintable()).split())[:LONGEST_NAME]


def fragment(template: str, **context: Any) -> HTMLResponse:
    """Render a part of a page, for scripts that replace it in place."""
    text = _environment.get_template(template).render(now=datetime.now(UTC), **context)
    return HTMLResponse(text, headers={"Content-Security-Policy": POLICY})


def missing(request: Request, house: House, what: str) -> HTMLResponse:
    """Say that something is not there."""
    return page(request, house, "missing.html", 404, what=what, current="")


def back(path: str) -> RedirectResponse:
    """Send the browser on after a change."""
    return RedirectResponse(path, 303)


def same_browser(csrf: Annotated[str, Form()] = "", kept: Annotated[str, Cookie(alias=COOKIE)] = "") -> None:
    """Refuse a change that was not sent from one of our own pages: the form must carry what the cookie holds. Raises Problem."""
    if len(kept) < 32 or not secrets.compare_digest(csrf.encode(), kept.encode()):
        raise Problem(403, "not-from-here", "this form was not sent from the console, or its cookie is gone: load the page again")
