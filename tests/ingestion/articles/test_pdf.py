import pytest

from ingestion.articles import notes, pdf
from ingestion.articles.blocks import Parsed, Unreadable
from tests.ingestion.articles import drawn_pdfs
from tests.ingestion.articles.drawn_pdfs import Words, drawn, lines


def texts(parsed: Parsed) -> list[str]:
    return [block.text for block in parsed.blocks]


def test_columns_are_read_one_after_the_other() -> None:
    first, second = texts(pdf.parse(drawn_pdfs.two_columns()))
    assert first == "Refunds go back to the card that was used. They take five working days from the day we send them."
    assert second.startswith("Payouts go to your bank account.")


@pytest.mark.parametrize("table", [drawn_pdfs.table, drawn_pdfs.ruled_table])
def test_a_table_has_rows_under_its_heads_with_or_without_lines(table: object) -> None:
    assert callable(table)
    rows = [block for block in pdf.parse(table()).blocks if block.kind == "row"]
    assert [row.text for row in rows] == ["| Solo | 1.4 % | 1.9 % |", "| Team | 1.1 % | 1.6 % |", "| Studio | 0.9 % |  |"]
    assert {row.head for row in rows} == {"| Plan | UK | EU |\n|---|---|---|"}


def test_a_cell_of_two_lines_is_one_cell() -> None:
    cells = [("Plan", "Fee"), ("Solo", "1 % a"), ("", "payment"), ("Team", "2 %")]
    page = [Words(x, 700 - 14 * at, text) for at, row in enumerate(cells) for x, text in zip((72, 200), row, strict=True) if text]
    assert texts(pdf.parse(drawn([page]))) == ["| Solo | 1 % a payment |", "| Team | 2 % |"]


def test_the_mark_of_a_footnote_brings_its_note_and_never_joins_the_price() -> None:
    assert texts(pdf.parse(drawn_pdfs.footnote()))[0].startswith("The Solo plan costs £12 (plus VAT of 20 %) a month, the reader £29.")


def test_running_heads_and_page_numbers_are_told_and_not_read() -> None:
    parsed = pdf.parse(drawn_pdfs.running_heads())
    assert "from the day it is bought and can be used in parts." in " ".join(texts(parsed))
    assert not any("Handbook" in text or "Page" in text for text in texts(parsed))
    assert "running head: Mossbell Handbook 2026" in parsed.left_out


def test_broken_words_are_whole_and_keep_a_hyphen_of_their_own() -> None:
    assert texts(pdf.parse(drawn_pdfs.hyphenated())) == [
        "You can change the cancellation window of every service. A two-step login is self-service and can be set up in a minute."
    ]


def test_larger_letters_are_headings_whatever_they_end_with() -> None:
    parsed = pdf.parse(drawn_pdfs.headings())
    assert parsed.title == "Deposits"
    assert [block.headings for block in parsed.blocks] == [("Deposits",), ("Deposits", "When is it kept?"), ("Deposits", "How much can it be.")]


def test_steps_that_wrap_stay_steps() -> None:
    assert texts(pdf.parse(drawn_pdfs.steps()))[1] == "1. Hold the button for five seconds till the light blinks."


def test_a_page_without_text_beside_others_is_named() -> None:
    parsed = pdf.parse(drawn([lines(["The first page has words enough."]), []]))
    assert parsed.left_out == ("page 2 has no text, as a scanned page has not",)


def test_a_damaged_file_is_refused() -> None:
    with pytest.raises(Unreadable, match="not a PDF that can be read"):
        pdf.parse(drawn_pdfs.table()[:200])


@pytest.mark.parametrize("name", drawn_pdfs.TEN)
def test_no_private_sign_of_a_reader_is_left_in_a_text(name: str) -> None:
    parsed = pdf.parse(drawn_pdfs.TEN[name]())
    assert not set(notes.marked("")) & set("".join([parsed.title, *texts(parsed)]))
