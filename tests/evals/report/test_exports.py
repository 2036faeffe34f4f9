"""Build servers and tables get what a run came to, whatever characters stand in its mail."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evals import gate
from evals.gate import Rule
from evals.report import exports
from evals.report.exports import Check, ExportError, Row
from tests.evals.material import results, share

RULES = [
    Rule(metric="urgency_right", at_least=0.9, fewest=5, why="x"),
    Rule(metric="name_folded", at_least=0.5, fewest=5, why="x"),
    Rule(metric="hit@1", at_least=0.5, why="x"),
]
FOUND = results(
    {"urgency_right": share(5, 20), "name_folded": share(20, 20), "ms": {"m-1": 40.0}, "usd": {"m-2": None}, "urgency_label": {"m-1": "low>high"}}
)


def test_shows_a_build_server_which_rules_failed_and_which_are_undecided(tmp_path: Path) -> None:
    exports.write(tmp_path / "gate.xml", [], exports.rules(gate.verdict(FOUND, RULES)))
    (suite,) = ElementTree.parse(tmp_path / "gate.xml").getroot()
    assert {name: suite.attrib[name] for name in ("name", "tests", "failures", "skipped")} == {
        "name": "gate",
        "tests": "3",
        "failures": "1",
        "skipped": "1",
    }
    failed = suite.find("testcase/failure")
    assert failed is not None
    assert "urgency_right (the urgency is right" in failed.attrib["message"]
    assert "See m-5" in (failed.text or "")


def test_survives_what_no_xml_may_hold() -> None:
    raw = exports.junit([Check("x", "a\x00b]]>", "fail", "\x1b[31m & <b>\ud800 \U0001f600")])
    told = ElementTree.fromstring(raw)
    assert told[0][0].attrib["name"] == "ab]]>"
    assert told[0][0][0].text == "[31m & <b> \U0001f600"


def test_writes_every_score_as_a_row(tmp_path: Path) -> None:
    listed = exports.rows(FOUND)
    exports.write(tmp_path / "scores.csv", listed, [])
    exports.write(tmp_path / "scores.jsonl", listed, [])
    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    lines = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text("utf-8").splitlines()]
    assert len(table) == len(lines) == len(FOUND.scores)
    by = {(line["case"], line["metric"]): line for line in lines}
    assert by["m-0", "urgency_right"]["right"] is True
    assert by["m-5", "urgency_right"]["right"] is False
    assert by["m-1", "ms"]["right"] is None
    assert by["m-1", "urgency_label"]["value"] == "low>high"
    assert (by["m-2", "usd"]["value"], by["m-2", "usd"]["error"]) == (None, "KeyError: x")


def test_makes_a_check_of_a_case_that_any_metric_speaks_against() -> None:
    listed = [Row("a", "m", 1.0, True), Row("a", "n", 0.0, False, "why"), Row("b", "m", 1.0, True), Row("c", "ms", 4.0, None)]
    assert exports.checks(listed, "s") == [Check("s", "a", "fail", "n: why"), Check("s", "b", "pass"), Check("s", "c", "skip")]


def test_knows_three_forms(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"report.pdf: reports are written as .xml, .csv, .jsonl"):
        exports.write(tmp_path / "report.pdf", [], [])
