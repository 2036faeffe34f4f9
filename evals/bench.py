"""Builds the desks that a run needs: on the sample help centre, on the same with the attackers' articles in it, on those of foreign companies."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

import ingestion
from evals.cases import Suite
from evals.observation import Offices
from evals.recordings import Player, Recording, Render
from ingestion import build
from retrieval import encoder as encoders
from retrieval.remembering import Remembering
from service import bootstrap, prompting, release
from service.arrays import Kept
from service.models import Model
from service.models.routing import LOCAL, Route
from service.pipeline import Desk
from service.release import PinnedPrompt, Release
from service.releases import moves
from service.releases.serving import Parts, StandIn
from service.settings import Settings

HELP_CENTRE = Path(ingestion.__file__).parent / "help_centre"
FOLDER = "planted"  # of the attackers' articles

Progress = Callable[[int, int], None]


class NoRoute(Exception):
    """A release has no such hosted route, or its provider is not configured. The message lists what it has."""


@dataclass(frozen=True)
class Bench:
    """The desks of a release, with what they were built from; `foreign` and `snapshots` go by company.

    `planted_snapshot` is the name of the sample help centre's snapshot with the attackers' articles in it, empty where none was built.
    """

    parts: Parts
    release: Release
    desk: Desk
    planted: Desk
    snapshot: str
    notes: tuple[str, ...] = ()
    foreign: Mapping[str, Desk] = field(default_factory=dict)
    snapshots: Mapping[str, str] = field(default_factory=dict)
    player: Player | None = None
    planted_snapshot: str = ""

    @property
    def offices(self) -> Offices:
        """The desks as cases are dealt to them."""
        return Offices(self.desk, self.planted, self.foreign)


def open_bench(
    settings: Settings,
    suite: Suite,
    name: str | None = None,
    local: bool = False,
    progress: Progress | None = None,
    recording: Recording | None = None,
    missing: TextIO | None = None,
) -> Bench:
    """Build the desks of a release, the one in use where none is named; `local` leaves the hosted models out.

    With a recording, its completions stand for every hosted model; prompts that it lacks are written to `missing`.

    The prompts are taken as they are in the working tree: where they differ from what the release pins, a note says so. Raises what building
    a desk or a snapshot raises, naming what is wrong.
    """
    desks = bootstrap.open_desks(settings)
    parts = replace(desks.parts, providers={}) if local else desks.parts
    chosen = release.load(settings.releases_dir / (name or moves.active(parts.engine)) / "release.toml")
    unpinned, notes = _unpinned(chosen, settings.prompts_dir)
    player = Player(recording, rendering(settings), missing) if recording else None
    if player:
        hosted = {pin.provider for pin in chosen.routes if pin.provider != LOCAL}
        parts = replace(parts, providers={}, stand_ins={provider: _standing(player) for provider in hosted})
    snapshot = build.build([HELP_CENTRE], settings.data_dir, progress=progress).snapshot_name
    planted = _plant(suite, settings.data_dir, progress)
    desk = bootstrap.build(parts, unpinned, snapshot)
    shelf = bootstrap.shelf(settings.data_dir, unpinned, planted)
    snapshots = {name: build.build([folder], settings.data_dir, progress=progress).snapshot_name for name, folder in suite.help_centres.items()}
    foreign = {name: replace(desk, index=bootstrap.shelf(settings.data_dir, unpinned, one)) for name, one in snapshots.items()}
    return Bench(parts, chosen, desk, replace(desk, index=shelf), snapshot, notes, foreign, snapshots, player, planted)


def recorded(bench: Bench, route: str, recorder: Callable[[Model], Model]) -> Bench:
    """Return a bench whose desks keep what one hosted route answers. Raises NoRoute where the release cannot ask it."""
    asked: list[str] = []

    def wrap(one: Route, model: Model) -> Model:
        name = f"{one.provider}/{one.model}"
        asked.append(name)
        return recorder(model) if name == route else model

    routes = bench.desk.routes.through(wrap)
    if route not in asked or route.partition("/")[0] == LOCAL:
        hosted = ", ".join(sorted({name for name in asked if not name.startswith(f"{LOCAL}/")})) or "none: no provider of its routes has a key"
        raise NoRoute(f"release {bench.release.name} cannot ask {route!r}; it can ask: {hosted}")
    desks = [replace(desk, routes=routes) for desk in (bench.desk, bench.planted)]
    return replace(bench, desk=desks[0], planted=desks[1], foreign={name: replace(desk, routes=routes) for name, desk in bench.foreign.items()})


def rendering(settings: Settings) -> Render:
    """Return what renders a call as a provider gets it, the schema apart: what the hash of a prompt is taken from."""
    renderer = bootstrap.renderer(Remembering(encoders.obtain(settings.data_dir / "encoders")), Kept(settings.data_dir / "fitted"))
    return renderer.render


def _standing(player: Player) -> StandIn:
    def stand_in(model: str, local: Model) -> Model:
        return player

    return stand_in


def _unpinned(chosen: Release, prompts_dir: Path) -> tuple[Release, tuple[str, ...]]:
    """Take the pins out of a release, and say which prompts are no longer what it pins."""
    notes = []
    for pin in chosen.prompts.values():
        now = prompting.load(prompts_dir / pin.name / pin.version).sha256
        if pin.sha256 and now != pin.sha256:
            notes.append(f"prompt {pin.name} {pin.version} was changed after release {chosen.name} pinned it")
    return chosen.model_copy(update={field: _bare(pin) for field, pin in chosen.prompts.items()}), tuple(notes)


def _bare(pin: PinnedPrompt) -> PinnedPrompt:
    return pin.model_copy(update={"sha256": ""})


def _plant(suite: Suite, data_dir: Path, progress: Progress | None) -> str:
    """Build the snapshot of the sample help centre with the attackers' articles in it, and return its name."""
    with tempfile.TemporaryDirectory(prefix="planted-") as scratch:
        folder = Path(scratch) / "help_centre"
        shutil.copytree(HELP_CENTRE, folder)
        write_planted(suite, folder / FOLDER)
        return build.build([folder], data_dir, progress=progress).snapshot_name


def write_planted(suite: Suite, folder: Path) -> None:
    """Write the attackers' articles into a folder of their own."""
    folder.mkdir()
    for case in suite.planted:
        (folder / f"{case.id}.md").write_text(case.article or "", "utf-8")
