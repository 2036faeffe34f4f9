"""Labelled mail from a spreadsheet is scored by the metrics that its labels allow, and by no other."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from evals.bench import Bench
from evals.external import mails
from evals.external.formats import ExternalError
from retrieval import index
from service import bootstrap, release
from service.settings import Settings

CSV = (
    "subject,body,from_name,from_address,date,customer_name,urgency\n"
    'Twice,"Hello,\n\nyou charged me twice for October, 40 euros each time.\n\nAna López",Ana López,ana@mail.example,2026-11-02T10:00:00+00:00,Ana López,HIGH\n'
    '"Größe; ""klein""",Danke für alles!,Büro,info@x.example,,null,\n'
)


def _written(folder: Path, text: str = CSV) -> Path:
    path = folder / "mails.csv"
    path.write_text(text, "utf-8")
    return path


def test_makes_cases_of_lines(tmp_path: Path) -> None:
    with mails.load(_written(tmp_path)) as found:
        first, second = found.suite.mails
        assert (first.expected.customer_name, first.expected.urgency) == ("Ana López", "high")
        assert (second.expected.customer_name, second.expected.urgency, second.expected.issue_summary) == (None, None, None)
        assert b"charged me twice" in found.suite.raw(first)
        names = {one.name for one in found.metrics}
    assert {"urgency_right", "name_folded", "discarded_wrongly", "crashed"} <= names
    assert not {"summary_facts", "foreign_answered", "null_right"} & names


def test_does_not_score_what_has_no_label(tmp_path: Path) -> None:
    with mails.load(_written(tmp_path, "text,urgency\nThe door is stuck.,low\n")) as found:
        assert "name_folded" not in {one.name for one in found.metrics}


def test_runs_them_through_the_release(tmp_path: Path, indexed: Path) -> None:
    settings = Settings(data_dir=indexed, openai_api_key=None)
    parts = bootstrap.open_desks(settings).parts
    chosen = release.load(settings.releases_dir / "r1" / "release.toml").model_copy(update={"routes": ()})
    snapshot = index.current(indexed)
    assert snapshot
    desk = bootstrap.build(parts, chosen, snapshot)
    with mails.load(_written(tmp_path)) as found:
        results = mails.score(found, Bench(parts, chosen, desk, desk, snapshot), datetime(2026, 11, 30, tzinfo=UTC))
    assert results.values("name_folded")["line-2"] == 1
    assert set(results.values("urgency_right")) == {"line-2", "line-3"}
    assert "summary_facts" not in results.by_metric


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no mail in it"),
        ("subject,urgency\nx,low\n", r"mails.csv:1: no column of mail text; there are: subject, urgency"),
        ("body,label\nx,low\n", r"mails.csv:1: no column of labels; there are: body, label \(urgency, customer_name, facts are known\)"),
        ("body,urgency\nx,low\ny,asap\n", r"mails.csv:3: urgency: Input should be"),
        ("body,urgency,date\nx,low,yesterday\n", r"mails.csv:2: Invalid isoformat string: 'yesterday'"),
    ],
)
def test_names_the_line_that_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ExternalError, match=words), mails.load(_written(tmp_path, text)):
        pass
