"""Takes secrets out of texts and leaves in their place what they were."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from service.screening import contact_details, secret_numbers, secret_words
from service.text import hidden_characters

Kind = Literal["card", "iban", "national-id", "key", "cvv", "pin", "code", "password", "email", "phone", "ip"]

Span = tuple[Kind, int, int]
_RANKS: tuple[Kind, ...] = get_args(Kind)  # what is known by check digits goes before what is known by words
_AFTER_CARD = re.compile(r"\W{1,8}(?:(?:exp\w*|valid\w*|until|thru|gültig\w*|bis)\W{0,3}){0,2}\d{1,2}\s?[/.-]\s?\d{2,4}\W{1,6}(?:(?:cvv|cvc|code)\W{0,3})?(?P<cvv>\d{3,4})(?![\w/])", re.I)  # fmt: skip


@dataclass(frozen=True)
class Mask:
    """A secret that was taken out, known only by its kind and by what stands in its place."""

    kind: Kind
    placeholder: str


@dataclass(frozen=True)
class Secret:
    """Where a secret stands in a text. `value` is its letters and digits, by which it is known again elsewhere."""

    kind: Kind
    start: int
    end: int
    value: str


def mask(texts: Sequence[str], contacts: bool = False) -> tuple[tuple[str, ...], tuple[Mask, ...]]:
    """Return the texts of one mail without their secrets, and the list of these, each once.

    A secret gets the same placeholder wherever it stands: `[card]`, or `[card 1]`, `[card 2]` where a mail has several of a kind. With `contacts` e-mail addresses, phone numbers and IP addresses go too. Time is linear in the length of the texts.
    """
    found = [find(text, contacts) for text in texts]
    values: dict[Kind, dict[str, None]] = {}
    for secret in (secret for secrets in found for secret in secrets):
        values.setdefault(secret.kind, {})[secret.value] = None
    names = {
        (kind, value): f"[{kind}]" if len(seen) == 1 else f"[{kind} {number}]"
        for kind, seen in values.items()
        for number, value in enumerate(seen, start=1)
    }
    masked = tuple(_replaced(text, secrets, names) for text, secrets in zip(texts, found, strict=True))
    return masked, tuple(Mask(kind, name) for (kind, _), name in names.items())


def kept_of(text: str) -> str:
    """Return a text as it may be kept outside of the mail that it came in: as its reader sees it, without secrets."""
    return mask([hidden_characters.visible(text)[0]])[0][0]


def find(text: str, contacts: bool = False) -> list[Secret]:
    """List the secrets of a text in order, none inside another; with `contacts` also how somebody is reached."""
    plain = hidden_characters.plain_numbers(text)
    spans: list[Span] = list(secret_numbers.find(plain))
    spans += [("cvv", *match.span("cvv")) for kind, _, end in spans if kind == "card" and (match := _AFTER_CARD.match(plain, end, end + 60))]
    spans += secret_words.find(plain)
    spans += contact_details.find(plain) if contacts else ()
    return [Secret(kind, start, end, _value(plain[start:end])) for kind, start, end in _apart(spans)]


def _value(secret: str) -> str:
    return re.sub(r"[\s-]", "", secret) if any(map(str.isdigit, secret)) else secret


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Put spans in order and join those that overlap; the join is of the kind that comes first in `_RANKS`."""
    kept: list[Span] = []
    for kind, start, end in sorted(spans, key=lambda span: span[1]):
        if kept and start < kept[-1][2]:
            other, first, last = kept.pop()
            kept.append((min(kind, other, key=_RANKS.index), first, max(end, last)))
        else:
            kept.append((kind, start, end))
    return kept


def _replaced(text: str, secrets: Sequence[Secret], names: dict[tuple[Kind, str], str]) -> str:
    pieces: list[str] = []
    at = 0
    for secret in secrets:
        pieces += [text[at : secret.start], names[secret.kind, secret.value]]
        at = secret.end
    return "".join([*pieces, text[at:]])
