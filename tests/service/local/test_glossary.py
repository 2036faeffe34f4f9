"""A mail in another language is named by its things in English, never by a copy of its words."""

import pytest

from service.local import glossary


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Die Rechnung für März wurde zweimal abgebucht.", ["invoice", "twice", "charged"]),
        ("L'imprimante de l'école ne fonctionne pas.", ["printer", "school", "does not work"]),
        ("El enchufe está caliente y huele a quemado.", ["plug", "hot", "smell"]),
        ("De sleutel past niet meer op de deur.", ["key", "door"]),
        ("Perdemos todos os dados na sexta-feira.", ["data", "Friday"]),
        ("Manca la fattura del corso.", ["missing", "invoice", "course"]),
        ("Zzz qqq.", []),
    ],
)
def test_things_are_named_in_the_order_of_the_text(text: str, words: list[str]) -> None:
    assert [word for word in glossary.named(text) if word in words] == words
    assert len(glossary.named(text)) <= len(words) + 2


def test_every_row_has_an_english_word_and_what_stands_for_it() -> None:
    rows = [line.split("\t") for line in glossary.TABLE.read_text("utf-8").splitlines()]
    assert all(len(row) == 2 and all(stem.strip("* ") for stem in row[1].split(", ")) for row in rows)
    assert len({row[0] for row in rows}) == len(rows)
