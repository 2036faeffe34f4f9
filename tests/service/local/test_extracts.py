"""A passage is cut into what can be quoted, and lists of steps stay whole."""

import numpy as np
import pytest

from service.local import extracts
from service.local.classifier import Weigher
from service.local.events import Head
from service.local.extracts import Quoter
from service.text import units as text_units
from service.text.units import Unit
from tests.service.local.bags import Bags

LAMP = """The lamp has two modes. Both need the app.

To reset the lamp:
1. Hold the button for ten seconds.
2. Wait for the blue light.
   It blinks twice.
3. Open the app.

| Plan | Lamps | Price |
|---|---|---|
| Small | 3 | £4 |
| Large | 30 | £9 |

- Never cover the lamp.
- Use **dry** cloths only.
"""


def cut(text: str = LAMP) -> list[Unit]:
    return text_units.cut("p1", text)


def test_cuts_sentences_steps_rows_and_bullets() -> None:
    assert [unit.kind for unit in cut()] == ["sentence"] * 3 + ["step"] * 3 + ["row"] * 2 + ["bullet"] * 2


def test_tells_a_table_row_with_its_column_names() -> None:
    assert [unit.text for unit in cut() if unit.kind == "row"] == ["Plan: Small; Lamps: 3; Price: £4", "Plan: Large; Lamps: 30; Price: £9"]


def test_keeps_a_step_and_its_indented_second_line_together() -> None:
    assert "2. Wait for the blue light. It blinks twice." in [unit.text for unit in cut()]


def test_does_not_quote_a_heading_that_stands_over_a_later_paragraph() -> None:
    passage = "Charge it indoors.\n\nA battery that gets hot\nSwitch the bike off and call us."
    assert [unit.text for unit in cut(passage)] == ["Charge it indoors.", "Switch the bike off and call us."]


def test_keeps_a_short_first_line() -> None:
    assert [unit.text for unit in cut("Open daily\nfrom nine to five.")] == ["Open daily from nine to five."]


def test_takes_markdown_marks_off() -> None:
    assert text_units.tidy("- Use **dry** [cloths](x.md) only.") == "- Use dry cloths only."


def chosen(likely: dict[str, float], most: int = 8, floor: float = 0.3) -> list[str]:
    units = cut()
    weights = np.array([max((value for word, value in likely.items() if word in unit.text), default=0.0) for unit in units], dtype=np.float32)
    nothing = Weigher(Head(np.zeros((2, 2), np.float32), np.zeros(2, np.float32)), np.zeros(1, np.float32), np.ones(1, np.float32))
    return [units[index].text for index in extracts.choose(units, weights, Quoter(nothing, 0.5, floor), most)]


def test_quotes_all_steps_of_a_list_in_order_when_one_is_wanted() -> None:
    assert [text[0] for text in chosen({"blue light": 0.9})] == ["1", "2", "3"]


def test_quotes_the_list_that_a_lead_in_announces() -> None:
    assert chosen({"To reset": 0.9})[0] == "To reset the lamp:"
    assert len(chosen({"To reset": 0.9})) == 4


def test_quotes_in_reading_order() -> None:
    assert chosen({"Never": 0.9, "two modes": 0.6}) == ["The lamp has two modes.", "- Never cover the lamp."]


def test_quotes_nothing_below_the_floor() -> None:
    assert chosen({"Never": 0.29}) == []


def test_quotes_no_more_than_is_allowed() -> None:
    assert len(chosen({"": 0.9}, most=2)) == 2


@pytest.mark.parametrize("text", ["", "\n\n", "|---|", "***"])
def test_cuts_nothing_out_of_nothing(text: str) -> None:
    assert cut(text) == []


def test_learns_from_examples_which_units_answer() -> None:
    rows = [
        {"question": f"What is the {thing} limit?", "passages": [{"title": thing, "heading": "", "text": f"The {thing} limit is {n}. Cats sleep a lot."}], "answer": [f"The {thing} limit is {n}."]}
        for n, thing in enumerate(["speed", "weight", "height", "guest", "luggage", "upload"])
    ]  # fmt: skip
    quoter = extracts.learn(rows, Bags())
    listed = text_units.cut("p1", "The credit limit is 9. Dogs bark at night.")
    from retrieval.passages import Found, Passage

    sources = {"p1": Found(Passage("1", "a.md", "credit", "", "x"), 1.0, None)}
    likely = extracts.weigh(quoter, ("What is the credit limit?",), listed, sources, Bags())
    assert likely[0] > 0.5 > likely[1]
