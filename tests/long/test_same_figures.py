"""One release gives one set of figures: whatever the directory held before, however many cases run side by side, however texts are batched."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.long.conftest import Proofdesk

MEASURED = ("ms",)  # what a clock says
OF_TIME = ("stages",)

Report = dict[str, Any]


@pytest.fixture(scope="module")
def after_the_demo(proofdesk: Proofdesk, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Run the suite as `make eval` does, two cases at a time, in a directory in which the demo has answered the sample inbox."""
    folder = tmp_path_factory.mktemp("after-demo")
    proofdesk(folder, "demo", "--no-serve")
    return evaluated(proofdesk, folder)


@pytest.fixture(scope="module")
def from_nothing(proofdesk: Proofdesk, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Run it in an empty directory, one case after the other, on one core, where texts are put into other batches."""
    return evaluated(proofdesk, tmp_path_factory.mktemp("from-nothing"), "--jobs", 1, cores=1)


def evaluated(proofdesk: Proofdesk, folder: Path, *options: object, cores: int = 0) -> Report:
    proofdesk(folder, "eval", "run", "--out", folder / "report", *options, cores=cores)  # its exit code says that the gate passes
    found: Report = json.loads((folder / "report" / "report.json").read_text("utf-8"))
    return found


def test_the_cases_and_all_they_were_run_on_are_the_same(after_the_demo: Report, from_nothing: Report) -> None:
    assert len(after_the_demo["cases"]) > 400
    for part in ("release", "suite", "splits", "made_of", "cases", "slices"):
        assert after_the_demo[part] == from_nothing[part]


def test_every_case_gets_the_same_scores(after_the_demo: Report, from_nothing: Report) -> None:
    first, second = after_the_demo["scores"], from_nothing["scores"]
    assert first.keys() == second.keys()
    assert first["urgency_label"].keys() | first["helped"].keys() <= after_the_demo["cases"].keys()
    changed = {
        f"{metric} of {case}": (first[metric].get(case), second[metric].get(case))
        for metric in first
        if metric not in MEASURED
        for case in {*first[metric], *second[metric]}
        if first[metric].get(case) != second[metric].get(case)
    }
    assert changed == {}


def test_every_score_has_the_same_reason_and_every_kind_of_case_the_same_outcomes(after_the_demo: Report, from_nothing: Report) -> None:
    assert after_the_demo["reasons"] == from_nothing["reasons"]
    assert after_the_demo["unscored"] == from_nothing["unscored"]
    assert {name: what for name, what in after_the_demo["extra"].items() if name not in OF_TIME} == {
        name: what for name, what in from_nothing["extra"].items() if name not in OF_TIME
    }
