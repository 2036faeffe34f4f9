"""The language of a mail is told from a line or two."""

import pytest

from service.text import language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My order has not arrived, can you help me?", "en"),
        ("I don't understand it", "en"),
        ("Wo bleibt mein Paket? Ich warte seit zwei Wochen.", "de"),
        ("Je n'arrive pas à me connecter depuis ce matin.", "fr"),
        ("No puedo entrar en mi cuenta desde ayer.", "es"),
        ("Non riesco ad accedere al mio conto, potete aiutarmi?", "it"),
        ("Mijn bestelling is nog niet geleverd, kunnen jullie kijken?", "nl"),
        ("Não consigo entrar na minha conta desde ontem.", "pt"),
        ("Nie mogę się zalogować na moje konto.", "unknown"),
        ("ログインできません。", "unknown"),
        ("4711", "unknown"),
        ("", "unknown"),
    ],
)
def test_detects(text: str, expected: str) -> None:
    assert language.detect(text) == expected


def test_reads_only_the_start() -> None:
    english = "This is what I wrote to you about my order. " * 100
    assert language.detect(english + "Das ist nicht mehr, was ich euch geschrieben habe. " * 1000) == "en"


@pytest.mark.parametrize("text", ["api requests per minute limit?", "Refund in full", "La Roche pump, model 3", "die cut labels", "VAT"])
def test_one_foreign_word_makes_no_foreign_text(text: str) -> None:
    assert not language.is_foreign(text)


@pytest.mark.parametrize("text", ["Wo finde ich meine Rechnung?", "¿Cómo cancelo la cita?", "Où est ma commande ?", "Hoe zeg ik mijn abonnement op?"])
def test_a_short_question_in_another_language_is_told(text: str) -> None:
    assert language.is_foreign(text)
