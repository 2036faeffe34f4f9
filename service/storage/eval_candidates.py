"""A mail that went wrong, kept as a candidate for the eval suite."""

import re
from pathlib import Path

import yaml
from sqlalchemy import Engine

from ingestion.mail.message import NotAnEmail
from service import tickets
from service.screening import masked_mail, masking
from service.storage import emails, ticket_queries
from service.wire import TicketView

FOLDER = "candidates"
_MASKED = "# A candidate: put right what is expected below, say its trade, take what is private out of it and its mail (masked; names are in it); then `proofdesk eval adopt`.\n"
_AS_IT_CAME = "# A candidate: put right what is expected below, say its trade, take what is private out of it and its mail, WHICH IS AS IT CAME; then `proofdesk eval adopt`.\n"
UNKNOWN = "unknown"  # the trade of a mail, until somebody says it


class NoTicket(Exception):
    """There is no ticket of that id, or it cannot become a case."""


def make(engine: Engine, data_dir: Path, id: str, why: str, trade: str = UNKNOWN, *, as_it_came: bool = False) -> Path:
    """Write a candidate case with its mail under the data directory, and return the case file. Raises NoTicket.

    The mail is composed anew without secrets, addresses and phone numbers; `as_it_came` keeps it byte by byte, with all of them. What is expected is what
    came out, or what a reviewer made of it: a person has to look through it before it goes into the suite.
    """
    view, raw = ticket_queries.get(engine, id), emails.raw(engine, id)
    if view is None or raw is None:
        raise NoTicket(f"there is no ticket {id}")
    if view.status == "processing":
        raise NoTicket(f"ticket {id} is not finished yet")
    try:
        mail = raw if as_it_came else masked_mail.compose(raw)
    except NotAnEmail as exc:
        raise NoTicket(f"the mail of ticket {id} cannot be read: {exc}") from exc
    name = name_of(id)
    folder = data_dir / FOLDER
    (folder / "mails").mkdir(parents=True, exist_ok=True)
    (folder / "mails" / f"{name}.eml").write_bytes(mail)
    path = folder / f"{name}.yaml"
    path.write_text(
        (_AS_IT_CAME if as_it_came else _MASKED)
        + yaml.safe_dump([_case(name, view, masking.kept_of(why), trade)], allow_unicode=True, sort_keys=False, width=120),
        "utf-8",
    )
    return path


def name_of(id: str, kind: str = "mail") -> str:
    """Return the name that the candidate of a ticket has: of its mail, or of its answer."""
    return ("answer-" if kind == "answer" else "live-") + re.sub(r"[^a-z0-9]", "", id.lower())[-12:]


def _case(name: str, view: TicketView, why: str, trade: str) -> dict[str, object]:
    return {
        "id": name,
        "group": name,
        "split": "dev",
        "source": f"live mail, ticket {view.id}, release {view.release}: {why}",
        "kind": "failure",
        "trade": trade,
        "mail": f"{name}.eml",
        "rule": why,
        "expected": tickets.as_json(view.ticket),
    }
