import pytest

from service.stages.check import form


@pytest.mark.parametrize(
    "sentence",
    ["<a href=x>y</a>", "$$$ !!! ???", "See ![x](//a.b/c).", "Зaрлата", "p\u0430yment is due", "Send \x1b[31mred", "a\u0336b\u0337\u0336c\u0336", "QWxhZGRpbjpvcGVuIHNlc2FtZSBmb3IgdGhlIHdpbg0KQWxhZGRpbg",
     "\u202eevil", "{\"answer\": 1}", "&#x62;uy now", "p a s s w o r d please"],
)  # fmt: skip
def test_what_is_no_plain_sentence_is_told(sentence: str) -> None:
    assert form.fault(sentence, "") is not None


@pytest.mark.parametrize(
    "sentence",
    ["Open Settings > Account → Security.", "Vitamin D3 + K2 costs £9.60.", "Übergrößen kosten 5 € mehr.", "No.", "It takes 2½ hours (at most)."],
)
def test_plain_sentences_pass(sentence: str) -> None:
    assert form.fault(sentence, "") is None


def test_one_text_with_two_sentences_is_two() -> None:
    assert form.split("It costs £4. Pay now.It is due\nToday") == ["It costs £4.", "Pay now.", "It is due", "Today"]
    assert form.split("Open from 8 a.m. to 5 p.m. on Sundays.") == ["Open from 8 a.m. to 5 p.m. on Sundays."]


def test_a_number_stays_with_its_item() -> None:
    assert form.split("1. Open Settings.\n2. Choose Restore. Then wait.") == ["1. Open Settings.", "2. Choose Restore.", "Then wait."]
    assert form.split("1.") == ["1."]
