"""`proofdesk eval` ends with 0, 1 or 2, and tells what is wrong in one line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals import cases
from ops.cli.evals import app
from service.settings import Settings
from tests.evals.material import results, share


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--metric", "urgncy"], "there is no scorer 'urgncy'"),
        (["run", "--split", "test"], "there is no split test; there are: dev, validation, locked"),
        (["run", "--case", "nobody-1"], "there is no case nobody-1"),
        (["mutate", "--only", "nothing"], "there is no mutation nothing"),
        (["compare", "none", "none"], "there is no report at none/report.json"),
        (["report"], "there is no report in"),
        (["external", "--kb", "none.jsonl", "--questions", "none.jsonl"], "none.jsonl: cannot be read"),
        (["external"], "give one of --beir FOLDER"),
        (["external", "--squad", "a.json", "--ragas", "b.jsonl"], "give one of --beir FOLDER"),
        (["external", "--beir", "none", "--export", "x.pdf"], "x.pdf: reports are written as .xml, .csv, .jsonl"),
        (["external", "--beir", "none"], "none/corpus.jsonl: cannot be read"),
        (["external", "--mails", "none.csv"], "none.csv: cannot be read"),
        (["calibrate"], "there is no judge"),
        (["run", "--against", "r99"], "release 'r99' has no stored report to compare with; there are: r1, r2"),
        (["run", "--against", "r4-recorded"], "release 'r4-recorded' has no stored report"),
        (["run", "--against", ""], "release '' has no stored report"),
        (["run", "--against", "../releases/r1", "--case", "dh-01"], "release '../releases/r1' has no stored report"),
        (["run", "--store", "--replay", "none.jsonl"], "a run with --replay (a recording would answer for its hosted model) is not kept"),
        (["run", "--store", "--local"], "a run with --local (its hosted models would be left out) is not kept"),
        (["run", "--store", "--against", "r1"], "a run with --against (it would be held against another release than the one in use) is not kept"),
        (["run", "--store", "--local", "--against", "r1"], "--local (its hosted models would be left out), --against (it would be held"),
        (["run", "--store", "--case", "dh-01"], "only a run of every open split, with all kinds, cases and metrics, is kept"),
    ],
)
def test_tells_bad_input_in_one_line(settings: Settings, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str) -> None:
    monkeypatch.setenv("PROOFDESK_DATA_DIR", str(settings.data_dir))
    said = CliRunner().invoke(app, arguments)
    assert said.exit_code == 2, said.output
    assert said.stderr.startswith("proofdesk: ")
    assert said.stderr.count("\n") == 1
    assert words in said.stderr


def test_names_the_line_of_a_typo_in_a_case(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.yaml").write_text(f"{cases.FIRST_LINE}\n- id: q-1\n  kind: single\n  qestion: What?\n", "utf-8")
    monkeypatch.setenv("PROOFDESK_DATA_DIR", str(settings.data_dir))
    monkeypatch.setattr(cases, "load", lambda folder=None, load=cases.load: load(tmp_path))
    said = CliRunner().invoke(app, ["run"])
    assert said.exit_code == 2
    assert "bad.yaml:4: case q-1: qestion:" in said.stderr


def test_compares_two_stored_runs(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from evals import results as measured

    monkeypatch.setenv("PROOFDESK_DATA_DIR", str(settings.data_dir))
    for name, right in (("before", 40), ("after", 20)):
        (tmp_path / name).mkdir()
        measured.save(results({"urgency_right": share(right, 50)}), tmp_path / name / "report.json", {})
    brief = CliRunner().invoke(app, ["compare", str(tmp_path / "before"), str(tmp_path / "after")])
    assert brief.exit_code == 0, brief.output
    assert len(brief.stdout.splitlines()) <= 10
    assert "Worse beyond chance: urgency_right 0.800 → 0.400" in brief.stdout
    said = CliRunner().invoke(app, ["compare", str(tmp_path / "before"), str(tmp_path / "after"), "--all"])
    assert "urgency_right (all): 0.800 → 0.400, n=50" in said.stdout
    assert "m-20: urgency_right 1 → 0" in said.stdout
    listed = json.loads(CliRunner().invoke(app, ["compare", str(tmp_path / "before"), str(tmp_path / "after"), "--json"]).stdout)
    assert listed["cases"]["m-20"] == [["urgency_right", "1", "0"]]


def test_prints_the_schema_of_case_files() -> None:
    assert json.loads(CliRunner().invoke(app, ["schema"]).stdout) == cases.schema()
