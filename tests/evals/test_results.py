"""Results add up by slice, survive their file, and count what could not be scored."""

from pathlib import Path

import pytest

from evals import results as measured
from evals.results import ReportError
from tests.evals.material import attack_case, mail_case, question_case, results, share


def test_adds_up_by_slice() -> None:
    cases = [mail_case(id=f"m-{n}", urgency="high" if n < 4 else "low", tags=("calm",)) for n in range(10)]
    found = results({"urgency_right": share(4, 10)}, cases=cases)
    assert found.measure("urgency_right").estimate.value == 0.4  # type: ignore[union-attr]
    assert found.measure("urgency_right", "urgency=high").estimate.value == 1  # type: ignore[union-attr]
    assert found.measure("urgency_right", "urgency=low").estimate.value == 0  # type: ignore[union-attr]
    assert found.measure("urgency_right", "tag=calm").estimate.n == 10  # type: ignore[union-attr]
    assert found.measure("urgency_right", "urgency=medium") is None


def test_puts_each_kind_of_case_into_its_slices() -> None:
    found = measured.slices([mail_case(language="de"), question_case(), attack_case()])
    assert {"all", "family=mail", "kind=golden", "company=own", "urgency=high", "language=other", "trade=bakery", "split=dev"} == set(found["m-1"])
    assert {"family=question", "kind=single", "answerable=yes"} <= set(found["q-1"])
    assert {"family=attack", "kind=attack", "channel=email"} <= set(found["i-1"])


def test_measures_own_and_foreign_companies_apart() -> None:
    cases = [mail_case(id=f"m-{n}", company="own" if n < 6 else "heating", urgency="high" if n % 2 else "low") for n in range(10)]
    found = results({"urgency_right": share(6, 10)}, cases=cases)
    for of, value, n in (("company=own", 1, 6), ("company=foreign", 0, 4), ("company=heating", 0, 4), ("urgency=high & company=own", 1, 3)):
        measure = found.measure("urgency_right", of)
        assert measure is not None
        assert (measure.estimate.value, measure.estimate.n) == (value, n), of
    assert found.measure("urgency_right", "company=own & company=foreign") is None


def test_counts_what_could_not_be_scored_and_leaves_it_out_of_the_mean() -> None:
    one = results({"summary_facts": {"a": 1.0, "b": None}}).measure("summary_facts")
    assert one is not None
    assert (one.estimate.value, one.estimate.n, one.unscored) == (1.0, 1, 1)


def test_gives_percentiles_and_macro_f1() -> None:
    found = results({"ms": {f"m-{n}": float(n) for n in range(101)}, "urgency_label": {"a": "high>high", "b": "low>high"}})
    assert found.measure("ms_p95").estimate.value == 95  # type: ignore[union-attr]
    assert found.measure("urgency_macro_f1").estimate.value == pytest.approx(1 / 3)  # type: ignore[union-attr]


def test_reads_back_what_it_wrote(tmp_path: Path) -> None:
    found = results({"urgency_right": share(3, 5), "urgency_label": {"m-1": "high>low"}, "usd": {"m-1": None}})
    measured.save(found, tmp_path / "report.json", {"verdict": {"decision": "pass"}})
    again = measured.read(tmp_path / "report.json")
    assert again.header == found.header
    assert again.values("urgency_right") == found.values("urgency_right")
    assert again.labels("urgency_label") == {"m-1": "high>low"}
    assert again.unscored("usd") == {"m-1": "KeyError: x"}


@pytest.mark.parametrize("text", ["", "[]", '{"format": 1}', '{"format": 99}'])
def test_names_a_report_it_cannot_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_text(text, "utf-8")
    with pytest.raises(ReportError, match=r"report.json"):
        measured.read(tmp_path / "report.json")


def test_names_a_report_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no report at"):
        measured.read(tmp_path / "report.json")
