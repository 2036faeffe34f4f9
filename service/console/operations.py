"""Operations: how fast, how dear, how well, and what went wrong."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Form, Query
from markdown_it import MarkdownIt
from markupsafe import Markup
from sqlalchemy import Engine, select
from starlette.requests import Request
from starlette.responses import Response

from service.answers import LINKS
from service.api.roles import Acting
from service.api.routes import Here, House, now
from service.console import charts, page
from service.release import Monitors
from service.storage import incidents, measures, totals
from service.storage.database import reading
from service.storage.incidents import Case, NoIncident
from service.storage.measures import Measures, Stage, Window
from service.storage.tables import MonitorReading
from service.storage.totals import Total
from service.trace import STAGES

views = APIRouter()
DAYS = 14
MOST_READINGS = 6000
DRAWN = 60
MOST_INCIDENTS = 50
_markdown = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True)
class Timed:
    """A stage with its percentiles drawn against its budget, None where it has none."""

    stage: Stage
    budget: float | None
    p50: charts.Bar
    p95: charts.Bar


@dataclass(frozen=True)
class Day:
    """What one day cost, and the calls of it whose price is not known."""

    day: str
    usd: Decimal
    calls: int
    unpriced: int
    bar: charts.Bar


@dataclass(frozen=True)
class Watched:
    """A monitor: its newest reading, and its readings as a line with the threshold drawn."""

    newest: MonitorReading
    line: charts.Line | None


@dataclass(frozen=True)
class Shown:
    """An incident with its runbook as HTML; None where there is none."""

    incident: Case
    runbook: Markup | None


@views.get("/operations")
def show(request: Request, house: Here, window: Annotated[Window, Query()] = "24h") -> Response:
    """Show what happened in a window of time."""
    return _shown(request, house, window)


def _shown(request: Request, house: House, window: Window = "24h", fault: str = "", code: int = 200) -> Response:
    at = now()
    found = measures.measure(house.engine, window, at, None, house.desks.parts.breakers.states())
    desk = page.desk_or_none(house)
    return page.page(
        request, house, "operations.html", code, current="operations", window=window, windows=get_args(Window), found=found,
        stages=timed(found, desk.release.monitors if desk else None), days=days(house.engine, at), monitors=watched(house.engine),
        incidents=listed(house), waiting=measures.waiting(house.engine, at), fault=fault, links=LINKS,
    )  # fmt: skip


@views.post("/incidents/{id}/close", dependencies=[Depends(page.same_browser)])
def close(
    request: Request,
    house: Here,
    acting: Acting,
    id: str,
    why: Annotated[str, Form(max_length=2000)] = "",
    who: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Close an incident, with what was found and done."""
    if not why.strip():
        return _shown(request, house, fault="an incident is closed with what was found and done", code=422)
    try:
        incidents.close(house.engine, id, now(), acting.signs(page.who(request, who)), why.strip(), acting.who)
    except NoIncident as exc:
        return _shown(request, house, fault=str(exc), code=409)
    return page.back("/operations#incidents")


def timed(found: Measures, rules: Monitors | None) -> list[Timed]:
    """Draw stages against their budgets, each on a scale on which its budget or its slowest percentile fills the row."""
    listed = []
    for one in sorted(found.stages, key=lambda one: STAGES.index(one.stage) if one.stage in STAGES else len(STAGES)):
        budget = rules.latency_ms.get(one.stage) if rules else None
        most = max((stage.latency_ms.p95 or 0.0 for stage in found.stages), default=0.0)
        listed.append(Timed(one, budget, charts.bar(one.latency_ms.p50, most), charts.bar(one.latency_ms.p95, most)))
    return listed


def days(engine: Engine, at: datetime) -> list[Day]:
    """Add up the calls of the last days, oldest day first."""
    since = at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    found: dict[str, Total] = defaultdict(Total)
    with reading(engine) as session:
        for hour, groups in totals.by_stretch(session, totals.ATTEMPTS, since):
            for total in groups.values():
                found[hour.split()[0]].add(total)
    sums = [(day, total.usd or Decimal(0), total.rows, total.rows - total.priced) for day, total in sorted(found.items())]
    most = float(max((usd for _, usd, _, _ in sums), default=Decimal(0)))
    return [Day(day, usd, calls, unpriced, charts.bar(float(usd) or None, most)) for day, usd, calls, unpriced in sums]


def watched(engine: Engine) -> list[Watched]:
    """Return every monitor with its latest readings, those that trip first."""
    with reading(engine) as session:
        rows = session.scalars(select(MonitorReading).order_by(MonitorReading.id.desc()).limit(MOST_READINGS)).all()
    groups: dict[tuple[str, str], list[MonitorReading]] = defaultdict(list)
    for row in rows:
        groups[row.monitor, row.release].append(row)
    found = [_watched(group[:DRAWN]) for group in groups.values()]
    return sorted(found, key=lambda one: (not one.newest.tripped, one.newest.monitor, one.newest.release))


def _watched(rows: list[MonitorReading]) -> Watched:
    values = [row.value for row in reversed(rows) if row.value is not None]
    return Watched(rows[0], charts.line(values, rows[0].threshold))


def listed(house: House) -> list[Shown]:
    """Return incidents with their timelines, open ones first."""
    folder = house.settings.releases_dir.parent / "runbooks"
    shown = [Shown(one, _runbook(folder, one.runbook)) for one in incidents.listed(house.engine, most=MOST_INCIDENTS)]
    return sorted(shown, key=lambda one: one.incident.closed_at is not None)


def _runbook(folder: Path, name: str | None) -> Markup | None:
    """Return a runbook as HTML; raw HTML in it stays text."""
    if not name:
        return None
    try:
        text = (folder / f"{Path(name).stem}.md").read_text("utf-8")
    except OSError:
        return None
    return Markup(_markdown.render("\n".join(line if not line.startswith("#") else "##" + line for line in text.splitlines())))
