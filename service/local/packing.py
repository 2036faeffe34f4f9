"""Which clauses of a mail go into its summary: those that together hold most of what a reader must know, in the words that there are."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set

from service.local import clauses
from service.local.facts import Part
from service.text import patterns

QUOTED = 1  # words that a quoted subject costs beside its own
WORTH_TELLING = 0.15  # words that must be known which a clause must hold, as expected, to be told beside others
THRIFTS = (0.0, 0.5, 1.0)  # powers of a clause's length that its worth is divided by: each is tried, and what is worth most is kept
_OF_THE_LAST = patterns.pattern(r"^(?:which|who|whom|whose|that|than|or|of|as|to|[a-z]+ing)\b", re.I)  # says something of the words just before
_POINTS_BACK = patterns.pattern(
    r"^(?:it|its|it['’]s|he|he['’]s|she|she['’]s|his|her|they|they['’](?:re|ve)|them|these|those|this|that)\b(?! is the\b)", re.I
)


def choose(found: Sequence[Part], weights: Mapping[str, float], room: int) -> list[int]:
    """Return the places of the clauses that are told in `room` words, in the order of the mail; the first one may be longer than that.

    `weights` says how likely each word must be known; a word that is told twice counts once.
    """
    needs = [_needed(found, place, weights) for place in range(len(found))]
    tried = [_taken(found, needs, weights, room, thrift) for thrift in THRIFTS]
    return sorted(max(tried, key=lambda taken: _worth(found, taken, weights, frozenset())))


def _taken(found: Sequence[Part], needs: Sequence[Sequence[int]], weights: Mapping[str, float], room: int, thrift: float) -> list[int]:
    """Take clauses with what they need, the worthiest for its length first, until nothing more fits that is worth telling."""
    taken: list[int] = []
    known: set[str] = set()
    left = room
    while True:
        offers = []
        for place in range(len(found)):
            bundle = [other for other in needs[place] if other not in taken]
            cost, worth = _length(found, bundle), _worth(found, bundle, weights, known)
            if place in taken or (taken and (cost > left or worth < WORTH_TELLING)) or (not taken and all(found[one].is_topic for one in bundle)):
                continue
            fitting = min(1.0, left / cost)  # of what is too long the end is cut off
            offers.append((worth * fitting / min(cost, left) ** thrift, -place, bundle))
        if not offers:
            return taken
        bundle = max(offers)[2]
        taken += bundle
        known |= {word for place in bundle for word in found[place].words}
        left = max(1, left - _length(found, bundle))


def _length(found: Sequence[Part], places: Sequence[int]) -> int:
    return max(1, sum(len(found[place].clause.text.split()) + QUOTED * found[place].is_topic for place in places))


def _worth(found: Sequence[Part], places: Iterable[int], weights: Mapping[str, float], known: Set[str]) -> float:
    return sum(weights[word] for word in {word for place in places for word in found[place].words} - known)


def _needed(found: Sequence[Part], place: int, weights: Mapping[str, float]) -> list[int]:
    """Return a clause with the others without which it is none: those it hangs on, the question at its end, what its first word points back to."""
    part = found[place]
    unit = [other for other, one in enumerate(found) if one.unit == part.unit]
    standing = [other for other in unit if found[other].clause.stands]
    bundle = {place, max((other for other in standing if other <= place), default=standing[0] if standing else place)}
    if _OF_THE_LAST.match(part.clause.text):
        bundle |= set(range(min(bundle), place))
    if part.asks:
        bundle.add(unit[-1])
    else:
        bundle |= {other for other in _after(unit, standing, max(bundle)) if clauses.GOES_ON.match(found[other].clause.text)}
    start = min(bundle)
    if found[start].place == 0 and not part.is_topic and _POINTS_BACK.match(found[start].clause.text):
        bundle |= set(_pointed_at(found, start, weights))
    return sorted(bundle)


def _after(unit: Sequence[int], standing: Sequence[int], place: int) -> list[int]:
    """Return the clauses of a sentence between one and the next that stands."""
    end = min((other for other in standing if other > place), default=unit[-1] + 1)
    return [other for other in unit if place < other < end]


def _pointed_at(found: Sequence[Part], start: int, weights: Mapping[str, float]) -> list[int]:
    """Return the subject or the clause before, whichever is worth more for its length: one of them says what a pronoun stands for."""
    before = [place for place in range(start) if found[place].clause.stands and not found[place].is_topic and not found[place].asks]
    offered = [[place] for place in (*before[-1:], *(place for place, part in enumerate(found) if part.is_topic))]
    return max(offered, key=lambda places: _worth(found, places, weights, frozenset()) / _length(found, places), default=[])
