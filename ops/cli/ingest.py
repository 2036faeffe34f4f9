"""Builds a snapshot at the command line, and puts it in use where that is wanted."""

import json
from collections.abc import Sequence
from pathlib import Path

from ingestion import build, changes
from ingestion.build import Built
from ingestion.changes import Changes
from ops.cli import progress
from ops.cli.progress import bar
from ops.cli.shared import BAD_INPUT, complain, say
from retrieval import index
from retrieval.manifest import Entry
from retrieval.passages import Passage
from service import bootstrap
from service.settings import Settings


def run(settings: Settings, paths: Sequence[Path], activate: bool, as_json: bool) -> int:
    """Build, report, and return the exit code: 2 where files were skipped. Raises NothingToIndex, SamePath, EncoderError."""
    built = make(settings, paths)
    before = index.current(settings.data_dir)
    if before is None or activate:
        index.make_current(settings.data_dir, built.snapshot_name)
    in_use = index.current(settings.data_dir) == built.snapshot_name
    for one in built.skipped:
        complain(f"{one.path}: {one.why}")
    if as_json:
        say(json.dumps(_facts(built, in_use)))
    else:
        say(
            f"Snapshot {built.snapshot_name}: {built.articles} articles, {built.passages} passages ({built.embedded} embedded now, {built.reused} reused)."
        )
        say("It is in use." if in_use else f"Not in use: {before} is. `proofdesk ingest … --activate` puts it in use.")
    if in_use:
        _prepare(settings)
    return BAD_INPUT if built.skipped else 0


def rehearse(settings: Settings, paths: Sequence[Path], as_json: bool) -> int:
    """Tell what building would change against the snapshot in use, and return the exit code: 2 where files are refused."""
    name = index.current(settings.data_dir)
    entries: tuple[Entry, ...] = ()
    passages: tuple[Passage, ...] = ()
    if name is not None:
        _, opened, entries = index.open_index(settings.data_dir / "snapshots" / name)
        passages = opened.passages
    with bar("Reading") as tell:
        told = changes.compare(paths, entries, passages, progress=tell)
    if as_json:
        say(json.dumps(_told(told, name), ensure_ascii=False))
    else:
        for sign, articles in (("new", told.new), ("changed", told.changed), ("gone", told.gone)):
            for article in articles:
                say(f"{sign:<8} {article}")
        for one in told.refused:
            say(f"refused  {one.path}: {one.why}")
        say(
            f"Nothing was built. {len(told.new)} articles would be new, {len(told.changed)} changed, {len(told.gone)} gone, {told.unchanged} as they are; "
            f"{len(told.refused)} files are refused; {told.new_passages} of {told.passages} passages would be embedded."
        )
    return BAD_INPUT if told.refused else 0


def make(settings: Settings, paths: Sequence[Path]) -> Built:
    """Build a snapshot, with progress bars on a terminal."""
    with bar("Reading") as read, bar("Embedding") as embedded:
        return build.build(paths, settings.data_dir, progress=embedded, reading=read)


def _prepare(settings: Settings) -> None:
    """Fit what the local model learns now, so that the first email does not wait for it."""
    desks = bootstrap.open_desks(settings, progress.learning())
    try:
        desks.choose()
    finally:
        desks.close()


def _told(told: Changes, snapshot: str | None) -> dict[str, object]:
    return {
        "against": snapshot,
        "new": told.new,
        "changed": told.changed,
        "gone": told.gone,
        "unchanged": told.unchanged,
        "refused": [{"path": one.path, "why": one.why} for one in told.refused],
        "passages": told.passages,
        "newPassages": told.new_passages,
    }


def _facts(built: Built, in_use: bool) -> dict[str, object]:
    return {
        "snapshot": built.snapshot_name,
        "inUse": in_use,
        "articles": built.articles,
        "passages": built.passages,
        "embedded": built.embedded,
        "reused": built.reused,
        "skipped": [{"path": one.path, "why": one.why} for one in built.skipped],
    }
