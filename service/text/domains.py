"""Domains and mailboxes in a text, as mail programs make links of them."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from service.text import patterns

ENDINGS = Path(__file__).parent / "endings.txt"
_FILES = frozenset(("md", "mov", "py", "sh", "zip"))  # endings of domains too, but whoever writes them here names a file
_NO_SITES = frozenset(("ado.net", "asp.net", "vb.net", "b.sc", "m.sc"))
# Also between sentences without a blank ("charged twice.it was"), where a blank undoes the link and leaves the words.
_WORDS = frozenset(("am", "as", "at", "be", "by", "do", "in", "is", "it", "me", "my", "no", "so", "to", "us"))
_LABEL = r"[^\W_](?:[^\W_]|-){0,62}"
_DOMAIN = patterns.pattern(rf"(?<![^\W_]|@)(?<![^\W_]-)(?P<host>{_LABEL}(?:[.。．｡]{_LABEL})+)(?::\d{{2,5}}(?!\d))?")
_DOT = patterns.pattern("[.。．｡]")
_MAILBOX = patterns.pattern(rf"[\w.+%'-]{{1,64}}@{_LABEL}(?:[.。．｡]{_LABEL})+")


def has_mailbox(text: str) -> bool:
    """Tell whether an e-mail address is in a text."""
    return _MAILBOX.search(text) is not None


def has_domain(text: str) -> bool:
    """Tell whether a domain is in a text: names between dots whose last is an ending of the root zone, and no file, hour or abbreviation."""
    return next(_domains(text), None) is not None


def without(text: str) -> str:
    """Return a text in which no program finds an address or a domain: they are called what they are."""
    text = _MAILBOX.sub("an address", text)
    pieces, at = [], 0
    for match in _domains(text):
        before, _, ending = _DOT.sub(".", match["host"]).rpartition(".")
        pieces += [text[at : match.start()], f"{before}. {ending}" if ending.lower() in _WORDS and not has_domain(before) else "a link"]
        at = match.end()
    return "".join([*pieces, text[at:]])


def _domains(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _DOMAIN.finditer(text) if _is_domain(_DOT.split(match["host"].lower())))


def _is_domain(names: list[str]) -> bool:
    *labels, ending = names
    if ending in _FILES or ".".join(names) in _NO_SITES or (len(labels) > 1 and all(len(one) == 1 for one in labels)):
        return False  # "e.g.in" is no domain
    if len(ending) == 2 and all(one.isdigit() for one in labels):
        return False  # nor is "9.30.am"
    return _ascii(ending) in _endings()


def _ascii(ending: str) -> str:
    try:
        return ending if ending.isascii() else ending.encode("idna").decode()
    except UnicodeError:
        return ""


@cache
def _endings() -> frozenset[str]:
    return frozenset(line for line in ENDINGS.read_text("ascii").split("\n") if line and not line.startswith("#"))
