"""What a ticket's summary is made of: the sentence that decided, and for other languages English words alone."""

import numpy as np

from service.local import classifier, facts, summaries, telling
from service.local.events import EventReader, Head
from service.local.facts import Teller
from service.local.urgency import LEVELS, Judge, Rules, Sheet, Unit, Verdict
from service.text.sentences import Sentence
from service.text.word_runs import Vocabulary

LABELS = ("data_loss", "context", "tone")
RULES = Rules({"data_loss": "high"}, tells={"data_loss": "reports lost data"})


def judge() -> Judge:
    """Return a judge that knows no words: sentences come with what they report."""
    nothing: object = None
    words = Head(np.zeros((0, len(LABELS)), np.float32), np.zeros(len(LABELS), np.float32))
    return Judge(EventReader(LABELS, Vocabulary([], np.zeros(0, np.float32)), nothing, words), RULES, nothing, LEVELS)  # type: ignore[arg-type]


def told(texts: list[str], events: list[int], subject: str = "", language: str = "en") -> str | None:
    """Summarise a mail whose sentences each report one event, the first of which decided; words that were needed in one example are needed again."""
    units = tuple(Unit(text, place) for place, text in enumerate(texts))
    rows = np.eye(len(LABELS), dtype=np.float32)[events]
    sheet = Sheet(tuple(Sentence(text, 0, len(text)) for text in texts), units, rows, (None,) * len(texts))
    verdict = Verdict("high", "data_loss", units[0], None, {})
    found = facts.parts(sheet, summaries.quiet)
    listed, described = facts.describe(sheet, verdict, judge(), found, {})
    needed = [facts.required(word, ("folder", "empty", "monday|tuesday")) for word in listed]
    teller = Teller(classifier.learn(np.vstack([described, described]), needed * 2, 1.0), {})
    return telling.summarise(sheet, verdict, judge(), teller, subject, language)


def test_what_must_be_known_is_told_from_all_the_mail_and_the_rest_is_not() -> None:
    said = told(
        ["The folder is empty, as my aunt would say with a laugh and a sandwich in her hand.", "It was full until Monday.", "I am so cross."],
        [0, 1, 2],
    )
    assert said == "Customer reports that the folder is empty; it was full until Monday."


def test_another_language_is_told_in_english_words_with_its_numbers() -> None:
    verdict = Verdict("high", "data_loss", Unit("Seit dem 28. April sind 310 Bestellungen aus der Datenbank verschwunden.", 0), None, {})
    sheet = Sheet((), (verdict.unit,), np.eye(len(LABELS), dtype=np.float32)[[0]], (None,))  # type: ignore[arg-type]
    nothing: object = None
    summary = telling.summarise(sheet, verdict, judge(), nothing, "Hilfe", "de")  # type: ignore[arg-type]
    assert summary == "Customer, writing in German, reports lost data: order, database, lost (28 April; 310)."
