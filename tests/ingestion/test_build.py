from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.build import Built, build
from ingestion.collecting import NothingToIndex, SamePath
from retrieval.index import current, make_current, open_snapshot
from tests.retrieval.tiny_encoder import make_encoder, make_source

Build = Callable[..., Built]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(tmp_path: Path, data_dir: Path) -> Build:
    source = make_source(tmp_path / "model")
    make_encoder(data_dir / "encoders", source)
    return lambda *paths, **more: build(paths, data_dir, model=str(source), now=lambda: datetime(2026, 5, 1, tzinfo=UTC), **more)


@pytest.fixture
def help_centre(tmp_path: Path) -> Path:
    folder = tmp_path / "help"
    (folder / "pay").mkdir(parents=True)
    (folder / "pay" / "refunds.md").write_text("# Refunds\n\nA refund takes five to ten working days to reach the card of the customer.\n")
    (folder / "hours.txt").write_text("Opening hours\n\nWe are open from nine to five on all working days of the week.\n")
    (folder / "logo.png").write_bytes(b"\x89PNG")
    return folder


def test_builds_a_snapshot_of_all_articles_with_paths_relative_to_the_folder(run: Build, help_centre: Path, data_dir: Path) -> None:
    built = run(help_centre)
    snapshot = open_snapshot(built.folder, data_dir / "encoders")
    assert [(entry.path, entry.title) for entry in snapshot.articles] == [("hours.txt", "Opening hours"), ("pay/refunds.md", "Refunds")]
    assert {passage.article for passage in snapshot.passages} == {"hours.txt", "pay/refunds.md"}
    assert (built.articles, built.embedded, built.reused, built.skipped) == (2, 2, 0, ())


def test_the_same_content_is_the_same_snapshot_and_nothing_is_written_again(run: Build, help_centre: Path) -> None:
    first = run(help_centre)
    written = {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")}
    again = run(help_centre)
    assert (again.snapshot_name, again.embedded, again.reused) == (first.snapshot_name, 0, 2)
    assert {path: path.stat().st_mtime_ns for path in again.folder.rglob("*")} == written


def test_embeds_only_the_article_that_changed_and_keeps_the_old_snapshot(run: Build, help_centre: Path) -> None:
    first = run(help_centre)
    (help_centre / "hours.txt").write_text("Opening hours\n\nWe are open all night now.\n")
    second = run(help_centre)
    assert (second.embedded, second.reused) == (1, 1)
    assert second.folder != first.folder
    assert first.folder.is_dir()


def test_takes_vectors_over_from_the_snapshot_it_is_given(run: Build, help_centre: Path, data_dir: Path) -> None:
    first = run(help_centre)
    snapshot = open_snapshot(first.folder, data_dir / "encoders")
    first.folder.rename(data_dir / "elsewhere")
    (help_centre / "new.md").write_text("# New\n\nA word that nobody wrote before.\n")
    assert run(help_centre, previous=snapshot).embedded == 1


def test_a_damaged_snapshot_is_built_again(run: Build, help_centre: Path, data_dir: Path) -> None:
    first = run(help_centre)
    (first.folder / "vectors.faiss").write_bytes(b"cut off")
    again = run(help_centre)
    assert again.snapshot_name == first.snapshot_name
    assert len(open_snapshot(again.folder, data_dir / "encoders").passages) == 2


def test_reports_by_name_what_it_does_not_read(run: Build, help_centre: Path) -> None:
    (help_centre / "plan.odt").write_bytes(b"PK")
    (help_centre / "empty.md").write_text("")
    skipped = {one.path: one.why for one in run(help_centre, help_centre / "nowhere.md").skipped}
    assert set(skipped) == {"plan.odt", "empty.md", "nowhere.md"}
    assert ".odt" in skipped["plan.odt"]


def test_a_help_centre_without_an_article_is_refused(run: Build, tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / "a.odt").write_bytes(b"PK")
    with pytest.raises(NothingToIndex, match=r"a\.odt: \.odt is not read"):
        run(tmp_path / "nothing")
    assert not (data_dir / "snapshots").exists()


def test_a_single_file_goes_by_its_name(run: Build, help_centre: Path, data_dir: Path) -> None:
    built = run(help_centre / "pay" / "refunds.md")
    assert open_snapshot(built.folder, data_dir / "encoders").articles[0].path == "refunds.md"


def test_two_folders_with_the_same_file_are_refused_by_name(run: Build, help_centre: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "hours.txt").write_text("Other hours\n\nNever open.\n")
    with pytest.raises(SamePath, match=r"hours\.txt"):
        run(help_centre, tmp_path / "other")


def test_progress_ends_with_all_passages_embedded(run: Build, help_centre: Path) -> None:
    seen: list[tuple[int, int]] = []
    run(help_centre, progress=lambda done, of: seen.append((done, of)))
    assert seen[-1] == (2, 2)


def test_which_snapshot_is_live_is_a_choice_of_its_own(run: Build, help_centre: Path, data_dir: Path) -> None:
    built = run(help_centre)
    assert current(data_dir) is None
    make_current(data_dir, built.snapshot_name)
    assert current(data_dir) == built.snapshot_name
