"""Eval runs: their measures with intervals, what the gate said and why, two runs compared, and the cases that failed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from service.api.routes import Here, House
from service.console import charts, eval_cases, page
from service.storage.database import reading
from service.storage.tables import EvalRun

views = APIRouter()
MOST_RUNS = 40
MOST_FAILED = 300
ADEQUACY = "adequacy.json"


OWN, FOREIGN = "company=own", "company=foreign"  # slices of a report


@dataclass(frozen=True)
class Measure:
    """One metric with its interval, its value on our own company and on foreign ones, the same metric of the run compared with, and drawn where it is a share."""

    metric: str
    value: float
    low: float
    high: float
    n: int
    better: str
    unscored: int
    own: float | None
    foreign: float | None
    other: float | None
    is_share: bool
    whisker: charts.Bar
    place: float


@dataclass(frozen=True)
class Failed:
    """A case that a metric scored as wrong, with the reason where one was given."""

    case: str
    metric: str
    reason: str


@views.get("/evals")
def show(request: Request, house: Here, run: str = "", other: str = "", cases: str = "failed", of: str = "") -> Response:
    """Show the newest run or the one asked for, beside another where one is asked for; its cases that failed or changed, on a slice."""
    runs = listed(house)
    chosen = next((one for one in runs if one.id == run), runs[0] if runs else None)
    beside = next((one for one in runs if one.id == other and one is not chosen), None)
    report, against = _report(house, chosen), _report(house, beside)
    verdict, whole = _verdict(chosen, report), eval_cases.read(house, chosen)
    return page.page(
        request, house, "evals.html", current="evals", runs=runs, chosen=chosen, beside=beside, verdict=verdict,
        rules=[one for one in verdict.get("rules", []) if one["decision"] != "pass"], passed=sum(one["decision"] == "pass" for one in verdict.get("rules", [])),
        measures=measures(report, against), failed=[] if whole else failed(report), trends=trends(runs, chosen),
        listed=eval_cases.chosen(whole, cases, of), slices=eval_cases.slices(whole), cases=cases, of=of, whole=len(whole), adequacy=_adequacy(house), full=report is not None,
        flips=flips(report, against) if report and against else None, replayed=replayed(chosen, report),
    )  # fmt: skip


def listed(house: House) -> list[EvalRun]:
    """List eval runs, newest first."""
    with reading(house.engine) as session:
        return list(session.scalars(select(EvalRun).order_by(EvalRun.at.desc()).limit(MOST_RUNS)))


def _report(house: House, run: EvalRun | None) -> dict[str, Any] | None:
    """Read the report that a run left under the data directory; without it, what the row kept of it."""
    if run is None:
        return None
    for folder in eval_cases.place(house, run):
        try:
            content = json.loads((folder / "report.json").read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(content, dict) and "measures" in content:
            return content
    return dict(run.report)


def _verdict(run: EvalRun | None, report: Mapping[str, Any] | None) -> dict[str, Any]:
    kept = (report or {}).get("verdict") or {}
    if isinstance(kept, dict) and kept:
        return kept
    if run is None:
        return {}
    row = run.report
    return {"decision": run.verdict, "rules": row.get("rules", []), "against": row.get("against"), "unplayed": row.get("unplayed")}


def replayed(run: EvalRun | None, report: Mapping[str, Any] | None) -> str:
    """Return in words what was played of a recording and what it lacked; nothing where none stood for a model."""
    kept = run.report.get("replay") if run else None
    found = kept or ((report or {}).get("extra") or {}).get("replay") or {}
    return str(found.get("told", ""))


def measures(report: Mapping[str, Any] | None, against: Mapping[str, Any] | None) -> list[Measure]:
    """Return the metrics over all cases, each beside the other run's."""
    own, foreign, other = ({one["metric"]: float(one["value"]) for one in kept} for kept in (_on(report, OWN), _on(report, FOREIGN), _on(against)))
    return [_measure(one, own.get(one["metric"]), foreign.get(one["metric"]), other.get(one["metric"])) for one in _on(report)]


def _on(report: Mapping[str, Any] | None, cases: str = "all") -> list[Mapping[str, Any]]:
    return [one for one in (report or {}).get("measures", []) if one.get("slice", "all") == cases and isinstance(one.get("value"), int | float)]


def _measure(one: Mapping[str, Any], own: float | None, foreign: float | None, other: float | None) -> Measure:
    value = float(one["value"])
    low, high = (float(one[name]) if isinstance(one.get(name), int | float) else value for name in ("low", "high"))
    is_share = bool(one.get("share", low >= 0 and high <= 1 and not one["metric"].startswith("ms")))  # older reports do not say
    most = 1.0 if is_share else max(high, value, 1e-9)
    return Measure(
        one["metric"], value, low, high, int(one.get("n", 0)), one.get("better", "higher"), int(one.get("unscored", 0) or 0), own, foreign, other, is_share,
        charts.bar(high - low, most, low), round(value / most * 100, 2),
    )  # fmt: skip


def trends(runs: Sequence[EvalRun], chosen: EvalRun | None) -> dict[str, charts.Line]:
    """Return each metric as a line over the runs of the whole suite up to the one that is shown, oldest first; none for fewer than two."""
    if chosen is None:
        return {}
    values: dict[str, list[float]] = {}
    for run in sorted((one for one in runs if one.at <= chosen.at and not one.report.get("part")), key=lambda one: one.at):
        for one in run.report.get("measures", []):
            if isinstance(one.get("value"), int | float):
                values.setdefault(one["metric"], []).append(float(one["value"]))
    lines = {metric: charts.line(listed, None, 120, 24) for metric, listed in values.items() if len(listed) > 1}
    return {metric: line for metric, line in lines.items() if line}


def failed(report: Mapping[str, Any] | None) -> list[Failed]:
    """List the cases that a yes-or-no metric where more is better scored as wrong."""
    if not report or "scores" not in report:
        return []
    lower = {one["metric"] for one in report["measures"] if one.get("better") == "lower"}
    found = []
    for metric, scores in report["scores"].items():
        values = {value for value in scores.values() if value is not None}
        if not values <= {0, 1}:
            continue
        wrong = 1 if metric in lower else 0
        reasons = report.get("reasons", {}).get(metric, {})
        found += [Failed(case, metric, str(reasons.get(case, ""))) for case, value in scores.items() if value == wrong]
    return sorted(found, key=lambda one: (one.metric, one.case))[:MOST_FAILED]


def flips(report: Mapping[str, Any], against: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Count, for every metric of both runs, the cases that are better and worse than in the run compared with."""
    better_low = {one["metric"] for one in report.get("measures", []) if one.get("better") == "lower"}
    found = []
    for metric, scores in report.get("scores", {}).items():
        before = against.get("scores", {}).get(metric, {})
        pairs = [(scores[case], before[case]) for case in scores.keys() & before.keys()]
        moved = [
            (new - old) * (-1 if metric in better_low else 1) for new, old in pairs if isinstance(new, int | float) and isinstance(old, int | float)
        ]
        up, down = sum(one > 0 for one in moved), sum(one < 0 for one in moved)
        if up or down:
            found.append((metric, up, down))
    return sorted(found)


def _adequacy(house: House) -> dict[str, Any] | None:
    try:
        content = json.loads((house.settings.data_dir / "reports" / ADEQUACY).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and "caught" in content else None
