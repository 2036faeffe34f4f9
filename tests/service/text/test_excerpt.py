"""A long text is read at both ends."""

from service.text import excerpt


def test_a_short_text_is_whole() -> None:
    assert excerpt.of("One. Two.") == excerpt.Excerpt("One. Two.")


def test_keeps_first_and_last_sentences_and_counts_what_is_left_out() -> None:
    text = "The first. " + "A line of a log. " * 5000 + "The last."
    read = excerpt.of(text)
    assert read.text.startswith("The first. A line")
    assert read.text.endswith("The last.")
    assert len(text) - read.left_out <= excerpt.HEAD + excerpt.TAIL


def test_cuts_a_run_without_an_end() -> None:
    assert excerpt.of("x" * 50_000).left_out == 50_000 - excerpt.HEAD - excerpt.TAIL


def test_of_what_is_no_letter_any_more_half_as_much_is_read() -> None:
    text = "The first. " + "A line of a log. " * 10_000 + "The last."
    read = excerpt.of(text)
    assert read.text.startswith("The first. A line")
    assert read.text.endswith("The last.")
    assert len(text) - read.left_out <= (excerpt.HEAD + excerpt.TAIL) // 2
