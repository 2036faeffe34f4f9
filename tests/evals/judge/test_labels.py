"""The labelled cases are read whole or refused by file and line."""

from pathlib import Path

import pytest

from evals.judge import labels as labelling
from evals.judge.labels import LabelError


def test_has_labels_of_both_kinds_and_all_classes() -> None:
    labels = labelling.load()
    assert {label.supported for label in labels if label.kind == "answer"} == {True, False}
    assert {label.answers for label in labels if label.kind == "answer"} == {True, False}
    assert {label.better for label in labels if label.kind == "pair"} == {"first", "second", "tie"}
    assert len({label.id for label in labels}) == len(labels) >= 120


def test_reads_a_second_labelling_beside_the_first(tmp_path: Path) -> None:
    assert labelling.again(tmp_path / "labels.yaml") == {}
    (tmp_path / labelling.SECOND).write_text("- id: a\n  supported: false\n", "utf-8")
    assert labelling.again(tmp_path / "labels.yaml")["a"].verdicts == {labelling.SUPPORTED: "False"}


@pytest.mark.parametrize("adopted", [1, 2, 5])
def test_tells_what_was_shipped_from_what_production_taught(tmp_path: Path, adopted: int) -> None:
    path = tmp_path / "labels.yaml"
    path.write_text("- id: a\n  kind: answer\n  source: here\n", "utf-8")
    (tmp_path / labelling.ADOPTED).write_text("".join(f"- id: answer-{n}\n  kind: answer\n  source: live\n" for n in range(adopted)), "utf-8")
    assert len(labelling.load(path)) == 1 + adopted
    assert [label.id for label in labelling.shipped(path)] == ["a"]


def test_names_file_and_line_of_a_wrong_label(tmp_path: Path) -> None:
    path = tmp_path / "labels.yaml"
    path.write_text("- id: a\n  kind: answer\n  source: here\n- id: b\n  kind: answr\n  source: here\n", "utf-8")
    with pytest.raises(LabelError, match=r"labels.yaml:4: kind"):
        labelling.load(path)
