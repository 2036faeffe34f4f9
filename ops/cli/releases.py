"""The commands that move releases."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ops.cli.shared import FAILED, Because, Json, Who, complain, now, open_all, say, signed, who_decides

release = typer.Typer(help="Releases: everything that can change an answer, and how it gets into production.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the release.")]
Force = Annotated[bool, typer.Option("--force", help="Without a passing report; needs --because, and is kept on record.")]
MOST_BASELINE = 100  # newest live mails that a baseline is measured on
FEWEST_LIVE = 30  # live mails from which on they are used instead of the sample inbox


def _needs_reason(force: bool, because: str) -> None:
    if force and not because.strip():
        raise typer.BadParameter("--force needs --because with a reason, which is kept on record")


@release.command("list")
def list_releases(as_json: Json = False) -> None:
    """List the releases with their states."""
    from service.releases import moves

    settings, desks = open_all()
    for one in moves.listed(desks.engine, settings.releases_dir):
        if as_json:
            say(json.dumps(asdict(one), default=str))
        else:
            since = f"{one.since:%Y-%m-%d %H:%M}" if one.since else "-"
            say(f"{one.name:<20} {one.state:<8} {since:<17} {one.fault or one.why}")


@release.command()
def show(name: Name) -> None:
    """Print a release with everything it pins, and its certificate."""
    from ops import release_files
    from service.releases import certificate

    settings, _ = open_all()
    chosen = release_files.load(settings, name)
    say(release_files.as_toml(chosen.model_dump(mode="json", exclude_none=True)).rstrip())
    held, last = certificate.read(settings.releases_dir / name), certificate.last(settings.releases_dir / name)
    say(f"\n# gate: {last.verdict} at {last.at:%Y-%m-%d %H:%M}, seal {last.seal[:12]}" if last else "\n# gate: never checked")
    for reason in last.reasons if last else ():
        say(f"#   {reason}")
    if held and held != last and held.verdict == "pass":
        say(f"#   the report that passed at {held.at:%Y-%m-%d %H:%M} is kept")
    if held and held.baseline.mails:
        say(f"# baseline: {held.baseline.mails} mails of {held.baseline.source}")


@release.command()
def diff(old: Name, new: Annotated[str, typer.Argument(help="The release to compare it with.")], as_json: Json = False) -> None:
    """Show what differs, down to prompt lines, worked examples and numbers."""
    from ops import release_files

    settings, _ = open_all()
    for one in release_files.diff(settings, release_files.load(settings, old), release_files.load(settings, new)):
        say(json.dumps(asdict(one), ensure_ascii=False) if as_json else "\n".join([one.where, *(f"  {line}" for line in one.lines)]))


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
    from ops import release_files

    settings, desks = open_all()
    wanted = dict(_pair(one) for one in changes or []) | {f"prompts.{key}": value for key, value in map(_pair, prompts or [])}
    if snapshot:
        wanted["retrieval.snapshot"] = snapshot
    path = release_files.create(settings, desks.engine, name, wanted, because, f"{now():%Y-%m-%d}", base)
    say(f"{path} is written. Next: proofdesk release check {name}")


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise typer.BadParameter(f"{text!r} is not of the form NAME=VALUE")
    return key.strip(), value.strip()


@release.command()
def check(
    name: Name,
    who: Who = "",
    against: Annotated[
        str | None,
        typer.Option(
            help="Release whose stored report it is held against; default: the one in use, for that itself the newest passing one before it."
        ),
    ] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="Hold margins against no release: a first release, or the one in use after many cases were edited.")
    ] = False,
    replay: Annotated[
        Path | None,
        typer.Option(
            help="Recording that stands for the release's hosted model in the evals; no network, no key, the mail is read by the local model."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the evals, the monitors and the probes on a release, and keep the report beside it. Exit 1 where it does not pass.

    Passed or not, the run is on the Evals page of the console. It takes minutes; left by Ctrl-C it keeps nothing.
    """
    from ops import release_check, release_evals, release_files
    from ops.cli.eval_options import bad_input
    from ops.cli.progress import bar, leaving
    from ops.drills import drill
    from ops.watch import traffic
    from service.releases import moves

    if against is not None and alone:
        raise typer.BadParameter("--against names a release to hold it against, and --alone says that there is none: give one of them")
    settings, desks = open_all()
    chosen = release_files.load(settings, name)
    with bad_input():
        held_against = release_evals.before(desks.parts, name, against, alone)
    if not alone and not (held_against and (settings.releases_dir / held_against / release_check.REPORT).is_file()):
        lacks = f"release {held_against} has no stored report" if held_against else f"no release before {name} has a passing report"
        complain(f"{lacks}, so margins decide nothing and it cannot pass: name a release with --against, or give --alone for a first one")
    live = [raw for _, raw in traffic.raws(desks.engine, most=MOST_BASELINE)]
    mails, source = (live, "live mail") if len(live) >= FEWEST_LIVE else (drill.inbox(), "the sample inbox")
    parts, source = release_check.offline(desks.parts, source) if replay else (desks.parts, source)
    with bad_input(), leaving("nothing was kept; check again"), bar(f"Checking {name}") as tell:
        exam = release_evals.full(parts, held_against, now(), tell, replay, alone)
        held = release_check.check(parts, chosen, held_against, mails, source, exam, now())
    if held.verdict == "pass":
        moves.gate(desks.engine, name, who_decides(who), "passed its gate", now(), signed())
    if as_json:
        say(held.model_dump_json(exclude={"baseline"}))
    else:
        say(f"release {name}: {held.verdict}" + "".join(f"\n  {reason}" for reason in held.reasons))
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
    from ops import release_files
    from service.releases import activation

    _needs_reason(force, because)
    digits = percent.strip().removesuffix("%").strip()
    if not digits.isdigit() or not 1 <= int(digits) <= 100:
        raise typer.BadParameter(f"a canary takes 1% to 100% of the mail, not {percent}")
    settings, desks = open_all()
    chosen = release_files.load(settings, name)
    activation.canary(desks.engine, settings, chosen, int(digits), who_decides(who), because or "canary", now(), force, signed())
    say(f"release {name} handles {digits} % of the mail now")


@release.command()
def activate(name: Name, because: Because = "", who: Who = "", force: Force = False) -> None:
    """Put a release in use; refused without a passing report made from these very hashes."""
    from ops import release_files
    from service.releases import activation

    _needs_reason(force, because)
    settings, desks = open_all()
    chosen = release_files.load(settings, name)
    activation.activate(desks.engine, settings, chosen, who_decides(who), because or "activated", now(), force, signed())
    say(f"release {name} is in use")


@release.command()
def rollback(because: Because, who: Who = "") -> None:
    """End the canary, else go back to the release before; a note says which mails were touched."""
    from ops import release_files

    settings, desks = open_all()
    rolled, path = release_files.roll_back(settings, desks.engine, who_decides(who), because, now(), signed())
    say(f"left {rolled.left}; {rolled.restored} is in use. Note: {path}")


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
    from service.releases import moves

    _, desks = open_all()
    if at is not None:
        found = moves.standing(desks.engine, at.replace(tzinfo=UTC))
        first = next((one.at for one in moves.history(desks.engine)), None)
        if first is None or at.replace(tzinfo=UTC) < first:
            complain(f"no move is on record before {at:%Y-%m-%d %H:%M}; a new data directory begins with {found.active}")
        facts = {"at": f"{at.isoformat()}Z", "active": found.active, "canary": found.canary, "percent": found.percent or None}
        say(
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
        say(
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
    from ops import replay

    _, desks = open_all()
    moment = (since if since.tzinfo else since.replace(tzinfo=UTC)) if since else None
    done = []
    for one in replay.replay(desks.engine, desks.choose(), touched, moment):
        done.append(one)
        if as_json:
            say(
                json.dumps(
                    {"id": one.id, "release": one.release, "changes": {name: [then, now] for name, then, now in one.differences}}, ensure_ascii=False
                )
            )
        elif one.differences:
            say("\n".join([one.id, *(f"  {name}: {then!r} → {now!r}" for name, then, now in one.differences)]))
    if not as_json:
        say(replay.summary(done))
