from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from ingestion.mail import message
from retrieval.remembering import Remembering
from service.local import reading, urgency
from service.local.reading import Reading
from service.screening import screening
from service.text import units
from tests.service import fakes


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count what is read."""
    read: list[str] = []
    monkeypatch.setattr(urgency, "read", lambda reader, subject, *rest: read.append(subject) or SimpleNamespace(units=(subject, "text")))
    return read


def reads() -> Reading:
    fitting: Any = SimpleNamespace(reader=lambda prompt: SimpleNamespace(judge=SimpleNamespace(reader=None)))
    return Reading(fitting, Remembering(cast(Any, SimpleNamespace(name="e", dimensions=1))))


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


def test_a_remembered_mail_counts_as_one_that_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Remembering(cast(Any, SimpleNamespace(name="e", dimensions=2, layers=lambda texts: np.zeros((len(texts), 4)))))
    labels = SimpleNamespace(labels=("help",), read=lambda texts, vectors: np.zeros((len(texts), 1)))
    fitting: Any = SimpleNamespace(reader=lambda prompt: SimpleNamespace(judge=SimpleNamespace(reader=labels)))
    reader, mails, asked = Reading(fitting, encoder), ("one", "two", "one", "one", "two"), []
    for subject in mails:
        before = encoder.asked
        reader.sheet(
            screening.screen(message.parse(fakes.mail(subject, text="It broke. " * (1 + (subject == "two"))))), fakes.folder("extract_ticket")
        )
        asked.append(encoder.asked - before)
    assert asked[0] == asked[2] == asked[3] > 0
    assert asked[1] == asked[4] > asked[0]


def test_a_passage_is_cut_once_and_labelled_each_time() -> None:
    text = f"Charge it indoors. It takes {datetime.now(UTC).microsecond} hours."
    before = units._cut.cache_info().misses
    labels = [[unit.label for unit in units.cut(label, text)] for label in ("p1", "", "p2")]
    assert labels == [["p1"] * 2, [""] * 2, ["p2"] * 2]
    assert units._cut.cache_info().misses == before + 1
