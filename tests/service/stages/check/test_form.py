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


def test_a_number_to_call_behind_a_question_is_a_sentence_where_the_passages_have_it() -> None:
    assert form.fault("030-5550118.", "Bel 030 555 0118.") is None
    assert form.fault("030-5550119.", "Bel 030 555 0118.")


@pytest.mark.parametrize("text", ["Ring senest kl. 18.30 på tlf. 44 55 66 77.", "Siehe Abs. 3 der Regeln.", "Use ext. 204 at night."])
def test_a_short_word_before_a_number_ends_no_sentence(text: str) -> None:
    assert form.split(text) == [text]
