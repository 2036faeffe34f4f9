"""Splits are dealt in fixed shares, the same every time, and never through a group."""

from collections import Counter

from evals import cases, splits
from evals.splits import Dealt


def _some(count: int = 200) -> list[Dealt]:
    return [Dealt(f"c-{place}", f"g-{place // 2}", f"s-{place % 7}") for place in range(count)]


def test_deals_half_a_quarter_and_a_quarter() -> None:
    counts = Counter(splits.deal(_some()).values())
    assert counts["dev"] == 50
    assert counts["validation"] == counts["locked"] == 25


def test_deals_the_same_whatever_the_order() -> None:
    assert splits.deal(_some()) == splits.deal(list(reversed(_some())))


def test_leaves_frozen_groups_where_they_are() -> None:
    before = splits.deal(_some(100))
    after = splits.deal(_some(200), before)
    assert {group: after[group] for group in before} == before


def test_keeps_every_group_of_the_suite_in_one_split() -> None:
    places: dict[str, set[str]] = {}
    for case in cases.load().cases:
        places.setdefault(case.group, set()).add(case.split)
    assert all(len(found) == 1 for found in places.values())


def test_gives_every_urgency_to_every_split() -> None:
    levels = {(case.split, case.expected.urgency) for case in cases.load().mails}
    assert levels >= {(split, level) for split in cases.SPLITS for level in ("high", "medium", "low", None)}
