"""What a judge says of a run stands in its tables and comparisons, with how far the judge agrees with people beside it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals import compare, gate, suite
from evals.calibration import calibration, raters
from evals.cases import Suite
from evals.gate import Rule
from evals.report import brief, report
from evals.results import Results
from evals.run import Ran
from evals.scores import Score
from evals.suite import Finished
from ops.cli import eval_printing
from tests.evals.calibration.test_calibration import GRADE, LABELS
from tests.evals.judge.test_judge import judge
from tests.evals.material import question_case, results, seen, share

MODEL = "openai/gpt-4o-mini"
NAMES = ("judged_supported", "judged_answers", "judged_summary")
CASES = [question_case(id=f"m-{n}", group=f"m-{n}") for n in range(60)]
SAYS = f"{MODEL} on 151 labelled cases:\n  supported: kappa 0.98 [0.95, 1.00]\n  answers: kappa 0.83 [0.70, 0.95]"


def _judged(right: int, name: str = "r2", says: str = SAYS) -> Results:
    found = results({metric: share(right, 60) for metric in NAMES}, name, CASES)
    return replace(found, extra={"judge": {"model": MODEL, "calibration": {"model": MODEL, "says": says}}})


def _ran(found: Results) -> Ran:
    return Ran(Suite(tuple(CASES)), found, tuple(seen("handedOver", case=case.id) for case in CASES))


def _finished(found: Results, tmp_path: Path) -> Finished:
    ran, verdict = _ran(found), gate.verdict(found, [Rule(metric="judged_supported", at_least=0.5, fewest=5)])
    return Finished(ran, verdict, None, suite.write(ran, verdict, None, tmp_path))


@pytest.mark.parametrize("metric", NAMES)
def test_compares_what_was_judged(metric: str) -> None:
    before, after = _judged(50, "r1"), _judged(20)
    assert metric in {one.metric for one in compare.differences(before, after)}
    worse = brief.of_comparison(before, after)[2]
    assert f"{metric} 0.833 → 0.333 (own)" in worse


@pytest.mark.parametrize("metric", NAMES)
def test_shows_what_was_judged_in_tables(metric: str) -> None:
    assert ("Judged by a model", metric) in {(title, one.metric) for title, listed in report.headlines(_judged(40)) for one in listed}


def test_prints_what_was_judged_with_the_judges_agreement_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    finished = _finished(_judged(45), tmp_path)
    eval_printing.run(finished, False)
    printed = capsys.readouterr().out
    page, markdown = finished.paths.html.read_text("utf-8"), finished.paths.markdown.read_text("utf-8")
    for told in (printed, page, markdown):
        assert f"Judged by {MODEL}: judged_supported 0.750 [0.628, 0.842] (n=60), judged_answers" in told
        trust = f"{MODEL} on 151 labelled cases: supported: kappa 0.98 [0.95, 1.00]; answers: kappa 0.83 [0.70, 0.95]."
        assert f"How far it can be trusted: {trust}" in told
    assert "| judged_summary | 0.750" in markdown
    eval_printing.run_as_json(finished)
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert said["judge"]["calibration"]["says"] == SAYS
    assert {one["metric"] for one in said["measures"]} == set(NAMES)


def test_says_nothing_of_a_judge_where_none_was_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    eval_printing.run(_finished(replace(_judged(45), extra={}), tmp_path), False)
    assert "can be trusted" not in capsys.readouterr().out


def test_counts_no_missing_verdict_of_a_judge_against_a_case() -> None:
    assert report.speaks_against(Score("judged_supported", "m-1", 0.0, "nothing says so"))
    assert not report.speaks_against(Score("judged_supported", "m-1", 1.0))
    assert not report.speaks_against(Score("judged_summary", "m-1", None, error="the judge changed its mind with the order"))


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (None, "was not measured: run `proofdesk eval calibrate`"),
        ("openai/gpt-4o", "was not measured (the last one measured was openai/gpt-4o): run"),
        (MODEL, f"{MODEL} on 2 labelled cases: supported: kappa"),
    ],
)
def test_takes_no_agreement_from_another_judge(tmp_path: Path, kept: str | None, words: str) -> None:
    asked = judge(GRADE)
    if kept:
        calibration.keep(calibration.measure(raters.of_judge(asked), LABELS[:2], kept), tmp_path)
    found = suite._judged(_ran(results({})), asked, tmp_path)
    assert words in report.judged(found)[1]
