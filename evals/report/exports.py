"""What a run came to in forms that other programs read: JUnit XML for a build server, CSV and JSON lines for tables."""

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from evals.gate import Verdict
from evals.report import report
from evals.results import Results
from evals.scorers import metrics

FORMS = (".xml", ".csv", ".jsonl")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class ExportError(Exception):
    """A report cannot be written in the form that was asked for. The message names the forms."""


@dataclass(frozen=True)
class Row:
    """One metric of one case; `right` is None where the value judges nothing, `error` there where it could not be scored."""

    case: str
    metric: str
    value: float | str | None
    right: bool | None
    reason: str = ""
    error: str = ""
    slices: str = ""


@dataclass(frozen=True)
class Check:
    """One thing that holds or does not, as a build server shows it."""

    suite: str
    name: str
    outcome: Literal["pass", "fail", "skip"]
    says: str = ""


def rows(results: Results) -> list[Row]:
    """Return every score of a run."""
    found = []
    for name, given in results.by_metric.items():
        for case, one in given.items():
            right = _right(name, one.value)
            found.append(Row(case, name, one.value, right, one.reason, one.error or "", "; ".join(results.slices.get(case, ()))))
    return found


def _right(metric: str, value: float | str | None) -> bool | None:
    declared = metrics.declared(metric)
    if declared is None or not declared.unit.judges or declared.better == "neither" or not isinstance(value, float):
        return None
    return value >= 1 if declared.better == "higher" else value <= 0


def rules(verdict: Verdict) -> list[Check]:
    """Return the rules of the gate as checks: what is undecided is skipped, which a build server shows and does not count as good."""
    outcomes: dict[str, Literal["pass", "fail", "skip"]] = {"pass": "pass", "fail": "fail"}
    found = [
        Check("gate", f"{one.rule.metric} ({one.rule.slice})", outcomes.get(one.decision, "skip"), report.explain(one)) for one in verdict.rulings
    ]
    return [*found, *([Check("gate", "recording", "skip", verdict.unplayed)] if verdict.unplayed else [])]


def checks(listed: Sequence[Row], suite: str) -> list[Check]:
    """Return one check a case: it holds where no metric speaks against it."""
    by_case: dict[str, list[Row]] = {}
    for row in listed:
        by_case.setdefault(row.case, []).append(row)
    found = []
    for case, given in by_case.items():
        against = [row for row in given if row.right is False or row.error]
        judged = any(row.right is not None for row in given)
        words = "; ".join(f"{row.metric}: {row.error or row.reason or row.value}" for row in against)
        found.append(Check(suite, case, "fail" if against else "pass" if judged else "skip", words))
    return found


def check_form(path: Path) -> None:
    """Raise ExportError for a file whose ending is no form."""
    if path.suffix not in FORMS:
        raise ExportError(f"{path}: reports are written as {', '.join(FORMS)}")


def write(path: Path, listed: Sequence[Row], checked: Sequence[Check]) -> None:
    """Write a report in the form of its file's ending: checks as JUnit XML, rows as CSV or JSON lines. Raises ExportError."""
    check_form(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".xml":
        path.write_bytes(junit(checked))
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(Row.__dataclass_fields__))
            table.writeheader()
            table.writerows(asdict(row) for row in listed)
    else:
        path.write_text("".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in listed), "utf-8")


def junit(checked: Sequence[Check]) -> bytes:
    """Return checks as the JUnit XML that build servers read: a suite a name, a failure or skip with its words."""
    root = ElementTree.Element("testsuites")
    for name in dict.fromkeys(one.suite for one in checked):
        inside = [one for one in checked if one.suite == name]
        counts = {"tests": len(inside), "failures": _count(inside, "fail"), "skipped": _count(inside, "skip"), "errors": 0}
        suite = ElementTree.SubElement(root, "testsuite", {"name": name, **{key: str(value) for key, value in counts.items()}})
        for one in inside:
            case = ElementTree.SubElement(suite, "testcase", {"classname": name, "name": _xml(one.name)})
            if one.outcome != "pass":
                words = _xml(one.says)
                told = ElementTree.SubElement(case, "failure" if one.outcome == "fail" else "skipped", {"message": words[:300]})
                told.text = words
    return bytes(ElementTree.tostring(root, "utf-8", xml_declaration=True)) + b"\n"


def _count(checked: Sequence[Check], outcome: str) -> int:
    return sum(one.outcome == outcome for one in checked)


def _xml(text: str) -> str:
    """Leave out what no XML document may hold."""
    return _NOT_XML.sub("", text)
