"""Which words a reader must know is learned from the facts that worked examples require."""

import numpy as np
import pytest

from service.local import events, facts, urgency
from service.local.events import EventReader, Head
from service.local.urgency import Judge, Rules, Sheet, Unit
from service.text.sentences import Sentence
from service.text.word_runs import Vocabulary

LABELS = ("context", "fault")
RULES = Rules({"fault": "medium"})


def judge() -> Judge:
    """Return a judge whose sentences come with what they report, and whose level is medium wherever one reports a fault."""
    nothing: object = None
    words = Head(np.zeros((0, 2), np.float32), np.zeros(2, np.float32))
    reader = EventReader(LABELS, Vocabulary([], np.zeros(0, np.float32)), nothing, words)  # type: ignore[arg-type]
    given = [sheet(["a"], [1]), sheet(["a"], [0])]
    rows = np.vstack([urgency.features(one, urgency.strengths(one, reader, RULES), LABELS) for one in given])
    levels, head = events.fit(rows, ["medium", "none"], strength=10.0)
    return Judge(reader, RULES, head, levels)


def sheet(texts: list[str], reports: list[int]) -> Sheet:
    units = tuple(Unit(text, place) for place, text in enumerate(texts))
    rows = np.eye(2, dtype=np.float32)[reports]
    return Sheet(tuple(Sentence(text, 0, len(text)) for text in texts), units, rows, (None,) * len(texts))


WORKED = [
    (sheet([f"The {thing} is stuck.", f"My {who} likes tea."], [1, 0]), (thing, "stuck"))
    for thing, who in (("door", "aunt"), ("lift", "uncle"), ("gate", "cousin"), ("drawer", "niece"), ("wheel", "nephew"), ("lock", "sister"))
]


def test_words_of_a_kind_that_was_required_weigh_more() -> None:
    teller = facts.learn(WORKED, judge(), str)
    read = sheet(["The pedal is stuck.", "My brother likes tea."], [1, 0])
    weights = facts.weigh(teller, read, urgency.decide(judge(), read), judge(), facts.parts(read, str))
    assert min(weights["pedal"], weights["stuck"]) > max(weights["brother"], weights["tea"])


def test_a_teller_is_the_same_when_it_was_kept() -> None:
    teller = facts.learn(WORKED, judge(), str)
    kept = facts.read(teller.arrays())
    assert kept.often == pytest.approx(teller.often)
    assert np.array_equal(kept.weigher.head.weights, teller.weigher.head.weights)


def test_without_facts_to_learn_from_what_speaks_for_the_level_counts() -> None:
    teller = facts.read(facts.learn([], judge(), str).arrays())
    read = sheet(["The pedal is stuck.", "My brother likes tea."], [1, 0])
    weights = facts.weigh(teller, read, urgency.decide(judge(), read), judge(), facts.parts(read, str))
    assert weights["pedal"] > weights["tea"]


def test_a_fact_is_required_by_the_beginning_of_a_word_and_by_a_whole_number() -> None:
    assert facts.required("invoices", ("invoice|bill",))
    assert not facts.required("paid", ("invoice|bill",))
    assert facts.required("16:00", ("16:00|four",))
    assert not facts.required("1600", ("16",))


def test_who_signed_and_how_they_are_reached_is_no_part_of_what_is_told() -> None:
    read = sheet(["The pedal is stuck.", "Ilse Veltman, Night Planner", "Or ring 07700 900 518"], [1, 0, 0])
    assert [part.clause.text for part in facts.parts(read, str)] == ["The pedal is stuck."]
