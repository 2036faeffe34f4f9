import json
from pathlib import Path

import numpy as np
import pytest

from ingestion.build import build
from retrieval import index
from retrieval.index import Index, SnapshotError, open_snapshot
from retrieval.manifest import Entry
from retrieval.passages import Passage
from tests.retrieval.tiny_encoder import make_encoder, make_source


@pytest.fixture
def encoders(tmp_path: Path) -> Path:
    return tmp_path / "data" / "encoders"


@pytest.fixture
def folder(tmp_path: Path, encoders: Path) -> Path:
    source = make_source(tmp_path / "model")
    make_encoder(encoders, source)
    (tmp_path / "a.md").write_text("# Refunds\n\nA refund takes five days to arrive on the card.\n")
    return build([tmp_path / "a.md"], tmp_path / "data", model=str(source)).folder


def test_opens_what_was_built(folder: Path, encoders: Path) -> None:
    snapshot = open_snapshot(folder, encoders)
    assert snapshot.name == folder.name
    assert [passage.title for passage in snapshot.passages] == ["Refunds"]
    assert snapshot.encoder.name == snapshot.manifest.encoder


@pytest.mark.parametrize("file", ["passages.jsonl", "vectors.faiss", "articles.jsonl", "lexical/vocabulary.json"])
def test_a_file_that_was_cut_off_is_refused_by_name(folder: Path, encoders: Path, file: str) -> None:
    (folder / file).write_bytes((folder / file).read_bytes()[:-5])
    with pytest.raises(SnapshotError, match=file):
        open_snapshot(folder, encoders)


def test_a_file_that_is_missing_is_refused_by_name(folder: Path, encoders: Path) -> None:
    (folder / "vectors.faiss").unlink()
    with pytest.raises(SnapshotError, match=r"lacks the file vectors\.faiss"):
        open_snapshot(folder, encoders)


def test_a_half_written_snapshot_is_refused(folder: Path, encoders: Path) -> None:
    (folder / "manifest.json").unlink()
    with pytest.raises(SnapshotError, match="never finished"):
        open_snapshot(folder, encoders)


def test_a_cut_off_manifest_is_refused(folder: Path, encoders: Path) -> None:
    (folder / "manifest.json").write_text((folder / "manifest.json").read_text()[:100])
    with pytest.raises(SnapshotError, match=r"damaged manifest\.json"):
        open_snapshot(folder, encoders)


def test_a_floor_changed_by_hand_is_noticed(folder: Path, encoders: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["calibration"]["floor"] = 0.0
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(SnapshotError, match="changed after it was built"):
        open_snapshot(folder, encoders)


def test_a_snapshot_of_another_encoder_is_refused(folder: Path, tmp_path: Path) -> None:
    make_encoder(tmp_path / "others", make_source(tmp_path / "other-model", seed=1), seed=1)
    with pytest.raises(SnapshotError, match="was built by encoder"):
        open_snapshot(folder, tmp_path / "others")


def test_a_snapshot_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="there is no snapshot nothing"):
        open_snapshot(tmp_path / "nothing", tmp_path)


def test_only_a_finished_snapshot_can_be_made_current(tmp_path: Path, folder: Path) -> None:
    (folder.parent / "half").mkdir()
    with pytest.raises(SnapshotError, match="half"):
        index.make_current(tmp_path / "data", "half")
    assert index.current(tmp_path / "data") is None


def test_dates_and_versions_of_an_article_stand_on_its_passages(tmp_path: Path, encoders: Path) -> None:
    (tmp_path / "dated").mkdir()
    (tmp_path / "dated" / "old.md").write_text("---\ntitle: Old fees\n---\nThe fee was two percent.\n")
    (tmp_path / "dated" / "new.md").write_text("---\nupdated: 3 May 2026\nversion: 5\nreplaces: Old fees\n---\nThe fee is one percent.\n")
    source = make_source(tmp_path / "model")
    make_encoder(encoders, source)
    built = build([tmp_path / "dated"], encoders.parent, model=str(source))
    opened = open_snapshot(built.folder, encoders)
    assert [(one.article, one.updated, one.version) for one in opened.passages] == [("new.md", "2026-05-03", "5"), ("old.md", None, None)]
    assert opened.replaced == {"old.md"}


def test_an_article_that_says_nothing_of_itself_is_kept_as_in_the_first_snapshots() -> None:
    entry = Entry(path="a.md", title="A", words=3, checksum="c", updated=None)
    assert entry.kept() == {"path": "a.md", "title": "A", "words": 3, "checksum": "c", "updated": None}
    assert set(Passage("1", "a.md", "A", "", "x", "2026-05-03", "5").kept()) == {"id", "article", "title", "heading", "text"}


def test_a_graph_takes_over_beyond_the_flat_limit_and_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    passages = [Passage(str(number), f"{number // 3}.md", "T", "", f"word{number}") for number in range(300)]
    flat = Index.build(passages, vectors)
    monkeypatch.setattr(index, "FLAT_UP_TO", 100)
    graph = Index.build(passages, vectors)
    assert type(graph.vectors) is not type(flat.vectors)
    assert graph.nearest(vectors[7], 5).tolist() == flat.nearest(vectors[7], 5).tolist()
    assert graph.similarities(vectors[7], np.array([7, 8])) == pytest.approx(flat.similarities(vectors[7], np.array([7, 8])))
