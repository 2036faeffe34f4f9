"""The gate passes what is good, fails what is surely not, and says when it cannot tell."""

from dataclasses import replace
from pathlib import Path

import pytest

from evals import gate, run
from evals.gate import GateError, Rule
from evals.report import report
from service.releases import moves
from service.settings import Settings
from tests.evals.material import results, share

LOOSE = 0.15  # how far a bound may lie outside the interval of a share
FLOOR = Rule(metric="urgency_right", at_least=0.8, fewest=20)
MARGIN = Rule(metric="urgency_right", margin=0.03, fewest=20)


def _decision(right: int, of: int, rule: Rule = FLOOR, before: int | None = None) -> str:
    stored = results({"urgency_right": share(before, of)}) if before is not None else None
    return gate.verdict(results({"urgency_right": share(right, of)}), [rule], stored).decision


@pytest.mark.parametrize(
    ("right", "of", "decision"),
    [(90, 100, "pass"), (80, 100, "pass"), (60, 100, "fail"), (77, 100, "not enough evidence"), (19, 19, "not enough evidence")],
)
def test_holds_a_value_against_its_floor(right: int, of: int, decision: str) -> None:
    assert _decision(right, of) == decision


@pytest.mark.parametrize(
    ("right", "before", "decision"),
    [(90, 90, "pass"), (95, 90, "pass"), (88, 90, "pass"), (80, 90, "fail"), (86, 90, "not enough evidence")],
)
def test_holds_a_run_against_the_release_in_use_case_by_case(right: int, before: int, decision: str) -> None:
    assert _decision(right, 100, MARGIN, before) == decision


@pytest.mark.parametrize("right", [1, 90, 100])
@pytest.mark.parametrize("rule", [MARGIN, Rule(metric="urgency_right", at_least=0.0, margin=0.03)], ids=["margin", "margin and floor"])
def test_holds_no_margin_where_there_is_no_run_before_and_says_so(right: int, rule: Rule) -> None:
    found = results({"urgency_right": share(right, 100)})
    verdict = gate.verdict(found, [rule])
    assert (verdict.decision, verdict.against) == ("not enough evidence", None)
    assert "there is no stored run to hold its margin of 0.03 against" in report.sentence(verdict, found, None)


def test_passes_a_first_release_that_is_said_to_be_one_and_says_so() -> None:
    found = results({"urgency_right": share(90, 100)})
    verdict = gate.verdict(found, [MARGIN], alone=True)
    assert (verdict.decision, verdict.against) == ("pass", None)
    assert "held against no release" in verdict.rulings[0].says
    assert report.sentence(verdict, found, None).endswith("on 100 cases; margins were held against no release, as was asked for.")
    assert gate.verdict(found, [Rule(metric="urgency_right", at_least=0.99, margin=0.03)], alone=True).decision == "fail"


def test_decides_nothing_without_a_rule() -> None:
    found = results({"urgency_right": share(15, 15)})
    verdict = gate.verdict(found, [])
    assert verdict.decision == "not enough evidence"
    assert report.sentence(verdict, found, None) == "The gate cannot decide: no rule was held against these 15 cases."


def test_holds_no_rule_on_no_case() -> None:
    for rule in (Rule(metric="hit@1", at_least=0.1, fewest=1), Rule(metric="urgency_right", slice="company=foreign", margin=1, fewest=1)):
        assert gate.verdict(results({"urgency_right": share(15, 15)}), [rule]).decision == "not enough evidence"


@pytest.mark.parametrize("shared", [0, 5, 19])
def test_has_too_little_evidence_where_too_few_cases_are_shared_with_the_release_in_use(shared: int) -> None:
    before = results({"urgency_right": share(shared, shared) or {"other": 1.0}})
    ruling = gate.verdict(results({"urgency_right": share(100, 100)}), [MARGIN], before).broken[0]
    assert ruling.decision == "not enough evidence"
    assert ("none of these cases was" if not shared else f"only {shared} of these cases were") in ruling.says


def test_takes_an_edited_case_out_of_the_comparison_and_lists_it() -> None:
    before, after = results({"urgency_right": share(100, 100)}), results({"urgency_right": share(60, 100)})
    before = replace(before, cases={f"m-{n}": "was" for n in range(100)})
    all_that_fail = replace(after, cases={f"m-{n}": "was" if n < 60 else "easier" for n in range(100)})
    verdict = gate.verdict(all_that_fail, [MARGIN], before)
    assert verdict.decision == "not enough evidence"
    assert "40 more that it was measured on were edited or are missing: check release r1 again first" in verdict.broken[0].says
    right = replace(results({"urgency_right": share(100, 100)}), cases={f"m-{n}": "was" if n < 95 else "put right" for n in range(100)})
    verdict = gate.verdict(right, [MARGIN], before)
    assert verdict.decision == "pass"
    assert "Not compared, for they were edited or are missing: m-95, m-96" in report.sentence(verdict, right, before)


def test_does_not_let_failing_cases_be_deleted() -> None:
    before, after = results({"urgency_right": share(100, 100)}), results({"urgency_right": share(60, 60)})
    before, after = (replace(one, cases=dict.fromkeys(one.slices, "same")) for one in (before, after))
    assert gate.verdict(after, [MARGIN], before).decision == "not enough evidence"


@pytest.mark.parametrize(("right", "decision"), [(100, "not enough evidence"), (10, "fail")])
def test_passes_no_part_of_the_suite_but_may_fail_it(right: int, decision: str) -> None:
    found = results({"urgency_right": share(right, 100)})
    verdict = gate.verdict(found, [FLOOR], part=True)
    assert verdict.decision == decision
    assert ("This is a part of the suite (100 cases), which decides nothing: 1 of 1 rules hold" in report.sentence(verdict, found, None)) == (
        right == 100
    )


@pytest.mark.parametrize(
    ("unmeasured", "says"),
    [
        ({"answer": 26}, "no answer to these prompts was recorded for 26 of 100 calls to answer; at most 25 % of a task's may lack one"),
        ({"answer": 100, "extract": 100}, "for 100 of 100 calls to answer and 100 of 100 calls to extract;"),
        ({"answer": 0, "extract": 0, "verify": 30}, "for 30 of 100 calls to verify;"),
        ({"answer": 25, "extract": 25}, ""),
        ({}, ""),
    ],
)
def test_does_not_pass_what_a_recording_stood_for_without_an_answer(unmeasured: dict[str, int], says: str) -> None:
    tasks = {task: {"calls": 100, "unmeasured": count} for task, count in unmeasured.items()}
    found = replace(results({"urgency_right": share(90, 100)}), extra={"replay": {"told": "so many", "tasks": tasks}})
    verdict = gate.verdict(found, [FLOOR])
    assert verdict.decision == ("not enough evidence" if says else "pass")
    assert says in verdict.unplayed
    assert says in report.sentence(verdict, found, None)
    assert (report.as_data(verdict)["unplayed"] or "") == verdict.unplayed
    undecided = gate.verdict(found, [FLOOR, MARGIN])
    assert undecided.decision == "not enough evidence"
    assert "for 1 of 2 rules (urgency_right) there is not enough evidence" in report.sentence(undecided, found, None)
    assert says in report.sentence(undecided, found, None)
    assert gate.verdict(found, [Rule(metric="urgency_right", at_least=0.99, fewest=20)]).decision == "fail"


def test_bounds_from_above_where_less_is_better() -> None:
    rule = Rule(metric="obeyed", at_most=0.0, fewest=5)
    assert gate.verdict(results({"obeyed": share(0, 40)}), [rule]).decision == "pass"
    failed = gate.verdict(results({"obeyed": share(1, 40)}), [rule])
    assert failed.decision == "fail"
    assert failed.broken[0].cases == ("m-0",)


def test_fails_where_scorers_crash() -> None:
    values = {**share(90, 100), **{f"m-{place}": None for place in range(10)}}
    ruling = gate.verdict(results({"urgency_right": values}), [FLOOR]).broken[0]
    assert ruling.decision == "fail"
    assert "10 of 100 cases could not be scored (KeyError: x)" in ruling.says


def test_lets_one_failure_outweigh_what_is_undecided() -> None:
    rules = [FLOOR, Rule(metric="hit@1", at_least=0.5, fewest=20)]
    assert gate.verdict(results({"urgency_right": share(10, 100)}), rules).decision == "fail"


def test_names_metric_slice_and_cases() -> None:
    before, after = results({"urgency_right": share(90, 100)}), results({"urgency_right": share(70, 100)})
    (ruling,) = gate.verdict(after, [Rule(metric="urgency_right", slice="family=mail", margin=0.03)], before).broken
    told = report.explain(ruling)
    assert "urgency_right (the urgency is right, null included, family=mail): 0.7" in told
    assert "in release r1 0.9 on the same 100 cases, so 0.2 worse" in told
    assert "m-70" in told


def test_says_in_plain_words_what_was_changed() -> None:
    files = {"rubric.yaml": "1", "prompt.md": "1"}
    before, after = results({"urgency_right": share(90, 100)}), results({"urgency_right": share(50, 100)}, "r2")
    for one, rubric in ((before, "1"), (after, "2")):
        one.header.made_of["prompts"]["extract_ticket"] = {"version": "v1", "files": {**files, "rubric.yaml": rubric}}  # type: ignore[index]
    said = report.sentence(gate.verdict(after, [MARGIN], before), after, before)
    assert said.startswith("The gate FAILS: this version is not good enough to be released. 1 of 1 rules are broken (urgency_right).")
    assert "Changed since release r1: extract_ticket v1/rubric.yaml." in said


def test_reads_its_own_rules() -> None:
    rules = gate.load()
    assert len(rules) > 30
    assert all(rule.why for rule in rules)


def test_no_bound_on_a_share_lies_far_from_what_the_release_in_use_reaches() -> None:
    stored = run.stored(Settings().releases_dir, moves.FIRST_RELEASE)
    assert stored
    far = []
    for rule in gate.load():
        measure = stored.measure(rule.metric, rule.slice)
        if measure and 0 <= measure.estimate.high <= 1 and measure.estimate.n >= 25:
            below = measure.estimate.low - rule.at_least if rule.at_least is not None else 0.0
            above = rule.at_most - measure.estimate.high if rule.at_most is not None else 0.0
            if max(below, above) > LOOSE:
                far.append((rule.metric, rule.slice, round(max(below, above), 3)))
    assert far == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[rule]]\nmetric = "urgncy"\nat_least = 0.5\n', r"gate.toml:1: rule: .*unknown scorer 'urgncy'"),
        ('[[rule]]\nmetric = "hit@1"\nat_least = 0.5\n\n[[rule]]\nmetric = "hit@1"\natleast = 0.5\n', "gate.toml:5: atleast"),
        ('[[rule]]\nmetric = "hit@1"\n', "needs at_least, at_most or margin"),
        ("[[rule\n", "gate.toml: "),
    ],
)
def test_names_file_and_line_of_a_wrong_rule(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "gate.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(GateError, match=words):
        gate.load(path)


def test_names_rules_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="no file of gate rules"):
        gate.load(tmp_path / "gate.toml")
