"""The calls that operate the service: releases, measures, health."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field

from service import bootstrap, release
from service.api.problems import Problem, responses
from service.api.roles import Acting
from service.api.routes import Here, now
from service.releases import activation, certificate, moves
from service.storage import measures
from service.telemetry.prometheus import CONTENT_TYPE
from service.wire import SaidLine, Wire

api = APIRouter(prefix="/v1", tags=["operations"])
metrics = APIRouter(tags=["probes"])


class ReleaseView(Wire):
    """A release and its state."""

    name: str
    state: str
    since: datetime | None
    created: str
    why: str
    fault: str | None = Field(description="Why its file cannot be used, null where it can")


class ReleaseList(Wire):
    """All releases, and the one in use."""

    active: str
    releases: list[ReleaseView]


class Move(Wire):
    """Who moves a release, and why."""

    who: SaidLine = Field(min_length=1, max_length=200, examples=["ana"])
    why: SaidLine = Field(min_length=1, max_length=2000, examples=["unsupported claims rose"])


class Activation(Move):
    """Who puts a release in use, and why; `force` does so without a passing report, and is on record."""

    force: bool = False


@api.get("/releases", summary="List releases")
def list_releases(house: Here) -> ReleaseList:
    """Give all releases with their states."""
    listed = moves.listed(house.engine, house.settings.releases_dir)
    return ReleaseList(active=moves.active(house.engine), releases=[ReleaseView(**vars(one)) for one in listed])


@api.post("/releases/rollback", summary="Go back to the release before", responses=responses(400, 409, 422))
def roll_back(house: Here, acting: Acting, move: Move) -> ReleaseList:
    """Put the release before in use again, in every process within seconds."""
    try:
        moves.roll_back(house.engine, acting.signs(move.who), move.why, now(), by=acting.who)
    except moves.NoWayBack as exc:
        raise Problem(409, "no-way-back", str(exc)) from exc
    return list_releases(house)


@api.post("/releases/{name}/activate", summary="Put a release in use", responses=responses(400, 404, 409, 422))
def activate(house: Here, acting: Acting, name: Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")], move: Activation) -> ReleaseList:
    """Put a release in use, in every process within seconds. Refused without a passing report made from these very hashes."""
    path = house.settings.releases_dir / name / "release.toml"
    if not path.is_file():
        raise Problem(404, "not-found", f"there is no release {name}")
    try:
        chosen = release.load(path)
        activation.activate(house.engine, house.settings, chosen, acting.signs(move.who), move.why, now(), move.force, acting.who)
    except certificate.NotGated as exc:
        raise Problem(409, "not-gated", str(exc)) from exc
    except bootstrap.NOT_BUILT as exc:
        raise Problem(409, "unusable-release", f"release {name} cannot be used: {exc}") from exc
    return list_releases(house)


@api.get("/measures", summary="Latency, cost and rates", responses=responses(422))
def get_measures(house: Here, window: measures.Window = "24h", release: str | None = None) -> measures.Measures:
    """Add up what happened in a window of time, by release, stage and route."""
    return measures.measure(house.engine, window, now(), release, house.desks.parts.breakers.states())


@metrics.get("/metrics", summary="For Prometheus", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def get_metrics(house: Here) -> Response:
    """Give what this process has counted, in the format that Prometheus reads."""
    return Response(house.metrics.text(), media_type=CONTENT_TYPE)


def described() -> list[dict[str, Any]]:
    """Describe the groups of calls for OpenAPI."""
    return [
        {"name": "emails", "description": "Send support emails in"},
        {"name": "tickets", "description": "What became of them, and how"},
        {"name": "questions", "description": "The help centre alone"},
        {"name": "people", "description": "Whose mail it was"},
        {"name": "operations", "description": "Releases and measures"},
        {"name": "probes", "description": "For orchestrators and Prometheus"},
    ]
