"""A case is not run again where nothing changed that could change it, and is where anything did."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evals import cache, observation, run
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
    monkeypatch.setattr(run, "weigher", lambda desk: None)
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
