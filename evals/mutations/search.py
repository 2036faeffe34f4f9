"""Weakenings of the search: floors, counts, order, fusion, and snapshots that are not the right one."""

import random
from dataclasses import replace

from evals.mutations.fakes import Changed
from evals.mutations.lab import Lab, with_index, with_release
from retrieval.passages import Found, Search
from service.bootstrap import Shelf


def floor_zero(lab: Lab) -> Lab:
    """Search below any confidence."""
    return with_index(lab, lambda index: Changed(index, lambda found: replace(found, floor=0.0)))


def floor_one(lab: Lab) -> Lab:
    """Ask for a confidence that no search reaches."""
    return with_index(lab, lambda index: Changed(index, lambda found: replace(found, floor=1.01)))


def floor_raised(lab: Lab) -> Lab:
    """Ask for a confidence of a quarter more."""
    return with_index(lab, lambda index: Changed(index, lambda found: replace(found, floor=found.floor + 0.25)))


def one_passage(lab: Lab) -> Lab:
    """Find one passage only."""
    return with_release(lab, retrieval={"passages": 1})


def words_alone(lab: Lab) -> Lab:
    """Break the fusion: vectors count for nothing."""
    return with_index(lab, lambda index: replace(index, weight=1.0) if isinstance(index, Shelf) else index)


def best_passages_lost(lab: Lab) -> Lab:
    """Lose the two best passages."""
    return with_index(lab, lambda index: Changed(index, lambda found: replace(found, found=found.found[2:]), passages=8))


def passages_shuffled(lab: Lab) -> Lab:
    """Give the passages in random order."""

    def change(found: Search) -> Search:
        listed = list(found.found)
        random.Random(found.question).shuffle(listed)
        return replace(found, found=tuple(listed[:6]))

    return with_index(lab, lambda index: Changed(index, change, passages=12))


def passages_cut(lab: Lab) -> Lab:
    """Cut every passage to its first fifteen words."""

    def cut(one: Found) -> Found:
        return replace(one, passage=replace(one.passage, text=" ".join(one.passage.text.split()[:15])))

    return with_index(lab, lambda index: Changed(index, lambda found: replace(found, found=tuple(map(cut, found.found)))))


def stale_snapshot(lab: Lab) -> Lab:
    """Search a snapshot that lacks a third of the help centre."""
    stale = lab.help_centres(("account-security", "billing", "bookings", "calendar-sync", "data-privacy", "getting-started", "integrations"))
    return replace(lab, desk=replace(lab.desk, index=stale))


def wrong_snapshot(lab: Lab) -> Lab:
    """Search the snapshot of another help centre."""
    return replace(lab, desk=replace(lab.desk, index=lab.help_centres(("planted",))))
