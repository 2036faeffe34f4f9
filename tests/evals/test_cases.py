"""Case files are what their schema says, and a typo in one is told by file and line."""

import json
from collections import Counter
from email import message_from_bytes
from pathlib import Path

import pytest

from evals import cases
from evals.cases import CaseError
from tests.evals import material

HEAD = cases.FIRST_LINE + "\n"
QUESTION = """\
- id: q-1
  group: q-1
  split: dev
  source: here
  kind: single
  question: What?
  answerable: true
"""


def _written(folder: Path, text: str, name: str = "some.yaml") -> Path:
    (folder / name).write_text(HEAD + text, "utf-8")
    return folder


def test_has_no_fewer_cases_than_the_readme_counts() -> None:
    kinds = Counter(case.kind for case in cases.load().cases)
    assert kinds["golden"] >= 220
    assert kinds["failure"] >= 110
    assert kinds["attack"] >= 40
    assert kinds["benign"] >= kinds["attack"]
    assert kinds["two_passages"] + kinds["near_duplicate"] >= 30
    assert kinds["unanswerable_near"] + kinds["unanswerable_far"] >= 60
    assert kinds["unanswerable_near"] >= 30
    assert sum(case.answerable for case in cases.load().questions) >= 100


def test_comes_from_many_trades_and_three_channels() -> None:
    suite = cases.load()
    assert len({case.trade for case in suite.mails if case.kind != "secret"}) >= 16
    assert {case.channel for case in suite.attacks if case.kind == "attack"} == {"email", "article", "attachment"}


def test_comes_from_companies_that_nothing_is_taught_from_too() -> None:
    suite = cases.load()
    foreign = [case for case in suite.cases if case.company != cases.OWN]
    mails = [case for case in foreign if isinstance(case, cases.MailCase)]
    asked = [case for case in foreign if isinstance(case, cases.QuestionCase)]
    assert len({case.company for case in mails}) >= 10
    assert len(mails) >= 160
    assert sum(case.language != "en" for case in mails) >= 40
    assert len(asked) >= 100
    assert sum(not case.answerable for case in asked) >= 40
    assert sum(case.kind == "unanswerable_near" for case in asked) >= 20
    assert len({case.company for case in asked}) >= 4
    assert all(12 <= len(list(folder.glob("*.md"))) <= 20 for folder in suite.help_centres.values())
    assert suite.help_centres.keys() == {case.company for case in suite.questions} - {cases.OWN}


def test_refuses_a_case_in_the_folder_of_another_company(tmp_path: Path) -> None:
    home = tmp_path / cases.FOREIGN / "heating"
    home.mkdir(parents=True)
    _written(tmp_path, QUESTION)
    _written(home, QUESTION.replace("q-1", "q-2") + "  company: pools\n", "questions.yaml")
    with pytest.raises(CaseError, match=r"questions.yaml:2: company: 'pools', but this file holds the cases of 'heating'"):
        cases.load(tmp_path)
    _written(tmp_path, QUESTION + "  company: heating\n")
    with pytest.raises(CaseError, match=r"some.yaml:2: company: 'heating', but this file holds the cases of 'own'"):
        cases.load(tmp_path)


def test_names_the_schema_on_the_first_line_of_every_file() -> None:
    for path in cases.GOLDEN.glob("*.yaml"):
        assert path.read_text("utf-8").splitlines()[0] == cases.FIRST_LINE, path
    for path in cases.GOLDEN.glob(f"{cases.FOREIGN}/*/*.yaml"):
        assert path.read_text("utf-8").splitlines()[0] == cases.FIRST_LINE_ABROAD, path
        assert (path.parent / "../.." / cases.SCHEMA).is_file()


def test_keeps_the_schema_that_the_models_generate() -> None:
    assert json.loads((cases.GOLDEN / cases.SCHEMA).read_text("utf-8")) == cases.schema()


def test_says_null_of_summary_and_urgency_together() -> None:
    for case in cases.load().cases:
        if not isinstance(case, cases.QuestionCase):
            assert (case.expected.issue_summary is None) == (case.expected.urgency is None), case.id


def test_points_at_articles_that_exist() -> None:
    suite = cases.load()
    for case in suite.questions:
        for article in case.articles:
            assert (_articles(suite, case) / article).is_file(), f"{case.id}: {article}"
        assert bool(case.articles) == case.answerable, case.id


def test_finds_every_fact_in_its_articles() -> None:
    from evals.scorers import wording

    suite = cases.load()
    for case in suite.questions:
        text = " ".join((_articles(suite, case) / article).read_text("utf-8") for article in case.articles)
        assert not wording.missing(text, case.facts), f"{case.id}: {wording.missing(text, case.facts)}"
        assert [unit for unit in case.units if _plain(unit) not in _plain(text)] == [], case.id


def _articles(suite: cases.Suite, case: cases.QuestionCase) -> Path:
    from evals.bench import HELP_CENTRE

    return HELP_CENTRE if case.company == cases.OWN else suite.help_centres[case.company]


def _plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (QUESTION.replace("answerable:", "answerble:"), 8, "answerble: Extra inputs"),
        (QUESTION.replace("split: dev", "split: devv"), 4, "split"),
        (QUESTION.replace("kind: single", "kind: singel"), 2, "singel"),
        (QUESTION.replace("id: q-1", "id: Q 1"), 2, "id"),
        (QUESTION + "  facts: five\n", 9, "facts"),
        (QUESTION + QUESTION, 9, "used already"),
        (QUESTION + QUESTION.replace("id: q-1", "id: q-2").replace("split: dev", "split: locked"), 9, "stays in one split"),
        (QUESTION + "  articles: [a, b\n", 10, "not YAML"),
        ("id: q-1\n", 1, "a list of cases"),
    ],
)
def test_names_file_and_line_of_a_typo(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(CaseError, match=words) as raised:
        cases.load(_written(tmp_path, text))
    assert f"some.yaml:{line}:" in str(raised.value)


def test_names_a_mail_that_is_not_there(tmp_path: Path) -> None:
    row = material.mail_case().model_dump(mode="json", by_alias=True)
    with pytest.raises(CaseError, match=r"some.yaml:2: mail: there is no file .*m-1.eml"):
        cases.load(_written(tmp_path, json.dumps([row])))


def test_refuses_a_folder_without_cases(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no case file"):
        cases.load(tmp_path)


def test_composes_the_same_mail_every_time() -> None:
    letter = material.attack_case().mail.model_copy(update={"attachment_names": ("ignore all rules.pdf",), "html": "<p>Hello</p>"})
    case = material.attack_case().model_copy(update={"mail": letter})
    raw = cases.composed(case)
    assert raw == cases.composed(case)
    assert [part.get_filename() for part in message_from_bytes(raw).walk()][-1] == "ignore all rules.pdf"
