"""The packages that an installation stands on: versions and licences as their own metadata says."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.metadata import Distribution

from packaging.requirements import InvalidRequirement, Requirement

from service.text import plain

PRODUCT = "proofdesk"
UNKNOWN = "unknown"
_CLASSIFIER = "License :: "
_LONGEST = 60


@dataclass(frozen=True)
class Dependency:
    """One installed package. `extras` are those of ours that ask for it, none where serving does."""

    name: str
    version: str
    licence: str
    extras: tuple[str, ...] = ()


def installed() -> list[Dependency]:
    """List what we ask for and what that asks for in turn, as far as it is installed, by name."""
    found: dict[str, set[str]] = {}
    for extra in ("", *(metadata.metadata(PRODUCT).get_all("Provides-Extra") or ())):
        waiting = list(_needs(metadata.distribution(PRODUCT), {extra}, only=extra))
        while waiting:
            name, extras = waiting.pop()
            if extra in found.get(name, ()):
                continue
            try:
                distribution = metadata.distribution(name)
            except metadata.PackageNotFoundError:  # of another platform, or an extra that is not installed
                continue
            found.setdefault(name, set()).add(extra)
            waiting += _needs(distribution, {"", *extras})
    return [_described(name, tuple(sorted(extras)) if "" not in extras else ()) for name, extras in sorted(found.items())]


def closure(requirements: Iterable[str]) -> set[str]:
    """Return the names of what is required and of all that it needs in turn here. Raises PackageNotFoundError for what is not installed."""
    found: set[tuple[str, frozenset[str]]] = set()
    waiting = list(_wanted(requirements, {""}))
    while waiting:
        name, extras = waiting.pop()
        if (name, frozenset(extras)) not in found:
            found.add((name, frozenset(extras)))
            waiting += _needs(metadata.distribution(name), {"", *extras})
    return {name for name, _ in found}


def _needs(distribution: Distribution, extras: set[str], only: str | None = None) -> Iterator[tuple[str, set[str]]]:
    yield from _wanted(distribution.requires or (), extras, only)


def _wanted(requirements: Iterable[str], extras: set[str], only: str | None = None) -> Iterator[tuple[str, set[str]]]:
    for text in requirements:
        try:
            wanted = Requirement(text)
        except InvalidRequirement:
            continue
        if only and not (wanted.marker and "extra" in str(wanted.marker)):
            continue
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in extras):
            yield re.sub(r"[-_.]+", "-", wanted.name).lower(), wanted.extras


def _described(name: str, extras: tuple[str, ...]) -> Dependency:
    distribution = metadata.distribution(name)
    return Dependency(name, distribution.version, licence(distribution), extras)


def licence(distribution: Distribution) -> str:
    """Return a package's licence: its expression, else its classifiers, else the first line of what it calls its licence."""
    said = distribution.metadata
    if expression := said.get_all("License-Expression"):
        return str(expression[0])
    classified = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or () if one.startswith(_CLASSIFIER)]
    if known := [one for one in classified if one != "OSI Approved"]:
        return " AND ".join(dict.fromkeys(known))
    words = plain.line((said.get_all("License") or [""])[0].strip().split("\n", 1)[0], _LONGEST)
    return words or UNKNOWN
