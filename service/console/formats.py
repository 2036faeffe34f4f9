"""Numbers, moments and states in the words of the console."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from service import tickets

LABELS = {"customer_name": "Customer", "issue_summary": "Issue"}  # where a field's own name would not do
STATUSES: Mapping[str, str] = {
    "processing": "In progress",
    "answered": "Answered",
    "handedOver": "For a person",
    "discarded": "Discarded",
    "failed": "Failed",
    "approved": "Approved",
    "rejected": "Rejected",
}
OUTCOMES: Mapping[str, str] = {name: STATUSES[name] for name in ("answered", "handedOver", "discarded", "failed", "processing")}
REVIEWS: Mapping[str, str] = {"none": "Not reviewed", "approved": "Approved", "edited": "Edited", "rejected": "Rejected", "closed": "Closed"}
MOST_COUNTED = 1_000  # tickets of a list: who has more of them wants to know no more
REASONS: Mapping[str, str] = {
    "unclear": "No request is understood in it",
    "unreadable": "It cannot be read here",
    "nothing_found": "Nothing in the help centre comes close",
    "no_answer": "The passages found hold no answer",
    "unsupported": "Too little of the draft was supported",
    "invalid_ticket": "No valid ticket came out",
    "models_failed": "Every model failed",
    "needs_a_person": "A person must see this first",
    "policy": "The draft broke a policy rule",
    "deadline": "The time for this email ran out",
    "not_handled": "Its workers ended before it was done",
}


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """Say how long ago something was."""
    if moment is None:
        return "–"
    seconds = int(((now or datetime.now(UTC)) - moment).total_seconds())
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {name}"
    return f"{max(0, seconds)} s"


def when(moment: datetime | None) -> str:
    """Write a moment in UTC."""
    return moment.astimezone(UTC).strftime("%d %b %Y, %H:%M") if moment else "–"


def duration(ms: float | None) -> str:
    """Write milliseconds for people."""
    if ms is None:
        return "–"
    if ms >= 10_000:
        return f"{ms / 1000:.1f} s"
    return f"{ms:,.0f} ms" if ms >= 10 else f"{ms:.1f} ms"


def dollars(value: Decimal | float | str | None) -> str:
    """Write an amount of US dollars; what is not known is said."""
    if value is None:
        return "unpriced"
    amount = Decimal(str(value))
    if amount == 0:
        return "$0"
    return f"${amount:.2f}" if amount >= 1 else f"${amount:.5f}".rstrip("0")


def percent(value: float | None) -> str:
    """Write a share as a percentage."""
    return "–" if value is None else f"{value * 100:.1f}%".replace(".0%", "%")


def number(value: float | int | None) -> str:
    """Write a number as shortly as it can be read."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1000 else f"{value:.3g}"


def counted(value: int) -> str:
    """Write how many tickets there are, where they were counted up to a bound."""
    return str(value) if value < MOST_COUNTED else f"{MOST_COUNTED:,}+"


def size(value: int) -> str:
    """Write a number of bytes."""
    if value < 1000:
        return f"{value} B"
    return f"{value / 1000:.0f} kB" if value < 1_000_000 else f"{value / 1_000_000:.1f} MB"


def sentence(words: str) -> str:
    """Write words as a sentence."""
    words = words.strip()
    return f"{words[:1].upper()}{words[1:]}" + ("" if words.endswith((".", "!", "?")) else ".") if words else ""


def plain(name: Any) -> str:
    """Write a name of code as words."""
    return re.sub(r"[_-]+", " ", str(name)).capitalize()


FILTERS: Mapping[str, Callable[..., str]] = {
    "ago": ago,
    "when": when,
    "duration": duration,
    "dollars": dollars,
    "percent": percent,
    "number": number,
    "counted": counted,
    "size": size,
    "plain": plain,
    "sentence": sentence,
    "status": lambda name: STATUSES.get(name, name),
    "review": lambda name: REVIEWS.get(name, name),
    "reason": lambda name: REASONS.get(name, plain(name)),
}


def labels() -> dict[str, str]:
    """Return what the pages call each field of a ticket, in the contract's order."""
    return {name: LABELS.get(name, name.replace("_", " ").capitalize()) for name in tickets.FIELDS}
