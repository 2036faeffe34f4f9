"""An answer holds the fact first, its conditions beside it, one task's steps, rows told as sentences, and nothing else."""

import numpy as np
import pytest

from retrieval.passages import Found, Passage
from service.local import asked, composing
from service.local.asked import Window
from service.local.composing import Marks

MARKS = Marks(take=-1.0, abroad=1.0, behind=4.0)
HOURS = "| Branch | Days | Hours |\n|---|---|---|\n| North branch | Tuesday to Saturday | 9:00–18:00 |\n| South branch | Monday | – |\n"
CARD = "Return a reader within 30 days.\n\n1. Print the label.\n2. Pack the reader.\n3. Post it.\n\nOpening hours\n\nThe reader costs £29. This does not apply to the Pro plan.\n"


def windows(*texts: str) -> list[Window]:
    found = {f"p{n}": Found(Passage(str(n), f"a{n}.md", f"Title {n}", "", text), 0.8, 0.5) for n, text in enumerate(texts, 1)}
    return asked.windows(found)


def composed(question: str, listed: list[Window], **odds: float) -> list[str]:
    """Compose with log-odds given by the beginning of a window, with "_" for a space; everything else is far from answering."""
    values = np.array([next((odd for start, odd in odds.items() if one.text.lower().startswith(start.replace("_", " "))), -6.0) for one in listed])
    return [composing.tell(listed[place]) for place in composing.compose(question, listed, values, MARKS)]


def test_a_row_is_told_as_a_sentence_with_its_heads() -> None:
    assert [composing.tell(one) for one in windows(HOURS)] == ["North branch: Tuesday to Saturday, 9:00–18:00.", "South branch: Monday."]
    prices = windows("| Plan | Price | Delivery |\n|---|---|---|\n| Solo | £9.80 | £2.95 |\n")
    assert composing.tell(prices[0]) == "Solo: price £9.80, delivery £2.95."
    errors = windows("| Code | Meaning | What to do |\n|---|---|---|\n| E27 | Bed sensor gives no value | Switch it off |\n")
    assert composing.tell(errors[0]) == "E27: meaning: Bed sensor gives no value; what to do: Switch it off."


def test_a_price_is_told_without_the_steps_of_another_task() -> None:
    told = composed("How much does the reader cost?", windows(CARD), the_reader=2.0, **{"2. pack": -0.5})
    assert told[0] == "The reader costs £29."
    assert "1. Print the label." not in told


def test_the_exception_beside_a_rule_comes_with_it() -> None:
    assert composed("How much does the reader cost?", windows(CARD), the_reader=2.0, this_does=-1.5) == [
        "The reader costs £29.",
        "This does not apply to the Pro plan.",
    ]


def test_the_steps_of_one_task_stand_together_and_once() -> None:
    told = composed("How do I return it?", windows(CARD, "1. Open the menu.\n2. Choose Return.\n"), **{"2. pack": 2.0, "1. open": 1.5})
    assert told == ["1. Print the label.", "2. Pack the reader.", "3. Post it."]


def test_the_current_article_goes_before_an_outdated_one() -> None:
    listed = windows("> **Out of date.** See the new article.\n\nReturns take 10 days.", "Returns take 14 days.")
    assert composed("How long do returns take?", listed, returns_take_10=2.0, returns_take_14=1.0) == ["Returns take 14 days."]


@pytest.mark.parametrize("title", ["Prices until January 2026 (old)", "Archived: prices"])
def test_a_title_tells_that_an_article_is_outdated(title: str) -> None:
    assert asked.outdated({"p1": Found(Passage("1", "a.md", title, "", "It costs £3."), 0.8, 0.5)}) == {"p1"}


def test_an_article_that_another_one_replaces_is_outdated() -> None:
    new = Found(Passage("1", "new.md", "Prices", "", 'These prices replace the article "Plans and prices".'), 0.8, 0.5)
    old = Found(Passage("2", "plans.md", "Plans and prices", "", "It costs £3."), 0.8, 0.5)
    assert asked.outdated({"p1": new, "p2": old}) == {"p2"}


def test_no_more_than_five_units_are_told() -> None:
    listed = windows("\n\n".join(f"Rule {word} holds for boats of class {word}." for word in ("ash", "birch", "cedar", "date", "elm", "fir", "gum")))
    assert len(composed("Which rules hold for boats?", listed, rule=2.0)) == composing.MOST


def test_headings_and_lead_ins_are_not_told() -> None:
    listed = windows("Bring these:\n\n- a lamp\n- a rope")
    assert composed("What do I bring?", listed, bring=3.0, **{"- a lamp": 1.0, "- a rope": 1.0}) == ["- a lamp", "- a rope"]
