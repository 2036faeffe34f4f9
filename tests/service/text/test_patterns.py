"""A pattern that waits searches as one that does not, and a mistake in one is found here rather than in a customer's mail."""

import copy
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import service
from service.text import patterns
from service.text.patterns import pattern

GREETING = (r"\b(?:hi|grüß gott|こんにちは)\b", re.I)


@pytest.mark.parametrize("text", ["Hi, the till is stuck", "GRÜSS GOTT, Grüß Gott beieinander", "こんにちは 注文の件です", "nothing of the kind", ""])
def test_it_finds_what_a_compiled_one_finds(text: str) -> None:
    waiting, compiled = pattern(*GREETING), re.compile(*GREETING)
    assert [one.span() for one in waiting.finditer(text)] == [one.span() for one in compiled.finditer(text)]
    assert (waiting.sub("…", text), waiting.split(text), bool(waiting.search(text))) == (
        compiled.sub("…", text),
        compiled.split(text),
        bool(compiled.search(text)),
    )


def test_nothing_is_compiled_before_the_first_search(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    real = re.compile
    monkeypatch.setattr(re, "compile", lambda text, flags=0: compiled.append(text) or real(text, flags))
    waiting = pattern(r"\d+ (?:kg|lbs)")
    assert compiled == []
    assert [waiting.search(text) is not None for text in ("20 kg", "44 lbs", "a stone")] == [True, True, False]
    assert compiled == [r"\d+ (?:kg|lbs)"]


def test_it_knows_its_text_and_groups_and_can_be_copied() -> None:
    waiting = copy.deepcopy(pattern(r"(?P<day>\d\d?)\. (?P<month>\w+)"))
    assert (waiting.pattern, waiting.groups, dict(waiting.groupindex)) == (r"(?P<day>\d\d?)\. (?P<month>\w+)", 2, {"day": 1, "month": 2})


def test_a_mistake_in_a_pattern_is_raised_when_it_is_used() -> None:
    with pytest.raises(re.error, match="missing"):
        pattern("(unclosed").search("x")


def waiting_in(value: object, depth: int = 3) -> Iterator[patterns._Waiting]:
    if isinstance(value, patterns._Waiting):
        yield value
    elif isinstance(value, tuple | list | set | frozenset) and depth:
        for one in value:
            yield from waiting_in(one, depth - 1)
    elif isinstance(value, dict) and depth:
        yield from waiting_in(list(value.items()), depth - 1)


def test_every_pattern_that_waits_can_be_compiled() -> None:
    modules = [importlib.import_module(one.name) for one in pkgutil.walk_packages(service.__path__, "service.") if "migrations" not in one.name]
    found = {id(one): one for module in modules for value in vars(module).values() for one in waiting_in(value)}
    used = sum(path.read_text("utf-8").count("patterns.pattern(") for path in Path(service.__file__).parent.rglob("*.py"))
    assert len(found) >= used > 50
    for one in found.values():
        one._compiled  # noqa: B018 (reading it compiles it)
