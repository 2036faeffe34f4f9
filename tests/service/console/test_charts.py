"""Tests of the charts."""

import pytest

from service.console import charts


def test_a_bar_is_a_share_of_its_row() -> None:
    assert charts.bar(25, 100, 50) == charts.Bar(50.0, 25.0)


def test_a_bar_never_leaves_its_row() -> None:
    bar = charts.bar(500, 100, 90)

    assert bar.left + bar.width <= 100


@pytest.mark.parametrize(("value", "most"), [(None, 10.0), (3.0, 0.0)])
def test_what_is_not_known_has_no_bar(value: float | None, most: float) -> None:
    assert charts.bar(value, most).width == 0


def test_a_line_holds_its_threshold_inside_the_box() -> None:
    line = charts.line([0.1, 0.2], 0.9)

    assert line is not None
    assert line.threshold is not None
    assert 0 <= line.threshold < line.last[1] <= line.height


def test_no_readings_are_no_line() -> None:
    assert charts.line([], 1.0) is None
