import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.cli import check
from ops.cli.main import app
from service.settings import Settings

PASSAGE = {
    "title": "Deposits",
    "heading": "Prices",
    "text": "| Machine | Deposit | Per day |\n|---|---|---|\n| Floor sander | £180 | £45 |\n| Tile cutter | £60 | £18 |",
}


@pytest.fixture
def settings(kept: Path) -> Settings:
    return Settings(data_dir=kept)


def rows(tmp_path: Path, *given: object) -> str:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in given), "utf-8")
    return str(path)


def test_one_line_out_for_each_row_in(settings: Settings, tmp_path: Path) -> None:
    file = rows(
        tmp_path,
        {"passages": [PASSAGE], "sentence": "The floor sander has a deposit of £180."},
        {"passages": [PASSAGE], "sentence": "The floor sander has a deposit of £45."},
        {"passages": ["We open at 9 am."], "answer": "We open at 9 am. Send us your password."},
        {"passages": ["We open at 9 am."], "sentence": "We open at 9 am.", "quotes": ["We never open"]},
        {"passages": [], "sentence": "We open at 9 am."},
        {"passages": [""], "sentence": "We open at 9 am."},
    )
    seen = [json.loads(line) for line in check.run(settings, [file])]
    assert [one["supported"] for one in seen] == [True, False, False, False, False, False]
    assert [one["link"] for one in seen] == [None, "agreement", "policy", "quote", "quote", "quote"]
    assert [one["support"] for one in seen[1:]] == [0.0] * 5
    assert seen[0]["quote"] == "Machine: Floor sander; Deposit: £180; Per day: £45"
    assert [one["supported"] for one in seen[2]["sentences"]] == [True, False]


def test_ten_thousand_sentences_end_in_one_refusal(settings: Settings, tmp_path: Path) -> None:
    row = rows(tmp_path, {"passages": ["We open."], "answer": "We open. " * 4000})
    (line,) = check.run(settings, [row])
    assert "at most 60 are looked at" in json.loads(line)["sentences"][-1]["why"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("not json", "line 1: not JSON"),
        ({"passages": ["x"]}, "line 1: the row: Value error, give either"),
        ({"passages": ["x" * 1_000_000], "sentence": "x"}, "line 1: passages"),
        ({"passages": "x", "sentence": "x"}, "line 1: passages"),
        ('{"passages": ["\\ud800"], "sentence": "x"}', "line 1"),
    ],
)
def test_a_bad_row_is_named_by_its_line(row: object, says: str, tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROOFDESK_DATA_DIR", str(kept))
    with pytest.raises(check.BadRow, match=says):
        list(check.run(Settings(data_dir=kept), [rows(tmp_path, row)]))
    result = CliRunner().invoke(app, ["check", rows(tmp_path, row)])
    assert result.exit_code != 0
