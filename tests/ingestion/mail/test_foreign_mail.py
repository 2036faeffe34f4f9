"""How mail that others collected, with what they expect of it, is read here. Users do not have that file, so this skips aloud."""

import base64
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from ingestion.mail import message

PLACE = Path(os.environ.get("PROOFDESK_FOREIGN_MAIL", Path(__file__).parents[4] / "shared" / "external"))
FILE = PLACE / "email_stalwart.jsonl" if PLACE.is_dir() else PLACE

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=f"no foreign mail at {FILE}: set PROOFDESK_FOREIGN_MAIL to email_stalwart.jsonl")

Case = tuple[message.Message, dict[str, Any]]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    rows = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return [(message.parse(base64.b64decode(row["input"]["raw_b64"])), row["expected"]) for row in rows]


def words(text: str | None) -> list[str]:
    return re.findall(r"\w+", (text or "").lower())


def share(cases: list[Case], agrees: list[bool]) -> float:
    return sum(agrees) / len(cases)


def test_knows_who_wrote(cases: list[Case]) -> None:
    assert share(cases, [m.sender == message.Address(e["from_name"], e["from_email"]) for m, e in cases]) == 1


def test_knows_the_subject(cases: list[Case]) -> None:
    """Five raw 8-bit subjects are expected as U+FFFD; ours are read as windows-1252, which is what their writers meant."""
    assert share(cases, [m.subject == (e["subject"] or "") or "\ufffd" in e["subject"] for m, e in cases]) == 1


def test_loses_no_text(cases: list[Case]) -> None:
    """Every word expected of the first body part is in the text, the signature or the quotes, wherever it can be told."""
    told = [(m, e) for m, e in cases if e["body_text"] and "\ufffd" not in e["body_text"]]
    complete = [set(words(e["body_text"])) <= set(words(f"{m.text} {m.signature} {m.quoted}")) for m, e in told]
    assert share(told, complete) >= 0.9


def test_counts_attachments(cases: list[Case]) -> None:
    assert share(cases, [len(m.attachments) == e["n_attachments"] for m, e in cases]) >= 0.85
