"""A summary holds the clauses that together say most of what must be known."""

from service.local import clauses, facts, packing
from service.local.facts import Part


def parts(*sentences: str, topic: str = "") -> list[Part]:
    """Return the clauses of a mail: its subject, and its sentences."""
    subject = [Part(0, 0, clauses.Clause(topic, "", True), frozenset(facts.words(topic)), is_topic=True)] if topic else []
    return subject + [
        Part(unit, place, clause, frozenset(facts.words(clause.text)), asks=sentence.endswith("?"))
        for unit, sentence in enumerate(sentences, 1)
        for place, clause in enumerate(clauses.cut(sentence, shortens=not sentence.endswith("?")))
    ]


def chosen(found: list[Part], room: int, **known: float) -> list[str]:
    weights = {word: known.get(word, 0.01) for part in found for word in part.words}
    return [found[place].clause.text for place in packing.choose(found, weights, room)]


def test_takes_what_must_be_known_wherever_it_stands() -> None:
    found = parts("The coffee here was lovely as ever.", "The pump leaks oil.", "We close on Friday.")
    assert chosen(found, 8, pump=0.9, leaks=0.9, friday=0.9) == ["The pump leaks oil.", "We close on Friday."]


def test_a_word_that_is_told_counts_once() -> None:
    found = parts("The pump leaks oil.", "The pump was new.", "We close on Friday.")
    assert chosen(found, 8, pump=0.9, friday=0.5) == ["The pump leaks oil.", "We close on Friday."]


def test_what_hangs_on_a_clause_brings_it_along() -> None:
    found = parts("The pump hums, which woke Friday's guests.")
    assert chosen(found, 20, guests=0.9) == ["The pump hums", "which woke Friday's guests."]


def test_a_pronoun_brings_what_it_stands_for() -> None:
    found = parts("It leaks into the cellar.", topic="The new pump")
    assert chosen(found, 20, leaks=0.9) == ["The new pump", "It leaks into the cellar."]


def test_a_question_is_told_to_its_end() -> None:
    found = parts("If the pump is ours, who mends it when it breaks?")
    assert chosen(found, 20, pump=0.9)[-1] == "when it breaks?"


def test_a_subject_alone_is_never_all() -> None:
    found = parts("We close.", topic="Pump leaks oil")
    assert "We close." in chosen(found, 10, pump=0.9, leaks=0.9, oil=0.9)
