"""Where words stand in a text."""

import pytest

from service.text import places

TEXT = "A weekend lasts from **Friday 3 pm** to\nMonday 9 am. You’ll pay £12 a trip.\n\n| Machine | Per day |\n|---|---|\n| Floor sander | £45 |\n| Tile cutter | £18 |\n"


@pytest.mark.parametrize(
    ("words", "stands"),
    [
        ("weekend lasts from Friday 3 pm to Monday 9 am.", "weekend lasts from **Friday 3 pm** to\nMonday 9 am."),
        ("you'll PAY £12", "You’ll pay £12"),
        ("Machine: Floor sander; Per day: £45", "Floor sander | £45"),
        ("Tile cutter | £18", "Tile cutter | £18"),
    ],
)
def test_words_are_found_however_they_stand_there(words: str, stands: str) -> None:
    start, end = places.find(TEXT, words) or (0, 0)
    assert TEXT[start:end] == stands


@pytest.mark.parametrize("words", ["Floor sander £18", "weekend lasts until Monday", "", "…", "£4"])
def test_what_does_not_stand_there_is_found_nowhere(words: str) -> None:
    assert places.find(TEXT, words) is None
