"""A case is not run again where nothing changed that could change it, and is where anything did."""

import ast
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evals import cache, cases, observation, run, weighing
from evals import suite as suites
from evals.cases import Suite
from evals.observation import Observed, Offices
from service.trace import Attempt, Span
from tests.evals.material import FEE, answer, found, question_case, screened, seen, ticket

MADE_OF = {"release": {"passages": 6}, "prompts": {"extract": {"sha256": "a"}}, "snapshot": "s", "foreign": {}}
CASES = {"x": "d1", "q-1": "d2"}


def _whole() -> Observed:
    attempt = Attempt("extract", "local", "local", 3.0, usd=Decimal(0))
    one = seen("answered", answer=answer(), search=found(FEE), screened=screened("The reader is dead."), ticket=ticket("Ana", "It is dead.", "high"))
    return replace(one, spans=(Span("extract", 0.0, 3.0, True, attempts=[attempt]),), ms=12.0)


def test_gives_back_all_that_became_of_a_case(tmp_path: Path) -> None:
    kept = cache.of(tmp_path, MADE_OF, CASES)
    assert kept.get("x") is None
    kept.put(_whole())
    again = cache.of(tmp_path, MADE_OF, CASES)
    assert again.get("x") == _whole()
    assert again.reused == {"x"}


@pytest.mark.parametrize(
    "change",
    [
        lambda made: {**made, "release": {"passages": 5}},
        lambda made: {**made, "prompts": {"extract": {"sha256": "b"}}},
        lambda made: {**made, "snapshot": "other"},
        lambda made: {**made, "foreign": {"pools": "t"}},
    ],
)
def test_gives_nothing_where_what_a_run_is_made_of_differs(tmp_path: Path, change: Callable[[Any], Any]) -> None:
    cache.of(tmp_path, MADE_OF, CASES).put(_whole())
    assert cache.of(tmp_path, change(MADE_OF), CASES).get("x") is None


def test_gives_nothing_of_an_edited_case_or_of_other_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.of(tmp_path, MADE_OF, CASES).put(_whole())
    assert cache.of(tmp_path, MADE_OF, {**CASES, "x": "edited"}).get("x") is None
    monkeypatch.setattr(cache, "code", lambda: "other code")
    assert cache.of(tmp_path, MADE_OF, CASES).get("x") is None


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let the code be what lies in a folder."""
    monkeypatch.setattr(cache, "ROOT", tmp_path)
    cache.code.cache_clear()
    yield tmp_path
    cache.code.cache_clear()


def _changes_the_key(tree: Path, name: str) -> bool:
    """Tell whether another content of a file gives the code another hash."""
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    keys = []
    for content in ("before", "after"):
        (tree / name).write_text(content, "utf-8")
        cache.code.cache_clear()
        keys.append(cache.code())
    return keys[0] != keys[1]


@pytest.mark.parametrize(
    "name",
    [
        "service/local/glossary.tsv",
        "service/reader/card.json",
        "retrieval/panel.csv",
        "ingestion/articles/words",
        "service/pipeline.py",
        "service/a.npz",
        "evals/observation.py",
        "evals/weighing.py",
    ],
)
def test_counts_every_file_that_may_be_read_while_a_case_is_run(tree: Path, name: str) -> None:
    assert _changes_the_key(tree, name)


@pytest.mark.parametrize(
    "name",
    [
        "service/__pycache__/pipeline.pyc",
        "service/.swp",
        "ingestion/help_centre/a.md",
        "service/prompts/p/v1/prompt.md",
        "service/sample_inbox/1.eml",
    ],
)
def test_leaves_out_what_no_case_reads_and_what_has_a_hash_of_its_own(tree: Path, name: str) -> None:
    assert not _changes_the_key(tree, name)


@pytest.mark.parametrize(
    "name", ["evals/scorers/tickets.py", "evals/gate.toml", "evals/report/report.py", "evals/judged/labels.yaml", "evals/templates/report.html"]
)
def test_keeps_what_was_run_after_an_edit_of_a_scorer_a_rule_or_a_report(tree: Path, name: str) -> None:
    assert not _changes_the_key(tree, name)


def test_counts_every_module_of_the_evals_that_one_that_runs_a_case_imports() -> None:
    imported = {module for name in cache.RUNNING for module in _of_the_evals(cache.ROOT / "evals" / f"{name}.py")}
    assert "observation" in imported
    assert imported <= set(cache.RUNNING)


def _of_the_evals(path: Path) -> set[str]:
    """Return the modules of the evals that a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "evals":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("evals."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("evals.")}
    return found


def test_counts_the_tables_and_arrays_that_are_there() -> None:
    listed = {path.relative_to(cache.ROOT).as_posix() for path in cache.files()}
    assert {"service/local/glossary.tsv", "service/screening/injection_signs.yaml", "retrieval/panel.txt", "service/reader/noise.npz"} <= listed


@pytest.mark.parametrize(
    "choice", [suites.Choice(only=("dh-01",)), suites.Choice(kinds=("single",)), suites.Choice(splits=("dev",)), suites.Choice(kinds=("attack",))]
)
def test_plants_and_weighs_the_same_whichever_cases_are_chosen(choice: suites.Choice) -> None:
    part, whole = suites.choose(choice), suites.choose(suites.Choice())
    assert 0 < len(part.cases) < len(whole.cases)
    assert [case.id for case in part.planted] == [case.id for case in whole.planted]
    assert len(whole.planted) == sum(case.article is not None for case in whole.attacks) > 10
    assert weighing.weighed(part) == weighing.weighed(whole) == weighing.weighed(suites.choose(suites.Choice(splits=cases.SPLITS)))


def test_weighs_the_mails_of_the_open_splits_that_earlier_reports_weighed() -> None:
    whole = suites.choose(suites.Choice())
    assert weighing.weighed(whole) & whole.by_id.keys() == {case.id for case in whole.mails[:: weighing.ONE_IN]}


def test_plants_no_locked_article_unless_locked_cases_are_run() -> None:
    assert all(case.split != "locked" for case in suites.choose(suites.Choice()).planted)
    assert any(case.split == "locked" for case in suites.choose(suites.Choice(splits=cases.SPLITS)).planted)


def test_tries_anew_what_failed_and_survives_a_damaged_file(tmp_path: Path) -> None:
    kept = cache.of(tmp_path, MADE_OF, CASES)
    kept.put(seen("failed", why="ZeroDivisionError: x"))
    assert kept.get("x") is None
    kept.put(_whole())
    (file,) = kept.folder.iterdir()
    for raw in (b"", b"no pickle", file.read_bytes()[:-9], pickle.dumps("another thing")):
        file.write_bytes(raw)
        assert kept.get("x") is None


def test_forgets_the_oldest_sets(tmp_path: Path) -> None:
    for number in range(cache.MOST_KEPT + 2):
        cache.of(tmp_path, {**MADE_OF, "snapshot": str(number)}, CASES).put(_whole())
    assert len(list((tmp_path / "reports" / ".cases").iterdir())) <= cache.MOST_KEPT


def test_goes_on_where_a_run_was_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def observe(case: Any, *args: Any) -> Observed:
        if len(asked) == 2 and "left" not in asked:
            asked.append("left")
            raise KeyboardInterrupt
        asked.append(case.id)
        return seen("handedOver", case=case.id)

    monkeypatch.setattr(observation, "observe", observe)
    monkeypatch.setattr(weighing, "weigher", lambda desk: None)
    suite = Suite(tuple(question_case(id=f"q-{n}") for n in range(4)))
    offices: Any = Offices(None)  # type: ignore[arg-type]
    for _ in range(2):
        kept = cache.of(tmp_path, MADE_OF, run.digests(suite))
        try:
            done = run.observe(suite, offices, cached=kept)
        except KeyboardInterrupt:
            continue
    assert asked == ["q-0", "q-1", "left", "q-2", "q-3"]
    assert [one.case for one in done] == ["q-0", "q-1", "q-2", "q-3"]
    assert kept.reused == {"q-0", "q-1"}
