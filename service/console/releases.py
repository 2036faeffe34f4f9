"""Releases: what was in production when, what differs between two of them, and the moves."""

import difflib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from service import bootstrap, release
from service.api.roles import Acting
from service.api.routes import Here, House, now
from service.console import charts, page
from service.release import PinnedPrompt, ReleaseError
from service.releases import activation, certificate, moves
from service.releases.certificate import Certificate
from service.releases.moves import Listed
from service.storage.tables import ReleaseMove

views = APIRouter()


@dataclass(frozen=True)
class Row:
    """One line of a comparison: its number and text on both sides, None where a side has no such line."""

    left_number: int | None
    left: str | None
    right_number: int | None
    right: str | None
    kind: str  # same, changed, removed, added, gap


@dataclass(frozen=True)
class Compared:
    """One file of two releases, side by side; without rows where they are the same."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Shown:
    """A release with the certificate of its last check, None where it was never checked; `fault` says why that cannot be read. `kept` is the one
    that passed, where the last did not.
    """

    listed: Listed
    certificate: Certificate | None
    fault: str | None
    kept: Certificate | None = None


@dataclass(frozen=True)
class Reign:
    """How long a release was in use, in the window of the timeline."""

    release: str
    since: datetime
    until: datetime
    bar: charts.Bar


@views.get("/releases")
def show(request: Request, house: Here, left: str = "", right: str = "") -> Response:
    """Show releases, their timeline, and two of them compared."""
    return _shown(request, house, left, right)


def _shown(request: Request, house: House, left: str = "", right: str = "", fault: str = "", code: int = 200) -> Response:
    listed = moves.listed(house.engine, house.settings.releases_dir)
    standing, history = moves.standing(house.engine), moves.history(house.engine)
    names = [one.name for one in listed]
    right = right if right in names else standing.canary or standing.active
    left = left if left in names else standing.active if right != standing.active else standing.before or standing.active
    return page.page(
        request, house, "releases.html", code, current="releases", releases=[_certified(house, one) for one in listed], standing=standing,
        history=list(reversed(history)), reigns=reigns(history, now()), left=left, right=right, names=names, fault=fault,
        compared=compare(house, left, right) if left != right and {left, right} <= set(names) else None,
    )  # fmt: skip


def _certified(house: House, one: Listed) -> Shown:
    try:
        folder = house.settings.releases_dir / one.name
        held, last = certificate.read(folder), certificate.last(folder)
        return Shown(one, last, None, held if held and held != last and held.verdict == "pass" else None)
    except ReleaseError as exc:
        return Shown(one, None, str(exc))


def reigns(history: list[ReleaseMove], until: datetime) -> list[Reign]:
    """Return which release was in use when, oldest first."""
    starts = [(move.at, move.release) for move in history if move.to_state == "active"]
    if not starts:
        return []
    first = history[0].at if starts[0][0] != history[0].at else starts[0][0]
    before = next((move.release for move in history if move.to_state == "retired" and move.from_state == "active"), None)
    if before and before != starts[0][1]:
        starts.insert(0, (first, before))
    whole = (until - starts[0][0]).total_seconds() or 1.0
    ends = [at for at, _ in starts[1:]] + [until]
    return [
        Reign(name, at, end, charts.bar((end - at).total_seconds(), whole, (at - starts[0][0]).total_seconds()))
        for (at, name), end in zip(starts, ends, strict=True)
    ]


def compare(house: House, left: str, right: str) -> list[Compared]:
    """Compare two releases: their files, and the files of the prompts they pin."""
    folders = [house.settings.releases_dir / name for name in (left, right)]
    found = [Compared("release.toml", _rows(_text(folders[0] / "release.toml"), _text(folders[1] / "release.toml")))]
    try:
        pins = [loaded.prompts for loaded in (release.load(folder / "release.toml") for folder in folders)]
    except ReleaseError:
        return found
    for field in pins[0].keys() & pins[1].keys():
        found += _prompts(house.settings.prompts_dir, pins[0][field], pins[1][field])
    return found


def _prompts(prompts: Path, one: PinnedPrompt, other: PinnedPrompt) -> list[Compared]:
    folders = [prompts / pin.name / pin.version for pin in (one, other)]
    if folders[0] == folders[1]:
        return [Compared(f"{one.name} {one.version}", [])]
    files = sorted({path.name for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file()})
    return [
        Compared(f"{one.name} {one.version} → {other.name} {other.version}: {name}", _rows(_text(folders[0] / name), _text(folders[1] / name)))
        for name in files
    ]


def _text(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _rows(left: list[str], right: list[str], context: int = 3) -> list[Row]:
    """Put two texts side by side, unchanged stretches shortened; nothing where they are the same."""
    rows: list[Row] = []
    for group in difflib.SequenceMatcher(None, left, right, autojunk=False).get_grouped_opcodes(context):
        if rows:
            rows.append(Row(None, None, None, None, "gap"))
        for tag, i1, i2, j1, j2 in group:
            for step in range(max(i2 - i1, j2 - j1)):
                a, b = (i1 + step if i1 + step < i2 else None), (j1 + step if j1 + step < j2 else None)
                kind = "same" if tag == "equal" else "added" if a is None else "removed" if b is None else "changed"
                rows.append(
                    Row(a + 1 if a is not None else None, left[a] if a is not None else None,
                        b + 1 if b is not None else None, right[b] if b is not None else None, kind)
                )  # fmt: skip
    return rows


@views.post("/releases/rollback", dependencies=[Depends(page.same_browser)])
def roll_back(
    request: Request, house: Here, acting: Acting, why: Annotated[str, Form(max_length=2000)] = "", who: Annotated[str, Form()] = ""
) -> Response:
    """Go back to the release before, with the reason."""
    if not why.strip():
        return _shown(request, house, fault="a rollback needs its reason", code=422)
    try:
        moves.roll_back(house.engine, acting.signs(page.who(request, who)), why.strip(), now(), by=acting.who)
    except moves.NoWayBack as exc:
        return _shown(request, house, fault=str(exc), code=409)
    return page.back("/releases")


@views.post("/releases/move", dependencies=[Depends(page.same_browser)])
def move(
    request: Request,
    house: Here,
    acting: Acting,
    name: Annotated[str, Form(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")],
    to: Annotated[str, Form()],
    why: Annotated[str, Form(max_length=2000)] = "",
    percent: Annotated[int, Form(ge=1, le=100)] = 5,
    who: Annotated[str, Form()] = "",
) -> Response:
    """Give a release a share of the mail, or put it in use; refused without a passing report made from these very hashes."""
    if not why.strip():
        return _shown(request, house, fault="a move needs its reason", code=422)
    signed = acting.signs(page.who(request, who))
    try:
        chosen = release.load(house.settings.releases_dir / name / "release.toml")
        if to == "canary":
            activation.canary(house.engine, house.settings, chosen, percent, signed, why.strip(), now(), by=acting.who)
        else:
            activation.activate(house.engine, house.settings, chosen, signed, why.strip(), now(), by=acting.who)
    except (certificate.NotGated, moves.CannotMove, *bootstrap.NOT_BUILT) as exc:
        return _shown(request, house, fault=str(exc), code=409)
    return page.back("/releases")
