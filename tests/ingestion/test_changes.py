from pathlib import Path

from ingestion import changes, collecting
from ingestion.articles.chunking import Chunking


def test_tells_what_is_new_changed_gone_and_refused(tmp_path: Path) -> None:
    for name in ("stays", "changes", "goes", "is-moved"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\nWords of the article that {name}.\n")
    before = collecting.collect([tmp_path], Chunking())
    (tmp_path / "changes.md").write_text("# changes\n\nOther words.\n")
    (tmp_path / "goes.md").unlink()
    (tmp_path / "is-moved.md").rename(tmp_path / "was-moved.md")
    (tmp_path / "stays.md").write_text("# stays\n\nWords of the article\nthat stays.\n")  # wrapped in another way
    (tmp_path / "draft.md").write_text("---\ndraft: true\n---\nSoon.\n")
    told = changes.compare([tmp_path], before.entries, before.passages)
    assert (told.new, told.changed, told.gone, told.unchanged) == (("was-moved.md",), ("changes.md",), ("goes.md", "is-moved.md"), 1)
    assert [(one.path, "draft: true" in one.why) for one in told.refused] == [("draft.md", True)]
    assert (told.passages, told.new_passages) == (3, 1)


def test_against_nothing_everything_is_new(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\nWords.\n")
    assert changes.compare([tmp_path], (), ()).new == ("a.md",)
