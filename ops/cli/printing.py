"""Prints tickets, answers and passages for people."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from service.text import plain
from service.wire import Answer, Asked, Citation, Searched, TicketView, usd

STYLES = {
    "answered": "green",
    "approved": "green",
    "handedOver": "yellow",
    "discarded": "dim",
    "failed": "red",
    "rejected": "red",
    "processing": "cyan",
}
URGENCY = {"high": "bold red", "medium": "yellow", "low": "blue"}


def _words(text: str, style: str = "") -> Text:
    """Return what mail, articles or a provider said as words: a terminal takes nothing in them for an order."""
    return Text(plain.lines(text), style=style)


def ticket(view: TicketView, why_discarded: str | None = None) -> Panel:
    """Return a ticket as a panel: who and what, the three fields, the answer with its citations."""
    lines: list[Text | Table] = [_words(f"{view.email.sender or '(nobody)'} · {view.email.subject or '(no subject)'}", style="bold")]
    if view.ticket:
        lines.append(_fields(view))
    if view.answer:
        lines += [Text(), *answer(view.answer)]
    if view.handed_over:
        lines.append(_words(f"for a person: {view.handed_over.detail}", style="yellow"))
    if view.unread:
        lines.append(_words(f"{view.unread:,} characters in the middle of this mail were read by no model", style="yellow"))
    if why_discarded:
        lines.append(_words(f"discarded: {why_discarded}", style="dim"))
    return Panel(
        Group(*lines),
        title=_words(view.status, style=STYLES[view.status]),
        title_align="left",
        subtitle=_words(_effort(view)),
        subtitle_align="right",
    )


def _fields(view: TicketView) -> Table:
    table = Table.grid(padding=(0, 2))
    fields = view.ticket.model_dump(by_alias=True) if view.ticket else {}
    for name, value in fields.items():
        table.add_row(
            _words(name, style="cyan"), _words("null", style="dim") if value is None else _words(str(value), style=URGENCY.get(str(value), ""))
        )
    return table


def answer(given: Answer) -> list[Text]:
    """Return an answer sentence by sentence with its labels, and below it what they stand for."""
    body = Text()
    for sentence in given.sentences:
        body.append(("\n" if body else "") + plain.lines(sentence.text))
        body.append(plain.line("".join(f" [{name}]" for name in sentence.citations)), style="cyan")
    cited = [
        _words(f"  [{one.id}] {one.article}" + (f" › {one.heading}" if one.heading else "") + _dated(one), style="cyan") for one in given.citations
    ]
    return [body if given.sentences else _words(given.text), *cited]


def _dated(citation: Citation) -> str:
    """Say what an article says of itself: the date of its last change, and its version."""
    said = [*([citation.updated] if citation.updated else []), *([f"version {citation.version}"] if citation.version else [])]
    return f" ({', '.join(said)})" if said else ""


def _effort(view: TicketView) -> str:
    parts = [f"{view.latency_ms} ms"] if view.latency_ms is not None else []
    if view.cost:
        parts.append(f"${view.cost.usd}" if view.cost.usd is not None else "cost unknown")
    if view.degraded:
        parts.append("degraded")
    return " · ".join(parts)


def totals(views: Sequence[TicketView]) -> Table:
    """Return the totals of some tickets: how they ended, how long they took, what they cost."""
    table = Table(title="Totals", show_header=False, title_justify="left")
    counts = Counter(view.status for view in views)
    table.add_row("emails", f"{len(views)}: " + ", ".join(f"{count} {status}" for status, count in counts.most_common()))
    urgencies = Counter(view.ticket.urgency or "null" for view in views if view.ticket)
    table.add_row("urgency", ", ".join(f"{count} {name}" for name, count in urgencies.most_common()))
    times = sorted(view.latency_ms for view in views if view.latency_ms is not None)
    if times:
        table.add_row("latency", f"p50 {times[len(times) // 2]} ms, slowest {times[-1]} ms")
    known = [Decimal(view.cost.usd) for view in views if view.cost and view.cost.usd is not None]
    unpriced = sum(view.cost.unpriced_calls for view in views if view.cost)
    table.add_row("cost", f"${usd(sum(known, Decimal(0)))}" + (f" and {unpriced} calls of unknown price" if unpriced else ""))
    return table


def show(console: Console, found: Asked | Searched) -> None:
    """Print how a question ended, or the passages found for a query."""
    if isinstance(found, Asked):
        asked(console, found)
    else:
        searched(console, found)


def asked(console: Console, reached: Asked) -> None:
    """Print how a question ended."""
    console.print(_words(reached.question, style="bold"))
    for line in answer(reached.answer) if reached.answer else []:
        console.print(line)
    if reached.handed_over:
        console.print(_words(f"for a person: {reached.handed_over.detail}", style="yellow"))
    console.print(_words(f"{reached.latency_ms} ms", style="dim"))


def searched(console: Console, found: Searched) -> None:
    """Print the passages found for a query."""
    console.print(_words(found.query, style="bold"))
    for one in found.passages:
        console.print(
            _words(
                f"{one.score:.3f}  {one.article}" + (f" › {one.heading}" if one.heading else ""),
                style="cyan",
            )
        )
        text = " ".join(one.text.split())
        console.print(_words("       " + (text if len(text) <= 200 else text[:199] + "…")))
