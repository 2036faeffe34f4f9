"""The commands about who may come in: token add, list, revoke, and the audit log."""

import json
from typing import Annotated

import typer

from ops.cli.shared import Json, now, open_database, say, signed

token = typer.Typer(help="Named tokens: who may call the service, and in which role.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the token: who or what signs in with it. It is never given twice.")]


def mount(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(token, name="token")
    app.command()(audit)


@token.command()
def add(
    name: Name,
    role: Annotated[
        str,
        typer.Option(help="intake sends mail; agent reads, asks and reviews too; operator also moves releases, forgets people, closes incidents."),
    ] = "agent",
) -> None:
    """Make a token and print it: it is shown this once, and kept as a hash."""
    from service.storage import tokens

    if role not in tokens.ROLES:
        raise typer.BadParameter(f"there is no role {role!r}; there are: {', '.join(tokens.ROLES)}")
    _, engine = open_database()
    say(tokens.add(engine, name, role, signed(), now()))


@token.command("list")
def list_tokens(as_json: Json = False) -> None:
    """List the tokens by name, revoked ones too."""
    from service.storage import tokens

    _, engine = open_database()
    for one in tokens.listed(engine):
        facts = {"name": one.name, "role": one.role, "createdAt": one.created_at, "createdBy": one.created_by, "revokedAt": one.revoked_at}
        state = f"revoked {one.revoked_at:%Y-%m-%d %H:%M} by {one.revoked_by}" if one.revoked_at else f"since {one.created_at:%Y-%m-%d %H:%M}"
        say(json.dumps(facts, default=str) if as_json else f"{one.name:<24} {one.role:<9} {state}")


@token.command()
def revoke(name: Name) -> None:
    """Let a token open nothing any more; every server knows within seconds."""
    from service.storage import tokens

    _, engine = open_database()
    tokens.revoke(engine, name, signed(), now())
    say(f"{name} opens nothing any more")


def audit(
    most: Annotated[int, typer.Option("-n", min=1, max=100_000, help="How many lines.")] = 50,
    about: Annotated[str | None, typer.Option(help="Only lines about this ticket, release or token.")] = None,
    as_json: Json = False,
) -> None:
    """Print the audit log, newest line first: who did what to what."""
    from service.storage import audit as log

    _, engine = open_database()
    for one in log.page(engine, most, subject=about):
        facts = {"at": one.at, "who": one.who, "role": one.role, "action": one.action, "subject": one.subject, "detail": one.detail}
        words = f"{one.at:%Y-%m-%d %H:%M:%S}  {one.who} ({one.role})  {one.action}  {one.subject or ''}"
        say(json.dumps(facts, default=str, ensure_ascii=False) if as_json else f"{words}  {json.dumps(one.detail) if one.detail else ''}".rstrip())
