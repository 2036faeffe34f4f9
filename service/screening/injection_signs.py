"""Signs that a sentence speaks to a machine instead of a person, each with its weight."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from service.text import patterns

_FILE = Path(__file__).with_suffix(".yaml")
_BLANK = re.compile(r"\{([a-z_]+)(?: (\d+))?\}")


@dataclass(frozen=True)
class Cue:
    """One sign. Where a sentence also matches `unless`, a customer may well say this, and it is none."""

    kind: str
    weight: float
    says: re.Pattern[str]
    unless: re.Pattern[str] | None


@dataclass(frozen=True)
class Cues:
    """All signs, and what is looked for before they are: patterns on folded text (hidden_characters.fold)."""

    signs: tuple[Cue, ...]
    trigger: re.Pattern[str]  # only a paragraph that holds one is looked at closer
    turned: re.Pattern[str]  # words of orders in rot13 or backwards
    reported: re.Pattern[str]  # words by which a customer quotes a screen or a person
    quoted: re.Pattern[str]


@cache
def shipped() -> Cues:
    """Return the signs that come with the checkout, read once and only when a text is looked at.

    Each pattern is compiled when it is first looked for: all take a quarter of a second, and in most texts nothing but the trigger is.
    """
    return _read(_FILE, patterns.pattern)


def load(file: Path = _FILE) -> Cues:
    """Read the signs and compile them. Raises ValueError naming the entry whose pattern is wrong."""
    return _read(file, re.compile)


def _read(file: Path, compile_: Callable[[str], re.Pattern[str]]) -> Cues:
    data = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
    words: Mapping[str, str | Sequence[str]] = data["words"]

    def compiled(where: str, template: str) -> re.Pattern[str]:
        try:
            return compile_(_filled(template, words))
        except (re.error, KeyError) as exc:
            raise ValueError(f"{file.name}: {where}: {exc}") from exc

    def cue(number: int, row: Mapping[str, Any]) -> Cue:
        where = f"cue {number} ({row['kind']})"
        unless = compiled(where, row["unless"]) if "unless" in row else None
        return Cue(row["kind"], float(row["weight"]), compiled(where, row["says"]), unless)

    return Cues(
        signs=tuple(cue(number, row) for number, row in enumerate(data["cues"], start=1)),
        **{name: compiled(name, data[name]) for name in ("trigger", "turned", "reported", "quoted")},
    )


def _filled(template: str, words: Mapping[str, str | Sequence[str]]) -> str:
    """Put the word lists in the places of their names."""

    def put(blank: re.Match[str]) -> str:
        if blank[1] == "gap":
            return rf"\W{{1,4}}(?:[\w']+\W{{1,4}}){{0,{blank[2]}}}?"
        entry = words[blank[1]]
        return f"(?:{_filled(entry if isinstance(entry, str) else '|'.join(entry), words)})"

    return _BLANK.sub(put, template)
