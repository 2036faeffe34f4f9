"""Builds the desks that a run needs: on the sample help centre, on the same with the attackers' articles in it, on those of foreign companies."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import ingestion
from evals.cases import Suite
from evals.observation import Offices
from ingestion import build
from service import bootstrap, prompting, release
from service.pipeline import Desk
from service.release import PinnedPrompt, Release
from service.releases import moves
from service.releases.serving import Parts
from service.settings import Settings

HELP_CENTRE = Path(ingestion.__file__).parent / "help_centre"
FOLDER = "planted"  # of the attackers' articles

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Bench:
    """The desks of a release, with what they were built from; `foreign` and `snapshots` go by company."""

    parts: Parts
    release: Release
    desk: Desk
    planted: Desk
    snapshot: str
    notes: tuple[str, ...] = ()
    foreign: Mapping[str, Desk] = field(default_factory=dict)
    snapshots: Mapping[str, str] = field(default_factory=dict)

    @property
    def offices(self) -> Offices:
        """The desks as cases are dealt to them."""
        return Offices(self.desk, self.planted, self.foreign)


def open_bench(settings: Settings, suite: Suite, name: str | None = None, local: bool = False, progress: Progress | None = None) -> Bench:
    """Build the desks of a release, the one in use where none is named; `local` leaves the hosted models out.

    The prompts are taken as they are in the working tree: where they differ from what the release pins, a note says so. Raises what building
    a desk or a snapshot raises, naming what is wrong.
    """
    desks = bootstrap.open_desks(settings)
    parts = replace(desks.parts, providers={}) if local else desks.parts
    chosen = release.load(settings.releases_dir / (name or moves.active(parts.engine)) / "release.toml")
    unpinned, notes = _unpinned(chosen, settings.prompts_dir)
    snapshot = build.build([HELP_CENTRE], settings.data_dir, progress=progress).snapshot_name
    planted = _plant(suite, settings.data_dir, progress)
    desk = bootstrap.build(parts, unpinned, snapshot)
    shelf = bootstrap.shelf(settings.data_dir, unpinned, planted)
    snapshots = {name: build.build([folder], settings.data_dir, progress=progress).snapshot_name for name, folder in suite.help_centres.items()}
    foreign = {name: replace(desk, index=bootstrap.shelf(settings.data_dir, unpinned, one)) for name, one in snapshots.items()}
    return Bench(parts, chosen, desk, replace(desk, index=shelf), snapshot, notes, foreign, snapshots)


def _unpinned(chosen: Release, prompts_dir: Path) -> tuple[Release, tuple[str, ...]]:
    """Take the pins out of a release, and say which prompts are no longer what it pins."""
    notes = []
    for pin in (chosen.extract_prompt, chosen.answer_prompt):
        now = prompting.load(prompts_dir / pin.name / pin.version).sha256
        if pin.sha256 and now != pin.sha256:
            notes.append(f"prompt {pin.name} {pin.version} was changed after release {chosen.name} pinned it")
    bare = {"extract_prompt": _bare(chosen.extract_prompt), "answer_prompt": _bare(chosen.answer_prompt)}
    return chosen.model_copy(update=bare), tuple(notes)


def _bare(pin: PinnedPrompt) -> PinnedPrompt:
    return pin.model_copy(update={"sha256": ""})


def _plant(suite: Suite, data_dir: Path, progress: Progress | None) -> str:
    """Build the snapshot of the sample help centre with every attack article in it, and return its name."""
    with tempfile.TemporaryDirectory(prefix="planted-") as scratch:
        folder = Path(scratch) / "help_centre"
        shutil.copytree(HELP_CENTRE, folder)
        write_planted(suite, folder / FOLDER)
        return build.build([folder], data_dir, progress=progress).snapshot_name


def write_planted(suite: Suite, folder: Path) -> None:
    """Write the attackers' articles into a folder of their own."""
    folder.mkdir()
    for case in suite.attacks:
        if case.article:
            (folder / f"{case.id}.md").write_text(case.article, "utf-8")
