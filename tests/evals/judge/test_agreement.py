"""A judge's agreement with people is kappa, and what it gives no verdict on is counted apart."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from evals.judge import agreement
from evals.judge.agreement import LabelError
from tests.evals.judge.test_judge import judge


def test_is_cohens_kappa() -> None:
    one, two = list("aabbbcca"), list("abbbacca")
    assert agreement.kappa(np.array([one, two]).T) == pytest.approx(cohen_kappa_score(one, two))
    assert agreement.kappa(np.array([["a", "a"], ["a", "a"]])) == 0


def test_has_labels_of_both_kinds_and_all_classes() -> None:
    labels = agreement.load()
    assert {label.supported for label in labels if label.kind == "answer"} == {True, False}
    assert {label.answers for label in labels if label.kind == "answer"} == {True, False}
    assert {label.better for label in labels if label.kind == "pair"} == {"first", "second", "tie"}
    assert len({label.id for label in labels}) == len(labels) >= 40


def test_measures_a_judge_that_says_yes_to_everything() -> None:
    found = agreement.measure(judge({"supported": True, "answers": True, "better": "A", "reason": "yes"}), agreement.load())
    by_name = {one.name: one for one in found.agreements}
    assert by_name["supported"].kappa is not None
    assert by_name["supported"].kappa.value == 0
    assert by_name["better summary"].kappa is None  # always A is a change of mind when the order is turned
    assert by_name["better summary"].unscored == sum(label.kind == "pair" for label in agreement.load())
    assert "kappa 0.00" in found.says()


def test_remembers_the_last_calibration(tmp_path: Path) -> None:
    assert agreement.kept(tmp_path) is None
    agreement.keep(agreement.measure(judge({"reason": "", "supported": True, "answers": True}), agreement.load()[:2]), tmp_path)
    kept = agreement.kept(tmp_path)
    assert kept is not None
    assert kept["cases"] == 2


def test_names_file_and_line_of_a_wrong_label(tmp_path: Path) -> None:
    path = tmp_path / "labels.yaml"
    path.write_text("- id: a\n  kind: answer\n  source: here\n- id: b\n  kind: answr\n  source: here\n", "utf-8")
    with pytest.raises(LabelError, match=r"labels.yaml:4: kind"):
        agreement.load(path)
