"""The commands that keep secrets and people out: forget, mask, licences."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from ops.cli.shared import Json, complain, now, open_database, say, signed


def mount(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (forget, mask, licences):
        app.command()(command)


def forget(
    who: Annotated[str, typer.Argument(metavar="ADDRESS|TICKET", help="Whom to forget, by address, or one mail by the id of its ticket.")],
    mentions: Annotated[bool, typer.Option("--mentions", help="Also erase the mail of others that holds the address.")] = False,
    as_json: Json = False,
) -> None:
    """Erase a person, or one mail, from every row and file, and print the receipt. The audit log keeps a keyed hash."""
    from service.storage import audit, erasure

    settings, engine = open_database()
    key = audit.key(settings.data_dir, settings.audit_key.get_secret_value() if settings.audit_key else None)
    receipt = erasure.forget(engine, settings.data_dir, key, who, signed(), now(), mentions)
    if as_json:
        say(json.dumps(asdict(receipt), default=str))
        return
    counted = ", ".join(f"{count} {table}" for table, count in receipt.rows.items()) or "nothing was there"
    say(
        f"forgotten: {receipt.subject}\nrows: {counted}\nfiles: {', '.join(receipt.files) or 'none'}\nreceipt: {receipt.id} of {receipt.at:%Y-%m-%d %H:%M}"
    )
    if receipt.mentioned_in:
        say(f"others' mail holds the address: {', '.join(receipt.mentioned_in)} (--mentions erases that too)")
    for line in receipt.left:
        complain(line)
    say("Backups made before still hold what was erased: delete them when their time has come.")


def mask(
    contacts: Annotated[bool, typer.Option("--contacts", help="Also e-mail addresses, phone numbers and IP addresses.")] = False,
) -> None:
    """Read a text on standard input, and write it without cards, accounts, ids, keys, passwords and codes."""
    from service.screening import masking
    from service.text import hidden_characters

    shown, _ = hidden_characters.visible(sys.stdin.buffer.read().decode("utf-8", "surrogateescape"))
    (masked,), _ = masking.mask([shown], contacts)
    sys.stdout.buffer.write(masked.encode("utf-8", "surrogateescape"))
    sys.stdout.flush()


def licences(as_json: Json = False) -> None:
    """List every package that this installation stands on, with its version and licence, as the packages themselves say."""
    from ops import dependencies

    for one in dependencies.installed():
        say(json.dumps(asdict(one), ensure_ascii=False) if as_json else f"{one.name:<42} {one.version:<16} {one.licence}")
