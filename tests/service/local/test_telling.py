"""What a ticket's summary is made of: the sentence that decided, and for other languages English words alone."""

import numpy as np

from service.local import telling
from service.local.events import EventReader
from service.local.urgency import LEVELS, Judge, Rules, Sheet, Unit, Verdict
from service.text.sentences import Sentence
from service.text.word_runs import Vocabulary

LABELS = ("data_loss", "context", "tone")
RULES = Rules({"data_loss": "high"}, tells={"data_loss": "reports lost data"})


def told(texts: list[str], events: list[int], subject: str = "", language: str = "en") -> str | None:
    """Summarise a mail whose sentences each report one event, the first of which decided."""
    nothing: object = None
    judge = Judge(EventReader(LABELS, Vocabulary([], np.zeros(0, np.float32)), nothing, nothing), RULES, nothing, LEVELS)  # type: ignore[arg-type]
    units = tuple(Unit(text, place) for place, text in enumerate(texts))
    sheet = Sheet(tuple(Sentence(text, 0, len(text)) for text in texts), units, np.eye(len(LABELS), dtype=np.float32)[events], (None,) * len(texts))
    return telling.summarise(sheet, Verdict("high", "data_loss", units[0], None, {}), judge, subject, language)


def test_a_neighbour_is_told_where_there_is_room_and_a_feeling_is_not() -> None:
    assert (
        told(["The folder is empty.", "It was full until Monday."], [0, 1]) == "Customer reports that the folder is empty; it was full until Monday."
    )
    assert told(["The folder is empty.", "I am so very cross about this."], [0, 2]) == "Customer reports that the folder is empty."


def test_another_language_is_told_in_english_words_with_its_numbers() -> None:
    summary = told(["Seit dem 28. April sind 310 Bestellungen aus der Datenbank verschwunden."], [0], "Hilfe", "de")
    assert summary == "Customer, writing in German, reports lost data: order, database, lost (28 April; 310)."
