"""Tests of the marks in texts."""

from service.console import highlight
from service.console.highlight import Mark, Piece


def test_overlapping_marks_cut_a_text_into_pieces_that_carry_both() -> None:
    found = highlight.pieces("abcdef", [Mark(1, 4, "one", "first"), Mark(2, 6, "two", "second")])

    assert found == [
        Piece("a"),
        Piece("b", ("one",), "first"),
        Piece("cd", ("one", "two"), "first; second"),
        Piece("ef", ("two",), "second"),
    ]


def test_pieces_put_together_are_the_text() -> None:
    text = "Dear [card] and [password 2], <b>bold</b>"

    assert "".join(one.text for one in highlight.pieces(text, highlight.masked(text))) == text


def test_a_mark_outside_the_text_is_left_out() -> None:
    assert highlight.pieces("abc", [Mark(2, 9, "one", "")]) == [Piece("abc")]


def test_words_are_found_across_line_breaks() -> None:
    assert highlight.words("I was\n  charged twice", "was charged", "evidence", "") == [Mark(2, 15, "evidence", "")]


def test_what_is_not_there_is_not_marked() -> None:
    assert highlight.words("I was charged", "refunded", "evidence", "") == []
    assert highlight.words("I was charged", None, "evidence", "") == []
