"""The help centre: its articles, how often each is found, and what was asked without an answer."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Engine, select
from starlette.requests import Request
from starlette.responses import Response

from retrieval import index
from retrieval.index import Snapshot, SnapshotError
from retrieval.manifest import Entry, Manifest
from retrieval.passages import Passage
from service import ids
from service.api.routes import Here, House, now
from service.console import charts, page
from service.storage.database import reading
from service.storage.tables import Question, Ticket

views = APIRouter()
DAYS = 30
MOST = 5000  # newest searches that are counted
UNANSWERED = ("nothing_found", "no_answer", "unsupported")
MOST_ASKED = 40


@dataclass(frozen=True)
class Shelved:
    """An article, how often one of its passages came up, and how often it came first."""

    entry: Entry
    found: int
    first: int
    bar: charts.Bar


@dataclass(frozen=True)
class Unanswered:
    """Something that was asked and not answered; `ticket` is its id where it came by mail."""

    at: datetime
    text: str
    reason: str
    ticket: str | None


@views.get("/help-centre")
def show(request: Request, house: Here) -> Response:
    """Show the articles with their use."""
    snapshot = _snapshot(house)
    found, first = counted(house.engine, now() - timedelta(days=DAYS))
    shelf = shelved(snapshot.articles, found, first) if snapshot else []
    return page.page(
        request, house, "help_centre.html", current="articles", shelf=shelf, never=[one for one in shelf if not one.found], days=DAYS,
        manifest=snapshot.manifest if snapshot else None, versions=versions(house), asked=unanswered(house.engine),
    )  # fmt: skip


@views.get("/help-centre/article")
def article(request: Request, house: Here, path: Annotated[str, Query(max_length=1000)], passage: str = "") -> Response:
    """Show one article, passage by passage."""
    snapshot = _snapshot(house)
    entry = next((one for one in snapshot.articles if one.path == path), None) if snapshot else None
    if snapshot is None or entry is None:
        return page.missing(request, house, "article")
    listed: list[Passage] = [one for one in snapshot.passages if one.article == path]
    return page.page(request, house, "help_centre_article.html", current="articles", entry=entry, passages=listed, wanted=passage)


def _snapshot(house: House) -> Snapshot | None:
    desk = page.desk_or_none(house)
    return getattr(desk.index, "snapshot", None) if desk else None


def counted(engine: Engine, since: datetime) -> tuple[Counter[str], Counter[str]]:
    """Count how often each article came up in searches for mail and questions, and how often it came first."""
    found: Counter[str] = Counter()
    first: Counter[str] = Counter()
    with reading(engine) as session:
        mails = session.scalars(
            select(Ticket.search)
            .where(Ticket.email_id >= ids.earliest(since), Ticket.search.is_not(None))
            .order_by(Ticket.email_id.desc())
            .limit(MOST)
        ).all()
        questions = session.scalars(
            select(Question.search).where(Question.at >= since, Question.search.is_not(None)).order_by(Question.at.desc()).limit(MOST)
        ).all()
    for search in (*mails, *questions):
        paths = [one["article"] for one in (search or {}).get("passages", [])]
        found.update(set(paths))
        first.update(paths[:1])
    return found, first


def shelved(entries: tuple[Entry, ...], found: Counter[str], first: Counter[str]) -> list[Shelved]:
    """Put articles in order of their use."""
    most = max((found[one.path] for one in entries), default=0)
    listed = [Shelved(one, found[one.path], first[one.path], charts.bar(found[one.path] or None, most)) for one in entries]
    return sorted(listed, key=lambda one: (-one.found, one.entry.title))


def versions(house: House) -> list[Manifest]:
    """List the snapshots of the data directory, newest first."""
    listed = []
    for folder in sorted((house.settings.data_dir / "snapshots").glob("*/manifest.json")):
        try:
            listed.append(index.read_manifest(folder.parent))
        except SnapshotError:
            continue  # half-written or damaged: the incident monitors say so
    return sorted(listed, key=lambda one: one.created, reverse=True)


def unanswered(engine: Engine) -> list[Unanswered]:
    """List what was asked and not answered, newest first."""
    with reading(engine) as session:
        asked = session.execute(
            select(Question.at, Question.question, Question.handed_over_reason)
            .where(Question.outcome == "handedOver")
            .order_by(Question.at.desc())
            .limit(MOST_ASKED)
        ).all()
        mails: list[Any] = list(
            session.execute(
                select(Ticket.finished_at, Ticket.issue_summary, Ticket.handed_over_reason, Ticket.email_id)
                .where(Ticket.outcome == "handedOver", Ticket.handed_over_reason.in_(UNANSWERED))
                .order_by(Ticket.email_id.desc())
                .limit(MOST_ASKED)
            ).all()
        )
    listed = [Unanswered(at, text, reason or "", None) for at, text, reason in asked]
    listed += [Unanswered(at, text or "", reason, id) for at, text, reason, id in mails if at]
    return sorted(listed, key=lambda one: one.at, reverse=True)[:MOST_ASKED]
