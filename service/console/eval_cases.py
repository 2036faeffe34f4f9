"""The cases of an eval run: which failed or changed, and each one whole, beside the same case in another run."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.api.routes import Here, House
from service.console import page
from service.storage.database import reading
from service.storage.tables import EvalRun

views = APIRouter()
FILE = "cases.json"
MOST = 400  # cases listed

Case = Mapping[str, Any]


@views.get("/evals/cases/{case}")
def show(request: Request, house: Here, case: str, run: str = "", other: str = "") -> Response:
    """Show a case of a run whole, beside the same case of another run where one is asked for."""
    with reading(house.engine) as session:
        chosen, beside = session.get(EvalRun, run), session.get(EvalRun, other) if other else None
    found = named(read(house, chosen), case)
    if chosen is None or found is None:
        return page.missing(request, house, "case in a run on this machine")
    earlier = named(read(house, beside), case) if beside else None
    return page.page(
        request, house, "eval_case.html", current="evals", case=found, run=chosen, beside=beside, earlier=earlier, scores=scores(found, earlier),
        longest=max([one["ms"] for one in found["stages"]], default=0.0),
    )  # fmt: skip


def place(house: House, run: EvalRun | None) -> list[Path]:
    """Return the folders in which the files of a run may be: where they were written, or under this data directory."""
    if run is None:
        return []
    written = Path(str(run.report.get("path", "")))
    return [written, house.settings.data_dir / "reports" / written.name]


def read(house: House, run: EvalRun | None) -> list[Case]:
    """Read the cases of a run; none where its files are not on this machine."""
    for folder in place(house, run):
        try:
            content = json.loads((folder / FILE).read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(content, list):
            return content
    return []


def named(cases: Sequence[Case], id: str) -> Case | None:
    """Return the case of an id."""
    return next((one for one in cases if one.get("id") == id), None)


def scores(case: Case, earlier: Case | None) -> list[tuple[Mapping[str, Any], str | None]]:
    """Return the scores of a case, each with its value in the other run: the one beside it, else the one that it was compared with."""
    others = {one["metric"]: one["value"] for one in earlier["scores"]} if earlier else None
    return [(one, others.get(one["metric"]) if others is not None else one.get("before")) for one in case["scores"]]


def chosen(cases: Sequence[Case], show: str, of: str) -> list[Case]:
    """Return the cases that failed, or changed since the run they were compared with, or all, on a slice."""
    wanted = [one for one in cases if not of or of in one.get("slices", ())]
    return [one for one in wanted if show == "all" or one.get("changed" if show == "changed" else "failed")][:MOST]


def slices(cases: Sequence[Case]) -> list[str]:
    """Return the names of all slices that the cases are in."""
    return sorted({name for one in cases for name in one.get("slices", ())})
