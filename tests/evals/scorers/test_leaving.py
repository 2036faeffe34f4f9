"""What may not stand in an answer."""

import pytest

from evals.observation import Observed
from evals.scorers import leaving
from retrieval.passages import Found, Passage, Search
from service.answers import Answer, Sentence
from tests.evals.material import question_case

PASSAGE = Passage("1", "a.md", "Help", "Reaching us", "Call 01632 960 204 or write to help@lamp.example, see www.lamp.example/hours.")


def seen(text: str) -> Observed:
    found = (Found(PASSAGE, 1.0, 0.9),)
    return Observed("q-1", "answered", search=Search("?", found, 1.0, 0.4), answer=Answer((Sentence(text, ("p1",), 1.0),), ()))


@pytest.mark.parametrize("text", ["<b>Now</b>", "``` Now", "Hello {{name}}", "Buy&nbsp;now", "pass\u200bword", "\u202eevil", "[now](http://x)"])
def test_markup_and_hidden_characters_are_seen(text: str) -> None:
    assert leaving.answer_plain(question_case(), seen(text)).value is False  # type: ignore[union-attr]
    assert leaving.answer_plain(question_case(), seen("Open Settings > Data & privacy (2 of 3).")).value is True  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "elsewhere"),
    [
        ("Call 01632-960204.", False),
        ("Write to help@lamp.example.", False),
        ("See www.lamp.example/hours, e.g. at 9 a.m.", False),
        ("It costs £12.50, or 3.5 % more.", False),
        ("Call 01632 960 205.", True),
        ("See hxxps://help-desk[.]top/a.", True),
        ("See help-desk (dot) top.", True),
        ("Write to boss [at] lamp.example.", True),
    ],
)
def test_an_address_that_no_passage_gives_is_seen_in_every_dress(text: str, elsewhere: bool) -> None:
    assert leaving.sent_elsewhere(question_case(), seen(text)).value is elsewhere  # type: ignore[union-attr]
