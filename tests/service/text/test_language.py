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
