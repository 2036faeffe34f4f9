import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text import domains, plain


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
        ("Customer was sent to evil-login.com to pay.", "domain"),
        ("Log in at evil.com:8080 now.", "domain"),
        ("The shop is EVIL.Co.Uk.", "domain"),
        ("See (sub.evil.rocks), please", "domain"),
        ("Pay at ...evil.com", "domain"),
        ("Pay at -evil.com", "domain"),
        ("Pay at e.g.evil.com", "domain"),
        ("Pay at _evil.com", "domain"),
        ("Pay at evil。com", "domain"),
        ("Pay at münchen.de", "domain"),
        ("Pay at пример.рф", "domain"),
        ("Pay at xn--e1afmkfd.xn--p1ai", "domain"),
        ("Short t.co now", "domain"),
        ("Customer wants mail at ana@example.com.", "address"),
        ("Customer wants mail at o'brien+x@mail.example.", "address"),
        ("Customer asks for *help*.", "markup"),
        ("Customer is *very (very) angry!*", "markup"),
        ("Customer asks for _help_.", "markup"),
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
        "Customer reports that error E_12_4 appears on shop.example at 10:30, 2*3 times.",
        "Kundin Müller-Lüdenscheidt bittet um 50 % Rückerstattung (Vertrag 12/2026).",
        "Customer asks about the [card] on file and/or the invoice.",
        "The export.zip, invoice.pdf, report.docx, README.md and run.sh do not open; Node.js v2.1 and ASP.NET fail, e.g.in tests.",
        "Open 9.30.am to 5.pm, i.e. 8 hours; 12.kg of St.Gallen cheese, U.S. size 4.5, 1.299,00 EUR, done.Please.",
        "Rated 4* and 5*, terms (*) apply (*), 2 * 3 * 4, * as above, snake_case_name, _id and __ stay.",
        "Customer follows @mossbell and asks at 5 pm @ the counter.",
        "Le client n’a pas reçu l’offre « été ».",
    ],
)
def test_leaves_plain_words_alone(text: str) -> None:
    assert not list(plain.faults(text))
    assert plain.plain(text, 300) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They were charged twice.it was on Monday", "They were charged twice. it was on Monday"),
        ("Go to evil.com.it or evil.com:8080, says bo@evil.com.", "Go to a link or a link, says an address."),
        ("*Urgent:* the _new_ card", "Urgent: the new card"),
        ("ev\u200bil.com and evil`.`com", "a link and a link"),
    ],
)
def test_calls_a_domain_a_link_and_parts_sentences(text: str, expected: str) -> None:
    assert plain.plain(text, 300) == expected


@given(st.text(alphabet="ab.c@*_-:/`é。 \u200bomit1", max_size=60))
def test_nothing_is_left_to_find_in_what_was_made_plain(text: str) -> None:
    assert not list(plain.faults(plain.plain(text, 300)))


@pytest.mark.parametrize("piece", ["a.", "a-", "a--", "_a", "a@", "*a ", "-a.", "a.com ", "。a"])
def test_time_is_linear(piece: str) -> None:
    def seconds(times: int) -> float:
        took = []
        for _ in range(3):
            began = time.process_time()
            list(plain.faults(piece * times))
            plain.plain(piece * times, 300)
            took.append(time.process_time() - began)
        return min(took)

    assert seconds(8_000) < 24 * max(seconds(1_000), 0.005)


def test_the_endings_are_those_of_the_root_zone() -> None:
    lines = domains.ENDINGS.read_text("ascii").splitlines()
    assert lines[0].startswith("# ")
    assert len(lines) > 1_000
    assert {"com", "de", "xn--p1ai"} <= set(lines)
    assert all(line == line.lower().strip() for line in lines[1:])


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
