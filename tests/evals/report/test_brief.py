"""A run ends with ten lines that anybody can read in a minute; a case that was asked for is told whole."""

from dataclasses import replace
from pathlib import Path

from evals import gate, scores
from evals.cases import Suite
from evals.gate import Rule
from evals.report import brief
from evals.results import Results, slices
from evals.run import Ran
from evals.scorers import metrics
from evals.scores import Score
from tests.evals.material import mail_case, results, screened, seen, share, ticket

RULES = [
    Rule(metric="urgency_right", slice="company=foreign", at_least=0.9, fewest=5, why="they wait as well"),
    Rule(metric="name_folded", at_least=0.1, fewest=5),
]
CASES = [mail_case(id=f"m-{n}", company="own" if n < 30 else "pools") for n in range(60)]


def _measured(right: int, name: str = "r1", ms: float = 100.0) -> Results:
    values = {"urgency_right": share(right, 60), "name_folded": share(60, 60), "ms": {f"m-{n}": ms + n for n in range(60)}}
    return results(values, name, CASES)  # type: ignore[arg-type]


def _ran(found: Results) -> Ran:
    observed = tuple(seen("handedOver", case=case.id, why="no_answer", screened=screened("The reader is dead."), ticket=ticket()) for case in CASES)
    return Ran(Suite(tuple(CASES)), found, observed)


def _lines(right: int, before: int | None = None) -> list[str]:
    found, stored = _measured(right, "r2", 9000.0), _measured(before) if before is not None else None
    return brief.of_run(_ran(found), gate.verdict(found, RULES, stored), stored, Path("report.html"))


def test_ends_with_ten_lines() -> None:
    lines = _lines(20, 55)
    assert len(lines) == 10
    assert all("\n" not in line for line in lines)
    assert lines[0].startswith("FAIL: release r2; 1 rules hold, 1 broken, 0 undecided; 30 own, 30 foreign cases")
    assert lines[-1] == "The whole of it: report.html"


def test_names_the_rule_that_stopped_it_with_metric_slice_and_cases() -> None:
    stopped = _lines(20)[1]
    assert "urgency_right (the urgency is right, null included, company=foreign): 0 " in stopped
    assert "See m-30, m-31" in stopped


def test_names_what_moved_beyond_chance_for_own_and_foreign() -> None:
    better, worse = _lines(20, 55)[2:4]
    assert better == "Better beyond chance: nothing"
    assert worse == "Worse beyond chance: urgency_right 0.833 → 0.000 (foreign), urgency_right 1.000 → 0.667 (own)"


def test_counts_no_milliseconds_among_what_became_worse() -> None:
    assert not any("ms" in line.split() or "ms_p50" in line or "ms_p95" in line for line in _lines(55, 55))
    for one in metrics.DECLARED:
        assert not (one.unit in (scores.MS, scores.USD, scores.COUNT) and one.unit.share), one.name


def test_shows_the_worst_cases_with_what_was_given_expected_and_got() -> None:
    worst = _lines(20)[6:9]
    assert [line.partition(" ")[0] for line in worst] == ["m-20", "m-21", "m-22"]
    assert all("The reader is dead." in line and "| expected name: Ana López urgency: high" in line and "| got name: None" in line for line in worst)


def test_lists_what_was_edited_is_missing_or_new_and_compares_by_none_of_it() -> None:
    before, after = (replace(_measured(40), cases={f"m-{n}": "same" for n in range(60)}) for _ in range(2))
    before = replace(before, cases={**before.cases, "m-1": "older", "m-99": "gone"}, slices={**before.slices, "m-99": ("all", "split=dev")})
    verdict = gate.verdict(after, RULES, before)
    assert (verdict.apart.edited, verdict.apart.missing, verdict.apart.new) == (("m-1",), ("m-99",), ())
    line = brief.of_run(_ran(after), verdict, before, Path("report.html"))[4]
    assert "cases not compared: 1 edited (m-1), 1 missing (m-99), 0 new" in line


def test_says_of_a_part_of_the_suite_that_it_decides_nothing() -> None:
    found = _measured(60)
    lines = brief.of_run(_ran(found), gate.verdict(found, RULES, part=True), None, Path("report.html"))
    assert lines[0].startswith("part of the suite, which decides nothing: release r1")
    assert lines[1] == "Stopped by: nothing"


def test_compares_two_runs_in_as_many_lines() -> None:
    lines = brief.of_comparison(_measured(55, "r1"), _measured(20, "r2"))
    assert len(lines) <= 10
    assert lines[0] == "r1 → r2: 35 of 60 cases changed"
    assert "Worse beyond chance: urgency_right" in lines[2]
    assert lines[-1] == "m-52: urgency_right 1 → 0"


def test_tells_a_case_whole_beside_the_release_in_use() -> None:
    case = mail_case(id="m-1", rule="a rule of the contract")
    one = seen("handedOver", case="m-1", why="no_answer", screened=screened("The reader is dead.\nPlease help."), ticket=ticket("Ana López"))
    found = replace(results({"urgency_right": {"m-1": 0.0}}), slices=slices([case]))
    found = replace(found, scores=(Score("urgency_right", "m-1", 0.0, "expected high, got null"), Score("usd", "m-1", None, error="LookupError: x")))
    lines = brief.whole(Ran(Suite((case,)), found, (one,)), results({"urgency_right": {"m-1": 1.0}}, "r1"))
    told = "\n".join(lines)
    assert "The reader is dead.\nPlease help." in told
    assert "rule: a rule of the contract" in told
    assert "urgency_right      0 (release r1: 1)  expected high, got null" in told
    assert "not scored: LookupError: x" in told
