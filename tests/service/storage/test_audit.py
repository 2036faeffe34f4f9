"""The audit log, line by line."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from service.storage import audit
from service.storage.audit import Who

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("token\x00add\r\n2026-11-23 root", "token add 2026-11-23 root"),
        ("\x1b]0;owned\x07\x9b2Jforget", "]0;owned 2Jforget"),
        ("forget \u202egnp.exe\u2066\u200f", "forget gnp.exe"),
        ("a" * 5000, "a" * (audit.LONGEST - 1) + "…"),
    ],
)
def test_whatever_is_told_stands_as_one_plain_line_that_ends(engine: Engine, given: str, kept: str) -> None:
    audit.add(engine, NOON, Who(given, "operator"), given, given)
    (line,) = audit.page(engine, 10)
    assert (line.who, line.action, line.subject) == (kept, kept, kept)
