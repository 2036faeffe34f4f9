"""The commands that operate: releases, watch, incidents, drills."""

import getpass
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # slow to import; --help must answer at once
    from service.bootstrap import Desks
    from service.settings import Settings

release = typer.Typer(help="Releases: everything that can change an answer, and how it gets into production.", no_args_is_help=True)
incident = typer.Typer(help="Incidents and what to do about them.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Because = Annotated[str, typer.Option("--because", help="Why; it is kept on record.")]
Name = Annotated[str, typer.Argument(help="Name of the release.")]
Who = Annotated[str, typer.Option("--who", help="Who decides; default: the user of this machine.")]
Force = Annotated[bool, typer.Option("--force", help="Without a passing report; needs --because, and is kept on record.")]
FAILED, BAD_INPUT = 1, 2
MOST_BASELINE = 100  # newest live mails that a baseline is measured on
FEWEST_LIVE = 30  # live mails from which on they are used instead of the sample inbox


def mount(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(release, name="release")
    app.add_typer(incident, name="incident")
    app.command()(watch)
    app.command()(drill)


def _open() -> "tuple[Settings, Desks]":
    from service import bootstrap, logs
    from service.settings import Settings

    settings = Settings()
    logs.set_up(settings.log_level if "log_level" in settings.model_fields_set else "CRITICAL")
    return settings, bootstrap.open_desks(settings)


def _now() -> datetime:
    return datetime.now(UTC)


def _say(words: str) -> None:
    typer.echo(words)


def _who(who: str) -> str:
    return who or getpass.getuser()


def _needs_reason(force: bool, because: str) -> None:
    if force and not because.strip():
        raise typer.BadParameter("--force needs --because with a reason, which is kept on record")


@release.command("list")
def list_releases(as_json: Json = False) -> None:
    """List the releases with their states."""
    from service import moves

    settings, desks = _open()
    for one in moves.listed(desks.engine, settings.releases_dir):
        if as_json:
            _say(json.dumps(asdict(one), default=str))
        else:
            since = f"{one.since:%Y-%m-%d %H:%M}" if one.since else "-"
            _say(f"{one.name:<20} {one.state:<8} {since:<17} {one.fault or one.why}")


@release.command()
def show(name: Name) -> None:
    """Print a release with everything it pins, and its certificate."""
    from ops import releases
    from service import gating

    settings, _ = _open()
    chosen = releases.load(settings, name)
    _say(releases.as_toml(chosen.model_dump(mode="json", exclude_none=True)).rstrip())
    held = gating.read(settings.releases_dir / name)
    _say(f"\n# gate: {held.verdict} at {held.at:%Y-%m-%d %H:%M}, seal {held.seal[:12]}" if held else "\n# gate: never checked")
    for reason in held.reasons if held else ():
        _say(f"#   {reason}")


@release.command()
def diff(old: Name, new: Annotated[str, typer.Argument(help="The release to compare it with.")], as_json: Json = False) -> None:
    """Show what differs, down to prompt lines, worked examples and numbers."""
    from ops import releases

    settings, _ = _open()
    for one in releases.diff(settings, releases.load(settings, old), releases.load(settings, new)):
        _say(json.dumps(asdict(one), ensure_ascii=False) if as_json else "\n".join([one.where, *(f"  {line}" for line in one.lines)]))


@release.command()
def create(
    name: Name,
    because: Because,
    changes: Annotated[list[str] | None, typer.Option("--set", help="PLACE=VALUE, such as retrieval.passages=4; repeatable.")] = None,
    prompts: Annotated[list[str] | None, typer.Option("--prompt", help="NAME=VERSION, such as extract_ticket=v2; repeatable.")] = None,
    snapshot: Annotated[str | None, typer.Option(help="Snapshot to pin; default: that of the release copied.")] = None,
    base: Annotated[str | None, typer.Option("--from", help="Release to copy; default: the one in use.")] = None,
) -> None:
    """Copy the release in use with changes."""
    from ops import releases

    settings, desks = _open()
    wanted = dict(_pair(one) for one in changes or []) | {f"prompts.{key}": value for key, value in map(_pair, prompts or [])}
    if snapshot:
        wanted["retrieval.snapshot"] = snapshot
    path = releases.create(settings, desks.engine, name, wanted, because, f"{_now():%Y-%m-%d}", base)
    _say(f"{path} is written. Next: proofdesk release check {name}")


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise typer.BadParameter(f"{text!r} is not of the form NAME=VALUE")
    return key.strip(), value.strip()


@release.command()
def check(name: Name, who: Who = "", as_json: Json = False) -> None:
    """Run the evals, the monitors and the probes on a release, and keep the report beside it. Exit 1 where it does not pass."""
    from ops import checking, drill, exams, releases, traffic
    from service import moves

    settings, desks = _open()
    chosen = releases.load(settings, name)
    in_use = moves.active(desks.engine)
    against = in_use if in_use != name else None
    live = [raw for _, raw in traffic.raws(desks.engine, most=MOST_BASELINE)]
    mails, source = (live, "live mail") if len(live) >= FEWEST_LIVE else (drill.inbox(), "the sample inbox")
    held = checking.check(desks.parts, chosen, against, mails, source, exams.full(desks.parts, against, _now()), _now())
    if held.verdict == "pass":
        moves.gate(desks.engine, name, _who(who), "passed its gate", _now())
    if as_json:
        _say(held.model_dump_json(exclude={"baseline"}))
    else:
        _say(f"release {name}: {held.verdict}" + "".join(f"\n  {reason}" for reason in held.reasons))
    if held.verdict != "pass":
        raise typer.Exit(FAILED)


@release.command()
def canary(
    name: Name,
    percent: Annotated[str, typer.Argument(help="Share of the mail, such as 10%.")],
    because: Because = "",
    who: Who = "",
    force: Force = False,
) -> None:
    """Let a release handle a share of the mail to prove itself."""
    from ops import releases

    _needs_reason(force, because)
    digits = percent.strip().removesuffix("%").strip()
    if not digits.isdigit() or not 1 <= int(digits) <= 100:
        raise typer.BadParameter(f"a canary takes 1% to 100% of the mail, not {percent}")
    settings, desks = _open()
    releases.canary(settings, desks.engine, name, int(digits), _who(who), because or "canary", _now(), force)
    _say(f"release {name} handles {digits} % of the mail now")


@release.command()
def activate(name: Name, because: Because = "", who: Who = "", force: Force = False) -> None:
    """Put a release in use; refused without a passing report made from these very hashes."""
    from ops import releases

    _needs_reason(force, because)
    settings, desks = _open()
    releases.activate(settings, desks.engine, name, _who(who), because or "activated", _now(), force)
    _say(f"release {name} is in use")


@release.command()
def rollback(because: Because, who: Who = "") -> None:
    """End the canary, else go back to the release before; a note says which mails were touched."""
    from ops import releases

    settings, desks = _open()
    rolled, path = releases.roll_back(settings, desks.engine, _who(who), because, _now())
    _say(f"left {rolled.left}; {rolled.restored} is in use. Note: {path}")


@release.command()
def history(
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"], help="What was in production at this time (UTC)?"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List all moves, or say what was in production at a time."""
    from service import moves

    _, desks = _open()
    if at is not None:
        found = moves.standing(desks.engine, at.replace(tzinfo=UTC))
        facts = {"at": f"{at.isoformat()}Z", "active": found.active, "canary": found.canary, "percent": found.percent or None}
        _say(
            json.dumps(facts)
            if as_json
            else f"{found.active} was in use" + (f", {found.canary} was its canary with {found.percent} %" if found.canary else "")
        )
        return
    for one in moves.history(desks.engine):
        facts = {
            "at": one.at.isoformat(),
            "release": one.release,
            "from": one.from_state,
            "to": one.to_state,
            "percent": one.percent,
            "who": one.who,
            "why": one.why,
        }
        percent = f" {one.percent} %" if one.percent else ""
        _say(
            json.dumps(facts, ensure_ascii=False)
            if as_json
            else f"{one.at:%Y-%m-%d %H:%M:%S}  {one.release}: {one.from_state or 'new'} → {one.to_state}{percent}  ({one.who}: {one.why})"
        )


@release.command()
def replay(
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M", "%Y-%m-%d"],
            help="From when (UTC).",
        ),
    ] = None,
    touched: Annotated[str | None, typer.Option("--release", help="Only mails that this release handled.")] = None,
    as_json: Json = False,
) -> None:
    """Run handled mails through the release in use, and show what changes; nothing is stored."""
    from ops import replays

    _, desks = _open()
    moment = (since if since.tzinfo else since.replace(tzinfo=UTC)) if since else None
    done = []
    for one in replays.replay(desks.engine, desks.choose(), touched, moment):
        done.append(one)
        if as_json:
            _say(
                json.dumps(
                    {"id": one.id, "release": one.release, "changes": {name: [then, now] for name, then, now in one.differences}}, ensure_ascii=False
                )
            )
        elif one.differences:
            _say("\n".join([one.id, *(f"  {name}: {then!r} → {now!r}" for name, then, now in one.differences)]))
    if not as_json:
        _say(replays.summary(done))


@incident.command("list")
def list_incidents(every: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False, as_json: Json = False) -> None:
    """List the open incidents."""
    from ops import incidents

    _, desks = _open()
    for one in incidents.listed(desks.engine, open_only=not every):
        if as_json:
            _say(json.dumps({**asdict(one), "timeline": [asdict(line) for line in one.timeline]}, default=str, ensure_ascii=False))
        else:
            _say(
                f"{one.id[-12:]}  {one.opened_at:%Y-%m-%d %H:%M}  {'closed' if one.closed_at else one.severity:<7} {one.title}  (ops/runbooks/{one.runbook}.md)"
            )


@incident.command("show")
def show_incident(id: Annotated[str, typer.Argument(help="Id of the incident, or its end.")]) -> None:
    """Print an incident with its timeline and note."""
    from ops import incidents

    _, desks = _open()
    one = incidents.get(desks.engine, id)
    _say(f"{one.title}\n{one.severity}, {'closed' if one.closed_at else 'open'}, runbook ops/runbooks/{one.runbook}.md\n")
    for line in one.timeline:
        detail = {key: value if key != "mails" else f"{len(value)} mails" for key, value in line.detail.items()}
        _say(f"{line.at:%H:%M:%S}  {line.what}" + (f"  {json.dumps(detail, ensure_ascii=False)}" if detail else ""))
    if one.note:
        _say(f"\n{one.note}")


@incident.command()
def close(id: Annotated[str, typer.Argument(help="Id of the incident, or its end.")], because: Because, who: Who = "") -> None:
    """Close an incident with what was learned."""
    from ops import incidents

    _, desks = _open()
    one = incidents.get(desks.engine, id)
    incidents.close(desks.engine, one.id, _now(), _who(who), because)
    _say(f"closed: {one.title}")


@incident.command()
def case(
    ticket: Annotated[str, typer.Argument(help="Id of the ticket.")],
    because: Because = "it went wrong",
    trade: Annotated[str, typer.Option(help="Trade of the sender's world.")] = "unknown",
) -> None:
    """Make a candidate eval case of a mail that went wrong."""
    from ops import candidates

    settings, desks = _open()
    _say(f"{candidates.make(desks.engine, settings.data_dir, ticket, because, trade)} is written")


def watch(
    once: Annotated[bool, typer.Option("--once", help="Print once and end; exit 1 where a monitor is beyond its threshold.")] = False,
    drift: Annotated[bool, typer.Option("--drift", help="Which articles nothing brings up, and which words the help centre lacks.")] = False,
    as_json: Json = False,
) -> None:
    """Watch the monitors live in the terminal; acting on a trip is done by `proofdesk serve`."""
    from ops import drift as health_of
    from ops import measures, releases
    from ops.watch import Watcher

    settings, desks = _open()
    health = health_of.Health(settings)
    watcher = Watcher(desks.engine, settings, health)
    if drift:
        _drift(measures.coverage(desks, health, releases.load(settings, measures.look(desks, watcher).standing.active)), as_json)
        return
    if once or as_json:
        seen = measures.look(desks, watcher)
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
                _say(json.dumps({"release": name, **asdict(one)}))
        return
    Console().print(_table(settings, desks, seen))


def _table(settings: "Settings", desks: "Desks", seen: Any) -> Any:
    from ops import measures, releases
    from service import measures as rows

    measured = rows.measure(desks.engine, "24h", _now(), None, desks.parts.breakers.states())
    return measures.as_table(seen, measured, releases.load(settings, seen.standing.active))


def _live(settings: "Settings", desks: "Desks", watcher: Any) -> None:
    import time

    from rich.live import Live

    from ops import measures
    from ops.watch import EVERY_S

    with Live(auto_refresh=False) as live:
        try:
            while True:
                live.update(_table(settings, desks, measures.look(desks, watcher)), refresh=True)
                time.sleep(EVERY_S)
        except KeyboardInterrupt:
            return


def _drift(found: Any, as_json: bool) -> None:
    if found is None:
        _say("the snapshot of the release in use cannot be opened: see ops/runbooks/index-corruption.md")
        raise typer.Exit(FAILED)
    covered, words = found
    if as_json:
        _say(json.dumps({**asdict(covered), "new_words": dict(words)}, ensure_ascii=False))
        return
    _say(f"snapshot {covered.snapshot}, built {covered.built}, newest article {covered.newest_article or 'undated'}")
    _say(
        f"{len(covered.never_retrieved)} of {covered.articles} articles were never retrieved"
        + "".join(f"\n  {path}" for path in covered.never_retrieved)
    )
    _say("words that the help centre lacks: " + (", ".join(f"{word} ({count})" for word, count in words) or "none"))


def drill(name: Annotated[str, typer.Argument(help="bad-prompt, provider-outage, stale-index, injection-wave or cost-spike")]) -> None:
    """Break something on purpose in a data directory of its own, and see every net catch it. Exit 1 where one did not."""
    from ops import drill as drills
    from ops.breakages import BREAKAGES
    from service import logs
    from service.settings import Settings

    if name not in BREAKAGES:
        raise typer.BadParameter(f"there is no drill {name!r}; there are: {', '.join(BREAKAGES)}")
    logs.set_up("CRITICAL")
    report = drills.Drill(Settings(), name, _say).run()
    caught = sum(net.caught for net in report.nets)
    _say(
        f"\n{caught} of {len(report.nets)} nets caught it, {report.touched} mails were touched, {report.seconds:.1f} s. Everything is in {report.folder}"
    )
    if not report.passed:
        raise typer.Exit(FAILED)
