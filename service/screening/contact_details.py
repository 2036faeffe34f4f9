"""How somebody is reached: e-mail addresses, phone numbers and IP addresses in a text."""

import ipaddress
from collections.abc import Iterator
from typing import Literal

from service.screening import phone_numbers
from service.text import patterns

Kind = Literal["email", "phone", "ip"]
Span = tuple[Kind, int, int]

# RFC 5322's marks inside a name, but for those that part addresses, cells and parameters from one another.
_EMAIL = patterns.pattern(r"(?<![\w.+%-])[\w.+%-]{1,64}(?:[!#$&'*^~][\w.+%-]{1,64}){0,4}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}(?![\w@-])")
_IP = patterns.pattern(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?:\.\d{1,3}){3})?)(?![\w:]|\.\d)")


def find(text: str) -> Iterator[Span]:
    """Give the place of every e-mail address, IP address and phone number. Time is linear."""
    for match in _EMAIL.finditer(text):
        yield "email", *match.span()
    for match in _IP.finditer(text):
        if _is_ip(match[0]):
            yield "ip", *match.span()
    for start, end in phone_numbers.find(text):
        yield "phone", start, end


def _is_ip(written: str) -> bool:
    if "." not in written and written.count(":") < 7 and "::" not in written:
        return False  # a time of day
    try:
        return bool(ipaddress.ip_address(written))
    except ValueError:
        return False
