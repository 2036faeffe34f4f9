"""A text is cut where a reader would cut it."""

import pytest

from service.text.sentences import LONGEST, MOST, split


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in split(text)]


def test_cuts_at_full_stops_questions_and_exclamations() -> None:
    assert texts("It broke. Can you help? Please!") == ["It broke.", "Can you help?", "Please!"]


@pytest.mark.parametrize(
    "text", ["Dr. Amara Nwosu called me", "see No. 5 on the list", "i.e. the small one", "gekündigt zum 31. März dieses Jahres", "J. P. Mensah"]
)
def test_does_not_cut_after_abbreviations_initials_and_ordinals(text: str) -> None:
    assert texts(text) == [text]


def test_joins_lines_that_a_mail_client_wrapped() -> None:
    wrapped = "The delivery that was promised for Tuesday has not come yet, and\nnobody answers the phone."
    assert texts(wrapped) == ["The delivery that was promised for Tuesday has not come yet, and nobody answers the phone."]


def test_keeps_list_items_and_short_lines_apart() -> None:
    assert texts("Two faults\n- the lamp\n- the fan\nKind regards\nAna") == ["Two faults", "- the lamp", "- the fan", "Kind regards", "Ana"]


def test_says_where_each_sentence_stands() -> None:
    text = "  First one.\n\nSecond   one."
    assert [text[s.start : s.end] for s in split(text)] == ["First one.", "Second   one."]


def test_cuts_a_run_without_an_end() -> None:
    assert all(len(sentence.text) <= LONGEST for sentence in split("word " * 1000))


def test_stops_after_so_many_sentences() -> None:
    assert len(split("One. " * (MOST * 2))) == MOST


@pytest.mark.parametrize("text", ["", "   \n\n ", "--- ***"])
def test_finds_nothing_where_nothing_is_said(text: str) -> None:
    assert texts(text) == []
