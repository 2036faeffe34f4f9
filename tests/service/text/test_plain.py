import json

import pytest

from service.text import plain


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Customer cannot <b>log in</b>.", "markup"),
        ("Customer <img src=x onerror=alert(1)> asks for a refund.", "markup"),
        ("Customer <!-- hidden --> asks.", "markup"),
        ("Customer asks for **help**.", "markup"),
        ("# Refund\u0020asked", "markup"),
        ("Customer asks about `export`.", "markup"),
        ("Customer asks about R&amp;D.", "markup"),
        ("See https://evil.example/pay for the bill.", "link"),
        ("See www.evil.example now.", "link"),
        ("See evil.example/pay now.", "link"),
        ("Click [here](https://x.example).", "link"),
        ("Run javascript:alert(1) now.", "link"),
        ("Kunde fragt\u202e nach Geld.", "U+202E"),
        ("Two\nlines.", "U+000A"),
        ("\x1b[31mred", "U+001B"),
        ("zero\u200bwidth", "U+200B"),
        ("tag\U000e0041", "U+E0041"),
        ("one\u2028two", "U+2028"),
    ],
)
def test_names_what_is_not_plain_and_takes_it_out(text: str, why: str) -> None:
    assert why in " ".join(plain.faults(text))
    assert not list(plain.faults(plain.plain(text, 300)))


@pytest.mark.parametrize(
    "text",
    [
        "Customer's balance is < 5 EUR and > 3 EUR; the R&D team asks why.",
        "Customer reports that error E_12_4 appears on example.com at 10:30, 2*3 times.",
        "Kundin Müller-Lüdenscheidt bittet um 50 % Rückerstattung (Vertrag 12/2026).",
        "Customer asks about the [card] on file and/or the invoice.",
        "Le client n’a pas reçu l’offre « été ».",
    ],
)
def test_leaves_plain_words_alone(text: str) -> None:
    assert not list(plain.faults(text))
    assert plain.plain(text, 300) == text


def test_cuts_between_words() -> None:
    assert plain.plain("word " * 100, 24) == "word word word word."


ODD = "a\x1b[31mred\x07\u202eb\u2066c\u2069\x85d\u2028e\u200bf\x9bg\u00adh\r\ni\tj"


def test_nothing_that_steers_a_terminal_is_left_in_a_line_or_in_lines() -> None:
    assert plain.line(ODD) == "a [31mred bc d ef gh i j"
    assert plain.lines(ODD) == "a [31mred bc d\nef gh\ni\tj"
    assert plain.line("x" * 50, 10) == "xxxxxxxxx…"


@pytest.mark.parametrize("text", ["Zoë — ok", "می‌خواهم", "👩‍🔧 fine", "שלום Ana", "tab\there"])
def test_words_of_every_script_stay(text: str) -> None:
    assert plain.lines(text) == text


@pytest.mark.parametrize("value", [ODD, "\U000e0041 tag", "\ud800", "plain", "é\u00a0"])
def test_escaped_json_keeps_its_values_in_one_printable_line(value: str) -> None:
    written = plain.escaped(json.dumps({"a": value}, ensure_ascii=False))
    assert json.loads(written) == {"a": value}
    assert written.isprintable()
