"""The operation as a table in the terminal: what is in production, what the monitors read, how long stages take."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group
from rich.table import Table
from rich.text import Text

from ops.watch import drift, traffic
from ops.watch.drift import Coverage, Health
from ops.watch.monitors import Reading
from ops.watch.watcher import Watcher
from service.bootstrap import Desks
from service.release import Release
from service.releases import moves
from service.releases.moves import Standing
from service.storage import incidents
from service.storage.measures import Latency, Measures

BUDGETED = ("parse", "screen", "extract", "retrieve", "answer", "check", "path")


@dataclass(frozen=True)
class Look:
    """One look at the operation: what stands, the readings by release, and what is open."""

    standing: Standing
    readings: dict[str, list[Reading]]
    opened: int


def look(desks: Desks, watcher: Watcher) -> Look:
    """Take all readings without acting on them."""
    standing = moves.standing(desks.engine)
    names = [name for name in (standing.active, standing.canary) if name]
    return Look(standing, {name: watcher.readings(name, standing) for name in names}, len(incidents.listed(desks.engine, open_only=True)))


def as_table(seen: Look, measured: Measures, budgets: Release) -> Group:
    """Return the look as tables: readings first, those beyond their threshold on top, then the latency budget."""
    head = Text(f"release {seen.standing.active} in use", style="bold")
    if seen.standing.canary:
        head.append(f" · {seen.standing.canary} canary {seen.standing.percent} %", style="yellow")
    head.append(f" · {seen.opened} open incidents", style="bold red" if seen.opened else "dim")
    return Group(head, *(_readings(name, some) for name, some in seen.readings.items()), latency_table(measured, budgets))


def _readings(name: str, readings: Sequence[Reading]) -> Table:
    table = Table(title=f"monitors of {name}", title_justify="left")
    for column in ("monitor", "value", "of", "threshold", "baseline", "p", ""):
        table.add_column(column, justify="left" if column in ("monitor", "") else "right")
    for one in sorted(readings, key=lambda one: (not one.beyond, one.value is None)):
        style = "bold red" if one.beyond else "dim" if one.value is None else ""
        cells = [_number(value) for value in (one.value, one.sample, one.threshold, one.baseline)]
        table.add_row(one.monitor, *cells, "–" if one.p is None else f"{one.p:.1g}", "beyond" if one.beyond else "", style=style)
    return table


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def latency_table(measured: Measures, budgets: Release) -> Table:
    """Return what each stage takes beside what it may take, in milliseconds."""
    table = Table(title=f"latency of the last {measured.window}, ms", title_justify="left")
    for column in ("stage", "mails", "p50", "p95", "p99", "budget p95"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    found: dict[str, Latency] = {one.stage: one.latency_ms for one in measured.stages} | {"path": measured.emails.latency_ms}
    for stage in BUDGETED:
        if (one := found.get(stage)) is not None:
            budget = budgets.monitors.latency_ms.get(stage)
            over = budget is not None and one.p95 is not None and one.p95 > budget
            cells = [str(one.count), _number(one.p50), _number(one.p95), _number(one.p99), _number(budget)]
            table.add_row(stage, *cells, style="red" if over else "")
    return table


def coverage(desks: Desks, health: Health, chosen: Release, most: int = 1000) -> tuple[Coverage, list[tuple[str, int]]] | None:
    """Return what of the help centre the newest mails use and which words they have that it lacks; None where its snapshot cannot be opened."""
    shelf = health.shelf(chosen)
    if shelf is None:
        return None
    mails = traffic.recent(desks.engine, None, None, most)
    return drift.coverage(shelf.snapshot, mails), drift.new_words(shelf.snapshot.index, mails)
