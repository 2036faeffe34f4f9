"""Risk falls as less is answered, when confidence means something."""

from dataclasses import replace

import pytest

from evals import abstention
from tests.evals.material import FEE, OTHER, answer, found, question_case, seen


def test_draws_risk_against_coverage() -> None:
    cases = [question_case(), question_case(), question_case(answerable=False, articles=())]
    searches = [replace(found(FEE), confidence=0.9), replace(found(OTHER), confidence=0.6), replace(found(OTHER), confidence=0.4)]
    observed = [seen(search=searches[0], answer=answer()), seen(search=searches[1], answer=answer("No.")), seen("handedOver", search=searches[2])]
    curve = abstention.curve(cases, observed)
    assert curve is not None
    assert [point.coverage for point in curve.points] == pytest.approx([1 / 3, 2 / 3, 1])
    assert [point.risk for point in curve.points] == pytest.approx([0, 1 / 2, 2 / 3])
    assert curve.at_floor == curve.points[1]
    assert curve.end_to_end is not None
    assert (curve.end_to_end.coverage, curve.end_to_end.risk) == (2 / 3, 0.5)
    assert curve.auroc is not None
    assert curve.auroc.value == 1


def test_has_no_curve_without_questions() -> None:
    assert abstention.curve([], []) is None
