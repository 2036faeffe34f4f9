"""Two runs are compared on the cases that both scored, and chance is named."""

from dataclasses import replace

import pytest
from scipy import stats

from evals import compare
from tests.evals.material import results, share


def test_finds_a_drop_and_the_cases_that_dropped() -> None:
    change = compare.difference(results({"urgency_right": share(40, 50)}), results({"urgency_right": share(30, 50)}), "urgency_right")
    assert change is not None
    assert (change.before, change.after) == (0.8, 0.6)
    assert change.effect == pytest.approx(-0.2)
    assert change.high < 0
    assert change.p == pytest.approx(stats.binomtest(10, 10, 0.5, alternative="greater").pvalue)
    assert set(change.worse) == {f"m-{place}" for place in range(30, 40)}
    assert change.better == ()


def test_turns_the_sign_where_less_is_better() -> None:
    change = compare.difference(results({"obeyed": share(0, 20)}), results({"obeyed": share(10, 20)}), "obeyed")
    assert change is not None
    assert change.effect == -0.5
    assert change.p < 0.01


def test_calls_no_change_no_change() -> None:
    same = results({"urgency_right": share(40, 50), "summary_facts": {"m-1": 0.5, "m-2": 1.0}})
    for metric in ("urgency_right", "summary_facts"):
        change = compare.difference(same, same, metric)
        assert change is not None
        assert (change.effect, change.low, change.high, change.p) == (0, 0, 0, 1)


def test_a_run_is_its_own_stored_report_though_that_is_rounded() -> None:
    fresh = results({"summary_facts": {f"m-{n}": 2 / 3 for n in range(60)}})
    stored = results({"summary_facts": {f"m-{n}": 0.6667 for n in range(60)}})
    change = compare.difference(stored, fresh, "summary_facts")
    assert change is not None
    assert (change.effect, change.p, change.worse) == (0, 1, ())


def test_pairs_cases_and_leaves_out_what_only_one_run_has() -> None:
    before, after = results({"hit@1": {"a": 1.0, "b": 0.0}}), results({"hit@1": {"b": 0.0, "c": 0.0}})
    change = compare.difference(before, after, "hit@1")
    assert change is not None
    assert change.n == 1
    assert compare.difference(before, results({"hit@1": {"c": 0.0}}), "hit@1") is None


def test_permutes_numbers() -> None:
    before = results({"summary_facts": {f"m-{n}": 0.75 for n in range(12)}})
    change = compare.difference(before, results({"summary_facts": {f"m-{n}": 0.5 for n in range(12)}}), "summary_facts")
    assert change is not None
    assert change.effect == -0.25
    assert change.p == pytest.approx(1 / 2**12, abs=1e-3)


def test_compares_macro_f1_and_percentiles() -> None:
    good = {f"m-{n}": ("high>high", "low>low", "null>null")[n % 3] for n in range(60)}
    bad = {case: label.split(">")[0] + ">low" for case, label in good.items()}
    change = compare.difference(results({"urgency_label": {**good}}), results({"urgency_label": {**bad}}), "urgency_macro_f1")
    assert change is not None
    assert change.before == 1
    assert change.high < 0
    slow = compare.difference(
        results({"ms": {f"m-{n}": 40.0 + n for n in range(50)}}), results({"ms": {f"m-{n}": 400.0 + n for n in range(50)}}), "ms_p95"
    )
    assert slow is not None
    assert slow.effect == pytest.approx(-360)
    assert slow.p < 0.05


def test_lists_changes_case_by_case() -> None:
    changes = compare.by_case(
        results({"urgency_label": {"m-1": "high>low", "m-2": "low>low"}}), results({"urgency_label": {"m-1": "high>high", "m-2": "low>low"}})
    )
    assert changes == {"m-1": [("urgency_label", "high>low", "high>high")]}


def test_leaves_out_a_case_that_was_changed_in_between() -> None:
    before, after = results({"hit@1": {"a": 1.0, "b": 1.0}}), results({"hit@1": {"a": 0.0, "b": 1.0}})
    change = compare.difference(replace(before, cases={"a": "1", "b": "1"}), replace(after, cases={"a": "2", "b": "1"}), "hit@1")
    assert change is not None
    assert (change.n, change.effect) == (1, 0)


def test_makes_nothing_of_a_single_number_that_moved() -> None:
    before = results({"summary_facts": {f"m-{n}": 1.0 for n in range(9)}})
    change = compare.difference(before, results({"summary_facts": {f"m-{n}": float(n > 0) for n in range(9)}}), "summary_facts")
    assert change is not None
    assert change.p == 0.5
