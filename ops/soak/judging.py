"""What became of every mail and of every paid call, from what the provider, the killer and the database each wrote down."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ops.soak.provider import Call, Key

WINDOW_S = 2.0  # from the provider's last byte to the commit of the reply; what is killed within it cannot be known to have been paid

FINISHED = ("answered", "handedOver", "discarded")


@dataclass(frozen=True)
class Kill:
    """The end of one life of a server: when it was surely dead, and which replies were kept or booked in the database then."""

    by: str
    at: float
    kept: frozenset[Key]


@dataclass(frozen=True)
class Verdict:
    """The counts. All but `accepted`, `submitted`, `calls`, `finished_calls` and what kills took must be 0.

    `repeated` are calls asked again although their reply was kept, or although their server was not killed within WINDOW_S of it. `in_flight` calls
    were not replied to when their server was killed; replies `lost_at_a_kill` were written at most `longest_window_ms` before it and are not kept.
    """

    submitted: int
    accepted: int
    calls: int
    finished_calls: int
    in_flight: int
    lost_at_a_kill: int
    longest_window_ms: int
    lost: int
    doubled: int
    repeated: int
    unbooked: int
    booked_twice: int
    unknown: int
    crashes: int
    refused: int
    undrained: int

    @property
    def faults(self) -> dict[str, int]:
        """The counts that must be 0 and are not."""
        fatal = ("lost", "doubled", "repeated", "unbooked", "booked_twice", "unknown", "crashes", "refused", "undrained")
        return {name: value for name, value in asdict(self).items() if name in fatal and value}


@dataclass(frozen=True)
class Ended:
    """What the database says in the end: the outcome of each mail's tickets, by the mail's number, and how often each call is on record with its cost."""

    outcomes: Mapping[int, Sequence[str | None]]
    booked: Mapping[Key, int]


def judge(
    submitted: int,
    accepted: Mapping[int, set[str]],
    calls: Sequence[Call],
    kills: Sequence[Kill],
    ended: Ended,
    crashes: int = 0,
    refused: int = 0,
    undrained: int = 0,
) -> Verdict:
    """Count. `accepted` has the ticket ids that were answered with, by the mail's number."""
    by_life = {one.by: one for one in kills}
    done = [call for call in calls if _delivered(call, by_life)]
    taken = [call for call in done if _is_taken(call, by_life)]
    windows = [kill.at - call.finished for call in taken if call.finished and (kill := by_life[call.by])]
    booked_least = Counter(call.key for call in done)
    booked_least.subtract(call.key for call in taken)
    most = Counter(call.key for call in calls)
    return Verdict(
        submitted=submitted,
        accepted=len(accepted),
        calls=len(calls),
        finished_calls=len(done),
        in_flight=len(calls) - len(done),
        lost_at_a_kill=len(taken),
        longest_window_ms=round(max(windows, default=0.0) * 1000),
        lost=sum(not _ended_well(ended.outcomes.get(mail, ())) for mail in accepted),
        doubled=sum(len(ids) > 1 or len(ended.outcomes.get(mail, ())) > 1 for mail, ids in accepted.items()),
        repeated=_repeated(calls, by_life),
        unbooked=sum(max(0, least - ended.booked.get(key, 0)) for key, least in booked_least.items()),
        booked_twice=sum(max(0, count - most[key]) for key, count in ended.booked.items()),
        unknown=sum(call.mail not in accepted for call in calls),
        crashes=crashes,
        refused=refused,
        undrained=undrained,
    )


def _ended_well(outcomes: Iterable[str | None]) -> bool:
    return any(one in FINISHED for one in outcomes)


def _delivered(call: Call, kills: Mapping[str, Kill]) -> bool:
    """Tell whether a reply was written while its caller lived."""
    return call.finished is not None and not (call.by in kills and call.finished >= kills[call.by].at)


def _is_taken(call: Call, kills: Mapping[str, Kill]) -> bool:
    """Tell whether the kill came so soon after a reply, which is not kept, that nobody can have known of it."""
    kill = kills.get(call.by)
    return bool(kill and call.finished and call.key not in kill.kept and kill.at - call.finished <= WINDOW_S)


def _repeated(calls: Iterable[Call], kills: Mapping[str, Kill]) -> int:
    """Count calls that were asked again though an earlier one had been answered for good."""
    same: dict[Key, list[Call]] = defaultdict(list)
    for call in calls:
        same[call.key].append(call)
    return sum(
        any(_delivered(before, kills) and not _is_taken(before, kills) for before in listed[:place])
        for listed in same.values()
        for place in range(1, len(listed))
    )


def told(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON has it."""
    return {**asdict(verdict), "faults": verdict.faults}
