"""What becomes of a mail in which no model sees a request: discarded where that is proven, else handed over."""

from typing import Literal

from service.answers import Discarded, HandedOver
from service.local.noise import NoiseReader
from service.screening import advertising, proof
from service.screening.screening import Screened, subject_says_something
from service.stages.extraction import Extracted
from service.tickets import NOTHING, Ticket

Ground = Literal["thanks", "spam", "noise", "unclear", "unreadable"]
_SAID: dict[Ground, str] = {
    "thanks": "this is thanks",
    "spam": "this is advertising or spam",
    "noise": "nobody asks for anything in it: it reads like a notice, a newsletter or advertising",
    "unclear": "no request is understood in it, and nothing proves that there is none",
}
SEALED = "it is encrypted"


def ground(extracted: Extracted, screened: Screened, noise: NoiseReader | None = None) -> Ground | None:
    """Say why a mail goes no further, None where a request was seen in it.

    That a model sees none proves nothing: it is right for most mail, and what it overlooks would never be seen again. The local model sees requests
    where there are none as well, above all in other languages, and proof outweighs it; a hosted model that sees one is believed. So does the reader
    of noise where it is sure; what it takes for noise without being sure is unclear.
    """
    if is_unreadable(screened):
        return "unreadable"
    evidence = extracted.evidence
    is_local = "advertises" in evidence
    if extracted.ticket.issue_summary is not None and not is_local:
        return None
    doubted = noise is not None and noise.doubts(screened.message)
    if (proven := proof.ground(screened.message, screened.text)) and not (proven == "spam" and doubted):
        return proven
    if noise and not doubted and (heard := noise.ground(screened.message, evidence.get("asks", 0.0), agreed=not is_local)):
        return heard
    if extracted.ticket.issue_summary is not None:
        return None
    if doubted:
        return "unclear"
    told = f"{screened.message.subject}\n{screened.text}"
    return "spam" if advertising.is_advertising(told, evidence.get("advertises", 0.0), evidence.get("asks", 0.0)) else "unclear"


def ticket(extracted: Ticket, why: Ground | None) -> Ticket:
    """Return the ticket of a mail that ends on some ground: the writer is still named, but for spam and notices, and nothing else is said."""
    if why in ("spam", "noise"):
        return NOTHING
    return extracted.model_copy(update={"issue_summary": None, "urgency": None}) if why else extracted


def settle(why: Ground | None, screened: Screened) -> None:
    """Return where a request was seen. Raises Discarded for what is known to ask for nothing, HandedOver where nobody can tell."""
    if why in ("thanks", "spam", "noise"):
        raise Discarded(_SAID[why], kind=why)
    if why == "unreadable":
        raise HandedOver("unreadable", f"it cannot be read here: {screened.message.unreadable}")
    if why == "unclear":
        raise HandedOver("unclear", _SAID[why])


def is_unreadable(screened: Screened) -> bool:
    """Tell whether what somebody wrote stands where it cannot be read; a subject that says something is read instead, but for sealed mail."""
    message = screened.message
    return bool(message.unreadable) and (message.unreadable == SEALED or not subject_says_something(message.subject))
