"""Deals new cases out to the splits: by group, in fixed shares, alike for every trade and urgency."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

DEAL = ("dev", "validation", "dev", "locked")  # half, a quarter, a quarter


@dataclass(frozen=True)
class Dealt:
    """What decides the split of one case: its id, its group, and what the splits shall be alike in."""

    id: str
    group: str
    stratum: str


def deal(cases: Iterable[Dealt], frozen: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the split of every group, the same for the same cases whatever their order.

    `frozen` gives groups that have a split already and keep it. Within a stratum, groups come in the order of a hash of their names, and the
    shares run on from one stratum to the next, so that they hold for small strata too.
    """
    strata: dict[str, str] = {}
    for case in sorted(cases, key=lambda case: case.id):
        strata.setdefault(case.group, case.stratum)
    groups: dict[str, list[str]] = defaultdict(list)
    for group, stratum in strata.items():
        groups[stratum].append(group)
    kept = dict(frozen or {})
    new = [group for stratum in sorted(groups) for group in sorted(groups[stratum], key=_hash) if group not in kept]
    return kept | {group: DEAL[place % len(DEAL)] for place, group in enumerate(new)}


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
