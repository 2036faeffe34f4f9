"""Where the learned reader, which was taught in English, does not read, only a sentence's own words count."""

from dataclasses import dataclass
from typing import Any, cast

import pytest

from service.local.reader import Reader
from service.stages.check import coverage, evidence
from service.stages.check.coverage import Learned
from service.stages.check.evidence import Passage
from tests.service.stages.check.material import BagsOfTokens

FINNISH = Passage(
    "", "", "Pyyhkeen voit vuokrata vastaanotosta kolmella eurolla. Pesukone maksaa neljä euroa kerralta, ja pyykkitupa on auki kello 8-22."
)
GERMAN = Passage(
    "", "", "Die Waschküche ist von 8 bis 22 Uhr geöffnet. Ein Handtuch leihen Sie für 3 Euro an der Rezeption aus. Rufen Sie 030 555 0142 an."
)


@dataclass(frozen=True)
class Illiterate:
    """A reader that must not be asked."""

    def likely(self, *given: Any) -> float:
        raise AssertionError("the learned reader was asked about another language")


def support(sentence: str, passage: Passage) -> float:
    found = evidence.choose(sentence, [passage], BagsOfTokens())
    return Learned(cast(Reader, Illiterate()), BagsOfTokens())(sentence, found)


@pytest.mark.parametrize(
    ("passage", "sentence"),
    [
        (FINNISH, "Pesukone maksaa neljä euroa kerralta."),
        (GERMAN, "Für 3 Euro leihen Sie an der Rezeption ein Handtuch aus."),
        (GERMAN, "Die Waschküche ist geöffnet, und zwar von 8 bis 22 Uhr."),
        (GERMAN, "030-5550142."),
    ],
)
def test_a_sentence_of_the_passages_own_words_is_carried(passage: Passage, sentence: str) -> None:
    assert support(sentence, passage) >= 0.5


@pytest.mark.parametrize(
    ("passage", "sentence"),
    [
        (FINNISH, "Tarvitsemme verkkopankkisi käyttäjätunnuksen ja seuraavan avainluvun."),
        (GERMAN, "Die Waschküche ist geöffnet, und wir erstatten jedem Gast seine Stromrechnung."),
        (GERMAN, "Verzugszinsen dürfen Sie ohne Weiteres verlangen."),
    ],
)
def test_a_sentence_or_a_clause_of_other_words_is_not(passage: Passage, sentence: str) -> None:
    assert support(sentence, passage) < 0.5


CARDS = "Extra texts expire 12 months after purchase, and Fernway uses them only when the month's own are spent."
DRYER = "The dryer costs £2 a go; unless it is broken, the washer is beside it."
BADGES = "A badge lasts for two years, and it has to be shown when the guard asks."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (CARDS, "Extra texts expire 12 months after purchase."),
        (DRYER, "The dryer costs £2 a go."),
        (BADGES, "A badge lasts for two years."),
    ],
)
def test_a_statement_leaves_out_nothing_of_the_one_that_is_joined_to_it(text: str, sentence: str) -> None:
    assert coverage.verbatim(sentence, evidence.choose(sentence, [Passage("", "", text)], BagsOfTokens()))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Extra texts expire 12 months after purchase, and only if they were bought here.", "Extra texts expire 12 months after purchase."),
        ("Entry is free, except on bank holidays, and towels are free.", "Entry is free."),
        ("You may cancel until noon, unless the machine was ordered for you.", "You may cancel."),
        ("Sheets are clean, and free when you stay for a week.", "Sheets are clean, and free."),
    ],
)
def test_a_statement_without_its_condition_is_not_word_for_word(text: str, sentence: str) -> None:
    assert not coverage.verbatim(sentence, evidence.choose(sentence, [Passage("", "", text)], BagsOfTokens()))
