"""The commands that watch: monitors, incidents, drills."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli import eval_options, releases
from ops.cli.shared import FAILED, Because, Json, Who, now, open_all, read_settings, say, signed, who_decides

if TYPE_CHECKING:  # slow to import; --help must answer at once
    from service.bootstrap import Desks
    from service.settings import Settings

incident = typer.Typer(help="Incidents and what to do about them.", no_args_is_help=True)


def mount(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(releases.release, name="release")
    app.add_typer(incident, name="incident")
    app.command()(watch)
    app.command()(drill)


@incident.command("list")
def list_incidents(every: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False, as_json: Json = False) -> None:
    """List the open incidents."""
    from service.storage import incidents

    _, desks = open_all()
    for one in incidents.listed(desks.engine, open_only=not every):
        if as_json:
            say(json.dumps({**asdict(one), "timeline": [asdict(line) for line in one.timeline]}, default=str, ensure_ascii=False))
        else:
            say(
                f"{one.id[-12:]}  {one.opened_at:%Y-%m-%d %H:%M}  {'closed' if one.closed_at else one.severity:<7} {one.title}  (ops/runbooks/{one.runbook}.md)"
            )


@incident.command("show")
def show_incident(id: Annotated[str, typer.Argument(help="Id of the incident, or its end.")]) -> None:
    """Print an incident with its timeline and note."""
    from service.storage import incidents

    _, desks = open_all()
    one = incidents.get(desks.engine, id)
    say(f"{one.title}\n{one.severity}, {'closed' if one.closed_at else 'open'}, runbook ops/runbooks/{one.runbook}.md\n")
    for line in one.timeline:
        detail = {key: value if key != "mails" else f"{len(value)} mails" for key, value in line.detail.items()}
        say(f"{line.at:%H:%M:%S}  {line.what}" + (f"  {json.dumps(detail, ensure_ascii=False)}" if detail else ""))
    if one.note:
        say(f"\n{one.note}")


@incident.command()
def close(id: Annotated[str, typer.Argument(help="Id of the incident, or its end.")], because: Because, who: Who = "") -> None:
    """Close an incident with what was learned."""
    from service.storage import incidents

    _, desks = open_all()
    one = incidents.get(desks.engine, id)
    incidents.close(desks.engine, one.id, now(), who_decides(who), because, signed())
    say(f"closed: {one.title}")


@incident.command()
def case(
    ticket: Annotated[str, typer.Argument(help="Id of the ticket.")],
    because: Because = "it went wrong",
    trade: Annotated[str, typer.Option(help="Trade of the sender's world.")] = "unknown",
    raw: eval_options.Raw = False,
) -> None:
    """Make a candidate eval case of a mail that went wrong; the mail in it is masked."""
    from service.storage import eval_candidates

    settings, desks = open_all()
    say(f"{eval_candidates.make(desks.engine, settings.data_dir, ticket, because, trade, as_it_came=raw)} is written")


def watch(
    once: Annotated[bool, typer.Option("--once", help="Print once and end; exit 1 where a monitor is beyond its threshold.")] = False,
    drift: Annotated[bool, typer.Option("--drift", help="Which articles nothing brings up, and which words the help centre lacks.")] = False,
    as_json: Json = False,
) -> None:
    """Watch the monitors live in the terminal; acting on a trip is done by `proofdesk serve`."""
    from ops import release_files
    from ops.watch import drift as health_of
    from ops.watch import table
    from ops.watch.watcher import Watcher

    settings, desks = open_all()
    health = health_of.Health(settings)
    watcher = Watcher(desks.engine, settings, health)
    if drift:
        _drift(table.coverage(desks, health, release_files.load(settings, table.look(desks, watcher).standing.active)), as_json)
        return
    if once or as_json:
        seen = table.look(desks, watcher)
        _print(settings, desks, seen, as_json)
        if any(one.beyond for some in seen.readings.values() for one in some):
            raise typer.Exit(FAILED)
        return
    _live(settings, desks, watcher)


def _print(settings: "Settings", desks: "Desks", seen: Any, as_json: bool) -> None:
    from rich.console import Console

    if as_json:
        for name, readings in seen.readings.items():
            for one in readings:
                say(json.dumps({"release": name, **asdict(one)}))
        return
    Console().print(_table(settings, desks, seen))


def _table(settings: "Settings", desks: "Desks", seen: Any) -> Any:
    from ops import release_files
    from ops.watch import table
    from service.storage import measures as rows

    measured = rows.measure(desks.engine, "24h", now(), None, desks.parts.breakers.states())
    return table.as_table(seen, measured, release_files.load(settings, seen.standing.active))


def _live(settings: "Settings", desks: "Desks", watcher: Any) -> None:
    import time

    from rich.live import Live

    from ops.watch import table
    from ops.watch.watcher import EVERY_S

    with Live(auto_refresh=False) as live:
        try:
            while True:
                live.update(_table(settings, desks, table.look(desks, watcher)), refresh=True)
                time.sleep(EVERY_S)
        except KeyboardInterrupt:
            return


def _drift(found: Any, as_json: bool) -> None:
    if found is None:
        say("the snapshot of the release in use cannot be opened: see ops/runbooks/index-corruption.md")
        raise typer.Exit(FAILED)
    covered, words = found
    if as_json:
        say(json.dumps({**asdict(covered), "new_words": dict(words)}, ensure_ascii=False))
        return
    say(f"snapshot {covered.snapshot}, built {covered.built}, newest article {covered.newest_article or 'undated'}")
    say(
        f"{len(covered.never_retrieved)} of {covered.articles} articles were never retrieved"
        + "".join(f"\n  {path}" for path in covered.never_retrieved)
    )
    say("words that the help centre lacks: " + (", ".join(f"{word} ({count})" for word, count in words) or "none"))


def drill(name: Annotated[str, typer.Argument(help="bad-prompt, provider-outage, stale-index, injection-wave or cost-spike")]) -> None:
    """Break something on purpose in a data directory of its own, and see every net catch it. Exit 1 where one did not."""
    from ops.drills import drill as drills
    from ops.drills.breakages import BREAKAGES

    if name not in BREAKAGES:
        raise typer.BadParameter(f"there is no drill {name!r}; there are: {', '.join(BREAKAGES)}")
    report = drills.Drill(read_settings(), name, say).run()
    caught = sum(net.caught for net in report.nets)
    say(
        f"\n{caught} of {len(report.nets)} nets caught it, {report.touched} mails were touched, {report.seconds:.1f} s. Everything is in {report.folder}"
    )
    if not report.passed:
        raise typer.Exit(FAILED)
