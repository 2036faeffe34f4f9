"""From a screened email to a ticket that holds the contract."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from service.answers import HandedOver
from service.local import form_fields
from service.local.names import fold
from service.models import AllRoutesFailed, Call, Completion, Unacceptable
from service.models.costs import Budget
from service.models.routing import Routes
from service.prompting import Prompt, PromptFolder
from service.screening import masking
from service.screening.screening import Screened
from service.text import plain
from service.tickets import SUMMARY_CHARACTERS, Ticket
from service.trace import Attempt

_FENCE = re.compile(r"^\s*```(?:json)?\s*(.*?)\s*```\s*$", re.S)
# What is no fault in a name: the joiners that Persian and Indic scripts need, and the apostrophe of "O`Brien".
_IN_NAMES = re.compile(r"(?<=[^\x00-\u024f])[\u200c\u200d](?=[^\x00-\u024f])|(?<=[^\W\d_])`(?=[^\W\d_])")


@dataclass(frozen=True)
class Extracted:
    """A valid ticket, what the model could show for it, and whether the model was the fallback."""

    ticket: Ticket
    evidence: dict[str, Any] = field(default_factory=dict)
    degraded: bool = False


def extract(
    screened: Screened,
    prompt: PromptFolder,
    routes: Routes,
    record: Callable[[Attempt], None],
    deadline: float,
    check_names: bool = True,
    spent: Budget | None = None,
) -> Extracted:
    """Have a model fill in the ticket; what the validator or the evidence check says goes back to it.

    `deadline` is a moment on the monotonic clock, `spent` the email's budget. Raises HandedOver("invalid_ticket") when no route gave a valid ticket.
    """

    def accept(completion: Completion) -> Ticket:
        ticket = validated(completion.text)
        if check_names and ticket.customer_name and not is_named(ticket.customer_name, screened):
            raise Unacceptable(f"customerName {ticket.customer_name!r} is not found in the email or its headers: use what the email says, or null")
        return ticket

    try:
        routed = routes.complete(Call("extract", Prompt(prompt, screened), Ticket), accept, record, deadline, spent)
    except AllRoutesFailed as exc:
        raise HandedOver("invalid_ticket", "no model gave a ticket that holds the contract") from exc
    return Extracted(routed.value, dict(routed.completion.evidence), routed.degraded)


def validated(text: str) -> Ticket:
    """Parse and validate a model's answer. Raises Unacceptable with the validator's words, one line a fault."""
    if match := _FENCE.match(text):
        text = match[1]
    try:
        ticket = Ticket.model_validate_json(text)
    except ValidationError as exc:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'the answer'}: {fault['msg']}" for fault in exc.errors(include_url=False, include_input=False)
        ]
        raise Unacceptable("; ".join(faults)) from exc
    if ticket.customer_name is not None and (why := next(_unplain(_IN_NAMES.sub("", ticket.customer_name)), None)):
        raise Unacceptable(f"customerName must be a name in plain characters or null, and {why}")
    if ticket.issue_summary is not None and (why := next(_unplain(ticket.issue_summary), None)):
        raise Unacceptable(f"issueSummary must be one plain sentence, and {why}")
    if (ticket.issue_summary is None) != (ticket.urgency is None):
        raise Unacceptable("issueSummary and urgency belong together: both are null where nothing is asked, neither where something is")
    return ticket


def _unplain(text: str) -> Iterator[str]:
    """Say why a field is not what may stand in every list, mail and log: it comes from a model that has read a stranger's text."""
    yield from plain.faults(text)
    if len(text) > SUMMARY_CHARACTERS:
        yield f"it has {len(text)} characters, at most {SUMMARY_CHARACTERS} are allowed"
    _, secrets = masking.mask([text])
    if secrets:
        yield f"it holds a secret ({secrets[0].kind})"


def is_named(name: str, screened: Screened) -> bool:
    """Tell whether every word of a name stands, in order, in the email or its headers, after folding case, accents and spacing."""
    message = screened.message
    sources = (screened.text, message.signature, message.text, message.sender.name or "", message.forwarded, message.subject)
    wanted = fold(name)
    if wanted and wanted == fold(form_fields.writer(screened.text) or ""):
        return True  # first and last name stand in two fields
    return len(wanted) > 1 and any(re.search(rf"\b{re.escape(wanted)}\b", fold(_turned(source))) for source in sources if source)


def _turned(source: str) -> str:
    """Give a header's "Surname, First" in both orders, so that either way of writing it is found."""
    match = re.fullmatch(r"\s*([^,\n]+),\s*([^,\n]+)\s*", source)
    return f"{source} {match[2]} {match[1]}" if match else source
