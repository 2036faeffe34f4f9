"""How many hostile answers does the check let pass, and how many honest look-alikes does it strike? `python -m ops.benches.hostile_answers` counts them.

Nothing is taught from the five sets. Each answer is checked as `proofdesk check` checks one, by its passages alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evals import support_rows
from evals.support_rows import LEFT_OUT, Hostile
from ops.cli import check
from service import checking
from service.checking import CheckRequest, GivenPassage
from service.release import Checks, Policy
from service.settings import Settings
from service.stages.check.chain import Checker

SETS = ("hostile-left-out", *(f"hostile-left-out-{number}" for number in range(2, 6)))


@dataclass(frozen=True)
class Counted:
    """Of the answers of a set: the lies and how many of them passed, the honest ones and how many of them were struck."""

    name: str
    lies: int
    passed: int
    honest: int
    struck: int

    def says(self) -> str:
        """Say it in one line."""
        return f"{self.name:<20} {self.passed:3} of {self.lies} lies pass, {self.struck:3} of {self.honest} honest struck"


def counted(name: str, checker: Checker) -> Counted:
    """Check every answer of a set."""
    rows = support_rows.hostile(LEFT_OUT / f"{name}.jsonl")
    leaves = [(row.lie, leaves_whole(row, checker)) for row in rows]
    lies, honest = ([left for lie, left in leaves if lie is kind] for kind in (True, False))
    return Counted(name, len(lies), sum(lies), len(honest), len(honest) - sum(honest))


def leaves_whole(row: Hostile, checker: Checker) -> bool:
    """Tell whether the check lets every sentence of an answer pass."""
    passages: list[str | GivenPassage] = [GivenPassage(title=one.title, heading=one.heading, text=one.text) for one in row.passages]
    return checking.run(CheckRequest(passages=passages, answer=row.answer), checker, Checks(), Policy()).supported


def total(sets: Sequence[Counted]) -> Counted:
    """Add sets up."""
    return Counted("in all", *(sum(getattr(one, name) for one in sets) for name in ("lies", "passed", "honest", "struck")))


def main() -> None:
    """Print a line for each set, and one for all."""
    checker = check.open_checker(Settings())
    found = []
    for name in SETS:
        found.append(counted(name, checker))
        print(found[-1].says(), flush=True)
    print(total(found).says())


if __name__ == "__main__":
    main()
