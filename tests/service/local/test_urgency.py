"""Urgency follows from what the sentences of a mail report, by the rubric and by nothing else."""

from collections.abc import Mapping

import numpy as np
import pytest

from service.local import urgency
from service.local.events import EventReader, Head
from service.local.urgency import LEVELS, Judge, Rules, Sheet, Unit
from service.text.sentences import Sentence
from service.text.word_runs import Vocabulary

LABELS = ("how_to", "wrong_charge", "deadline", "context")
RUBRIC = {"how_to": "low", "wrong_charge": "high", "deadline": "by date", "context": "none"}


def sheet(*units: tuple[str, float], hours: float | None = None) -> Sheet:
    """Make a mail of one sentence an event, each that likely."""
    rows = [[likely if label == event else 0.0 for label in LABELS] for event, likely in units]
    listed = tuple(Unit(f"A sentence about {event}.", place) for place, (event, _) in enumerate(units))
    cut = tuple(Sentence(unit.text, 0, len(unit.text)) for unit in listed)
    return Sheet(cut, listed, np.array(rows, dtype=np.float32), tuple(hours if event == "deadline" else None for event, _ in units))


def judge(gives: Mapping[str, str] = RUBRIC) -> Judge:
    """Make a judge whose head goes by the strongest evidence of each level alone."""
    nothing = Head(np.zeros((1, len(LABELS)), np.float32), np.zeros(len(LABELS), np.float32))
    reader = EventReader(LABELS, Vocabulary([], np.zeros(0, np.float32)), nothing, nothing)
    features = len(LEVELS) * 3 + len(LABELS) + 2
    weights = np.zeros((features, len(LEVELS)), np.float32)
    weights[: len(LEVELS), : len(LEVELS)] = np.eye(len(LEVELS)) * 5
    return Judge(reader, Rules(gives), Head(weights, np.zeros(len(LEVELS), np.float32)), LEVELS)


def test_the_gravest_thing_that_is_said_decides_and_is_shown() -> None:
    verdict = urgency.decide(judge(), sheet(("how_to", 0.8), ("wrong_charge", 0.9)))
    assert (verdict.level, verdict.event, verdict.unit and verdict.unit.text) == ("high", "wrong_charge", "A sentence about wrong_charge.")


@pytest.mark.parametrize(("hours", "level"), [(3.0, "high"), (24.0, "high"), (24.7, "medium"), (None, "medium")])
def test_a_deadline_counts_by_the_hours_that_are_left(hours: float | None, level: str) -> None:
    assert urgency.decide(judge(), sheet(("deadline", 0.9), hours=hours)).level == level


def test_a_mail_that_asks_nothing_has_no_urgency() -> None:
    assert urgency.decide(judge(), sheet(("context", 0.9))).level == "none"
    assert urgency.decide(judge(), sheet()).level == "none"


def test_without_a_rubric_nothing_is_urgent() -> None:
    assert urgency.decide(judge({}), sheet(("wrong_charge", 0.99))).level == "none"


def test_a_changed_rubric_changes_what_the_same_mail_is_worth() -> None:
    slipped = {**RUBRIC, "wrong_charge": "low", "how_to": "high"}
    assert urgency.decide(judge(slipped), sheet(("wrong_charge", 0.9))).level == "low"
