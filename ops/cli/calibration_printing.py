"""Prints how far raters agree with the labels, on one page."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ops.cli.eval_printing import say

if TYPE_CHECKING:  # slow to import; --help must answer at once
    from evals.calibration.calibration import Calibration
    from evals.intervals import Estimate
    from evals.judge.agreement import Agreement

ASKED = {"supported": "Is the answer supported?", "answers": "Does it answer?", "better summary": "Which summary is better?"}
WIDTH = 160


def show(found: "Calibration") -> None:
    """Print kappa by question and rater, then the share wrong by how the cases were made, then the cases that each gets wrong."""
    say(f"{found.cases} labelled cases." + (f" Replayed: {found.replay}." if found.replay else f" The judge: {found.model}." if found.model else ""))
    for question, title in ASKED.items():
        listed = [one for one in found.agreements if one.question == question]
        if listed:
            _table(title, listed)
    for question, title in ASKED.items():
        listed = [one for one in found.agreements if one.question == question and one.wrong]
        if listed:
            _sorts(title, listed)
    for one in found.agreements:
        if one.wrong:
            say(f"{one.rater}, {one.question}: {_cases(one)}")
    say("kappa: agreement beyond chance, 0 none, 1 whole; 95 % by bootstrap over passages and mails.")


def _table(title: str, listed: "Sequence[Agreement]") -> None:
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    yes_no = listed[0].question != "better summary"
    for column in ("", "kappa", "agrees", *(("yes for a no", "no for a yes") if yes_no else ()), "no verdict", "as a score"):
        table.add_column(column)
    for one in listed:
        errors = [_of(one, "False>True", "False"), _of(one, "True>False", "True")] if yes_no else []
        table.add_row(
            one.rater, _shown(one.kappa), f"{one.agreed.value:.2f}" if one.agreed else "", *errors, str(len(one.unscored) or ""), _score(one)
        )
    _print(table)


def _sorts(title: str, listed: "Sequence[Agreement]") -> None:
    """Print how many of the cases of each sort a rater gets wrong."""
    from rich.table import Table

    sorts = list(dict.fromkeys(sort for one in listed for sort in one.sorts))
    table = Table(title=f"{title} Wrong, by how the case was made", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in ("", *(sort or "(unknown)" for sort in sorts)):
        table.add_column(column)
    for one in listed:
        table.add_row(one.rater, *(f"{one.sorts[sort][0] or '·'} of {one.sorts[sort][1]}" if sort in one.sorts else "" for sort in sorts))
    _print(table)


def _cases(one: "Agreement") -> str:
    by_sort: dict[str, list[str]] = {}
    for wrong in one.wrong:
        by_sort.setdefault(wrong.sort or "(unknown)", []).append(wrong.case)
    return "; ".join(f"{sort} {' '.join(cases)}" for sort, cases in by_sort.items())


def _of(one: "Agreement", which: str, right: str) -> str:
    total = sum(count for pair, count in one.counts.items() if pair.startswith(f"{right}>"))
    return f"{one.counts.get(which, 0)} of {total}" if total else ""


def _score(one: "Agreement") -> str:
    if one.area is None or one.cut is None:
        return ""
    return f"AUC {_shown(one.area)}, cut at {one.cut:.2f}" + (" (best in hindsight)" if one.cut_in_hindsight else "")


def _shown(one: "Estimate | None") -> str:
    if one is None:
        return "not scored"
    return f"{one.value:.2f}" + ("" if one.low is None or one.high is None else f" [{one.low:.2f}, {one.high:.2f}]")


def _print(table: object) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    console.print(table)
    console.print()
