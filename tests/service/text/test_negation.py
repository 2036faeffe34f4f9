import pytest

from service.text import language, negation
from service.text.negation import negated


@pytest.mark.parametrize(
    ("text", "under"),
    [
        ("the toll is not charged , and the fuel is", "not charged"),
        ("you don ' t pay for it but you sign", "t pay for it"),
        ("you don't pay for it", "don't pay for it"),
        ("no dog is refused here", "no dog is refused"),
        ("the harness is included", ""),
        ("without a receipt ; with one", "without a receipt"),
    ],
)
def test_a_negation_reaches_to_the_end_of_its_clause_and_a_second_one_undoes_it(text: str, under: str) -> None:
    words = text.split()
    assert " ".join(word for word, flag in zip(words, negated(words), strict=True) if flag) == under


def test_nothing_is_negated_in_nothing() -> None:
    assert negated([]).shape == (0,)


@pytest.mark.parametrize(
    ("spoken", "text", "sentence"),
    [
        ("it", "Non è permesso friggere dentro il camper.", "Dentro il camper è permesso friggere."),
        ("de", "Gutscheine werden nicht bar ausgezahlt.", "Gutscheine werden auf Wunsch bar ausgezahlt."),
        ("fr", "Les clés perdues ne sont pas remboursées.", "Les clés perdues sont remboursées."),
        ("es", "La fianza se devuelve en tres días.", "La fianza no se devuelve en tres días."),
        ("nl", "De borg wordt niet teruggestort op zaterdag.", "De borg wordt op zaterdag teruggestort."),
        ("pt", "Não aceitamos devoluções de vasos pintados.", "Aceitamos devoluções de vasos pintados."),
    ],
)
def test_a_clause_of_the_same_words_that_is_denied_on_one_side_alone_is_turned(spoken: language.Language, text: str, sentence: str) -> None:
    assert negation.turned(sentence, [text], spoken) == sentence.rstrip(".")
    assert negation.turned(text, [text], spoken) is None


@pytest.mark.parametrize(
    ("spoken", "text", "sentence"),
    [
        ("de", "Gutscheine werden nicht bar ausgezahlt. Restbeträge werden bar ausgezahlt.", "Restbeträge werden bar ausgezahlt."),
        ("it", "I biglietti non sono rimborsabili.", "Spostare i biglietti è gratis."),
        ("en", "You cannot cancel a plan.", "You can cancel a plan."),
    ],
)
def test_what_another_clause_says_or_english_is_not_judged(spoken: language.Language, text: str, sentence: str) -> None:
    assert negation.turned(sentence, [text], spoken) is None
