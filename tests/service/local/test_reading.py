from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from ingestion.mail import message
from service.local import reading, urgency
from service.local.reading import Reading
from service.screening import screening
from service.text import units
from tests.service import fakes


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count what is read."""
    read: list[str] = []
    monkeypatch.setattr(urgency, "read", lambda reader, subject, *rest: read.append(subject) or f"sheet of {subject}")
    return read


def reads() -> Reading:
    fitting: Any = SimpleNamespace(reader=lambda prompt: SimpleNamespace(judge=SimpleNamespace(reader=None)))
    encoder: Any = SimpleNamespace(encode=None)
    return Reading(fitting, encoder)


def test_a_mail_is_read_once_whoever_asks(counted: list[str]) -> None:
    one, prompt = screening.screen(message.parse(fakes.mail("one"))), fakes.folder("extract_ticket")
    reader = reads()
    assert reader.sheet(one, prompt) is reader.sheet(screening.screen(message.parse(fakes.mail("one"))), prompt)
    assert counted == ["one"]


@pytest.mark.parametrize(
    "other",
    [
        fakes.mail("two"),
        fakes.mail("one", text="Something else is wrong.\n\nAna"),
        fakes.mail("one").replace(b"14 Oct", b"15 Oct"),
    ],
    ids=["subject", "text", "date"],
)
def test_another_mail_is_read_for_itself(counted: list[str], other: bytes) -> None:
    reader, prompt = reads(), fakes.folder("extract_ticket")
    for raw in (fakes.mail("one"), other):
        reader.sheet(screening.screen(message.parse(raw)), prompt)
    assert len(counted) == 2


def test_only_the_latest_mails_are_remembered(counted: list[str]) -> None:
    reader, prompt = reads(), fakes.folder("extract_ticket")
    for number in [*range(reading.KEPT + 1), 0]:
        reader.sheet(screening.screen(message.parse(fakes.mail(f"mail {number}"))), prompt)
    assert len(counted) == reading.KEPT + 2


def test_a_passage_is_cut_once_and_labelled_each_time() -> None:
    text = f"Charge it indoors. It takes {datetime.now(UTC).microsecond} hours."
    before = units._cut.cache_info().misses
    labels = [[unit.label for unit in units.cut(label, text)] for label in ("p1", "", "p2")]
    assert labels == [["p1"] * 2, [""] * 2, ["p2"] * 2]
    assert units._cut.cache_info().misses == before + 1
