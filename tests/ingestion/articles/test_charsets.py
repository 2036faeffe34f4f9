import pytest

from ingestion.articles import charsets
from ingestion.articles.blocks import Unreadable


@pytest.mark.parametrize(
    ("text", "charset", "statement"),
    [
        ("Выплата приходит за два дня.", "windows-1251", '<meta charset="windows-1251">'),
        ("Příliš vysoký poplatek vrátíme.", "iso-8859-2", '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">'),
        ("返金は五日かかります。①", "cp932", "<meta charset=Shift_JIS>"),
        ("返金は五日かかります。", "iso2022_jp", "<meta charset='iso-2022-jp'>"),
        ("환불은 5일 걸립니다.", "cp949", '<?xml version="1.0" encoding="euc-kr"?>'),
        ("退款需要五天。", "gbk", "<META CHARSET=GB2312>"),
    ],
)
def test_a_page_is_read_in_the_charset_it_states(text: str, charset: str, statement: str) -> None:
    assert text in charsets.decode((statement + text).encode(charset))


def test_utf_8_wins_over_a_statement_that_was_forgotten() -> None:
    assert "Gebühr" in charsets.decode(b"<meta charset=iso-8859-1>" + "Gebühr".encode())


def test_a_charset_that_nobody_stated_is_guessed_where_letters_are_foreign() -> None:
    text = "Выплата приходит за два рабочих дня. Если её нет, напишите нам, и мы проверим."
    assert charsets.decode(text.encode("windows-1251")) == text


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"])
def test_wide_text_is_read_with_and_without_a_mark(charset: str) -> None:
    assert charsets.decode("You pay 1.4 % of every payment.".encode(charset)) == "You pay 1.4 % of every payment."


def test_control_signs_within_text_are_dropped() -> None:
    assert charsets.decode(b"You pay 1.4 % of every payment.\x00\x08 No more.") == "You pay 1.4 % of every payment. No more."


@pytest.mark.parametrize("raw", [bytes(range(256)) * 4, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00"])
def test_binary_data_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable, match="binary"):
        charsets.decode(raw)
