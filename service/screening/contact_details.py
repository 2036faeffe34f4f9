"""How somebody is reached: e-mail addresses, phone numbers and IP addresses in a text."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Literal

from service.text import patterns

Kind = Literal["email", "phone", "ip"]
Span = tuple[Kind, int, int]

_EMAIL = patterns.pattern(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}(?![\w@-])")
_IP = patterns.pattern(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?:\.\d{1,3}){3})?)(?![\w:]|\.\d)")
_DIGITS = r"\(?\d(?:[ \t./()-]{0,3}\d){6,13}(?!\w)"
_INTERNATIONAL = patterns.pattern(rf"(?<![\w+])\+{_DIGITS}|(?<!\w)00[1-9](?:[ \t./()-]{{0,3}}\d){{8,13}}(?!\w)")
_CALLED = patterns.pattern(
    rf"\b(?:phones?|telephone|telefon\w*|tel|mobile|mobil|cell|handy\w*|call|ring|reach|text|whatsapp|fax|rückruf|téléphone|portable|teléfono|móvil|telefono|cellulare|telefoon|mobiel|telefone|telemóvel)\b"
    rf"[^\d\n+]{{0,24}}?(?P<number>{_DIGITS})",
    re.IGNORECASE,
)


def find(text: str) -> Iterator[Span]:
    """Give the place of every e-mail address, IP address, international phone number, and number that is called one. Time is linear."""
    for match in _EMAIL.finditer(text):
        yield "email", *match.span()
    for match in _IP.finditer(text):
        if _is_ip(match[0]):
            yield "ip", *match.span()
    for match in _INTERNATIONAL.finditer(text):
        yield "phone", *match.span()
    for match in _CALLED.finditer(text):
        yield "phone", *match.span("number")


def _is_ip(written: str) -> bool:
    if "." not in written and written.count(":") < 7 and "::" not in written:
        return False  # a time of day
    try:
        return bool(ipaddress.ip_address(written))
    except ValueError:
        return False
