"""The health of retrieval, on the small help centre."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion import build
from ops.watch import drift
from ops.watch.drift import Health, Probe
from ops.watch.monitors import Reading
from ops.watch.traffic import Mail
from retrieval import index
from service import bootstrap, release
from service.bootstrap import Shelf
from service.release import Release
from service.releases.certificate import Baseline, Share
from service.settings import Settings


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def chosen(settings: Settings) -> Release:
    return release.load(settings.releases_dir / "r1" / "release.toml")


@pytest.fixture
def shelf(settings: Settings, chosen: Release) -> Shelf:
    name = index.current(settings.data_dir)
    assert name
    return bootstrap.shelf(settings.data_dir, chosen, name)


@pytest.fixture
def own(settings: Settings, shelf: Shelf, tmp_path: Path) -> Settings:
    """Settings whose release r1 has probes beside it."""
    (tmp_path / "releases" / "r1").mkdir(parents=True)
    shutil.copy(settings.releases_dir / "r1" / "release.toml", tmp_path / "releases" / "r1")
    drift.write_probes(tmp_path / "releases" / "r1", drift.make_probes(shelf.snapshot.passages))
    return settings.model_copy(update={"releases_dir": tmp_path / "releases"})


def probes(found: list[Reading]) -> Reading:
    return next(one for one in found if one.monitor == "probes")


def test_probes_cover_the_help_centre_and_find_their_articles(shelf: Shelf) -> None:
    made = drift.make_probes(shelf.snapshot.passages)
    assert {one.article for one in made} == {passage.article for passage in shelf.snapshot.passages}
    assert drift.run_probes(shelf, made).hits == len(made)


def test_probes_are_spread_when_there_are_too_many(shelf: Shelf) -> None:
    passages = shelf.snapshot.passages
    many = [replace(passages[0], heading=f"Heading {number}", article=f"{number}.md") for number in range(500)]
    made = drift.make_probes(many, 50)
    assert len(made) == 50
    assert int(made[-1].article.removesuffix(".md")) > 450


def test_headings_that_several_articles_share_are_no_probes(shelf: Shelf) -> None:
    one = shelf.snapshot.passages[0]
    assert drift.make_probes([one, replace(one, article="copy.md")]) == ()


def test_probes_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    made = (Probe("How? «ja»", "a/b.md"), Probe("Why", "c.md"))
    drift.write_probes(tmp_path, made)
    assert drift.read_probes(tmp_path) == made
    assert drift.read_probes(tmp_path / "nowhere") == ()


def test_a_whole_snapshot_is_healthy(own: Settings, chosen: Release) -> None:
    found = Health(own, Clock()).readings(chosen, "r1", Baseline())
    assert not any(one.beyond for one in found)
    assert probes(found).value == 0


def test_a_snapshot_that_lost_articles_shows(own: Settings, chosen: Release, help_centre: Path, tmp_path: Path) -> None:
    many = [Probe(one.question, one.article) for one in drift.read_probes(own.releases_dir / "r1")] * 4
    drift.write_probes(own.releases_dir / "r1", many)
    shutil.copytree(help_centre, tmp_path / "fewer")
    shutil.rmtree(tmp_path / "fewer" / "bikes")
    stale = build.build([tmp_path / "fewer"], own.data_dir).snapshot_name
    pinned = chosen.model_copy(update={"retrieval": chosen.retrieval.model_copy(update={"snapshot": stale})})
    baseline = Baseline(shares={"probes": Share(hits=0, of=len(many))})
    assert probes(Health(own, Clock()).readings(pinned, "r1", baseline)).beyond


@pytest.mark.parametrize("file", ["vectors.faiss", "passages.jsonl", "manifest.json"])
def test_a_snapshot_that_is_damaged_while_it_is_in_use_shows_at_the_next_look(own: Settings, chosen: Release, file: str) -> None:
    clock = Clock()
    health = Health(own, clock)
    assert not probes(health.readings(chosen, "r1", Baseline())).beyond
    name = index.current(own.data_dir)
    assert name
    path = own.data_dir / "snapshots" / name / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    clock.at += drift.PROBE_EVERY_S
    found = probes(health.readings(chosen, "r1", Baseline()))
    assert found.beyond
    assert name in (health.fault(chosen) or "")


def test_words_that_the_help_centre_lacks_are_counted(shelf: Shelf) -> None:
    share = drift.unknown_words(shelf.snapshot.index)
    known, unknown = Mail("1", "answered", question="charge the battery indoors"), Mail("2", "answered", question="the submarine periscope is foggy")
    assert share(known) == 0
    assert (share(unknown) or 0) > 0.9
    assert share(Mail("3", "answered", question="hello")) is None
    assert drift.new_words(shelf.snapshot.index, [known, unknown, unknown])[0][1] == 2


def test_articles_that_nothing_brings_up_are_named(shelf: Shelf) -> None:
    found = drift.coverage(shelf.snapshot, [Mail("1", "answered", articles=("billing.md", "rental.md"))])
    assert set(found.never_retrieved) == {"bikes/battery.md", "bikes/delivery.md"}
    assert found.articles == 4
