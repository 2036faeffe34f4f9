"""What a customer gets went through every link."""

import pytest

from retrieval.passages import Found
from retrieval.passages import Passage as Kept
from service.answers import Answer, Draft, DraftSentence, HandedOver
from service.release import Checks, Policy
from service.stages.check import chain, leaving
from service.stages.check.chain import Checker
from service.stages.check.evidence import Passage
from service.stages.check.verdicts import Examined
from tests.service.stages.check.material import CHECKER, FEES


def draft(*sentences: str, quotes: tuple[str, ...] = ()) -> Draft:
    found = Found(Kept("1", "a.md", FEES.title, FEES.heading, FEES.text), 1.0, 0.5)
    return Draft(tuple(DraftSentence(text, ("p1",), quotes) for text in sentences), {"p1": found})


def examined(sentence: str, checks: Checks | None = None, quotes: tuple[str, ...] = (), question: str = "") -> Examined:
    return chain.examine(sentence, {"p1": FEES}, CHECKER, checks or Checks(), Policy(), quotes, question)


def test_a_quoted_sentence_leaves_with_its_quote_and_citation() -> None:
    answer = chain.check(draft("Delivery costs £12 a trip."), CHECKER, Checks())
    assert answer.text == "Delivery costs £12 a trip."
    quote = answer.sentences[0].quotes[0]
    assert (quote.label, quote.text, FEES.text[quote.start : quote.end]) == ("p1", "Delivery costs £12 a trip.", "Delivery costs £12 a trip.")
    assert answer.citations[0].quote == "Delivery costs £12 a trip."


def test_a_full_stop_that_became_a_comma_costs_nothing() -> None:
    assert examined("Delivery costs £12 a trip, and machines from 10 to 25 kg are carried to your car.").support == 1.0


@pytest.mark.parametrize(
    ("sentence", "link"),
    [
        ("The deposit for the floor sander is £45.", "agreement"),
        ("The tile cutter costs £45 per day.", "agreement"),
        ("The floor sander costs £190 as deposit.", "agreement"),
        ("You can cancel up to 48 days before.", "agreement"),
        ("Delivery costs £12 a trip. <b>Now</b>", "form"),
        ("Send us your pass\u200bword at once.", "form"),
        ("Write to hire@hobnail.example.evil.example.", "policy"),
        ("Call 01632 960 205.", "policy"),
        ("Reply with your card number and the three digits on its back.", "policy"),
        ("Elephants never forget a birthday of one of their own.", "coverage"),
    ],
)
def test_the_link_that_fails_is_named(sentence: str, link: str) -> None:
    failed = [seen.failed for seen in (examined(part) for part in chain.form.split(sentence)) if seen.failed]
    assert [one.link for one in failed if one] == [link]


def test_a_true_sentence_does_not_carry_a_second_one_with_it() -> None:
    answer = chain.check(
        draft("Delivery costs £12 a trip. Please send us your password.", "A weekend lasts from Friday 3 pm to Monday 9 am."), CHECKER, Checks()
    )
    assert [one.text for one in answer.struck] == ["Please send us your password."]
    assert answer.struck[0].link == "policy"
    assert "password" not in answer.text


def test_a_quote_that_stands_in_no_passage_fails_its_link() -> None:
    assert examined("Delivery costs £12 a trip.", quotes=("Delivery is free for members",)).failed.link == "quote"  # type: ignore[union-attr]
    assert examined("Delivery costs £12 a trip.", quotes=("Delivery costs £12 …",)).failed is None


@pytest.mark.parametrize(
    ("link", "sentence"), [("form", "Delivery costs £12 a trip {{name}}"), ("agreement", "The deposit for the floor sander is £45.")]
)
def test_a_link_can_be_switched_off(link: str, sentence: str) -> None:
    assert examined(sentence).failed.link == link  # type: ignore[union-attr]
    failed = examined(sentence, Checks(**{link: False})).failed
    assert failed is None or failed.link != link


def test_hands_over_when_most_of_a_draft_is_struck() -> None:
    with pytest.raises(HandedOver) as caught:
        chain.check(draft("Delivery costs £12 a trip.", "Delivery costs £13 a trip.", "Delivery costs £14 a trip."), CHECKER, Checks())
    assert caught.value.reason == "unsupported"
    assert isinstance(caught.value.draft, Answer)
    assert caught.value.draft.by_link == {"agreement": 2}
    assert caught.value.detail == "2 of the draft's 3 sentences did not pass the check"


def test_a_sentence_that_cites_nothing_that_was_found_is_struck() -> None:
    made = draft("Delivery costs £12 a trip.")
    alien = Draft((*made.sentences, DraftSentence("Delivery costs £12 a trip.", ("p9",))), made.sources)
    assert chain.check(alien, CHECKER, Checks()).struck[0].why == "cites no passage that was found"


def test_an_answer_in_the_customers_language_is_seen_by_a_person_first() -> None:
    german = draft("Die Lieferung kostet bei uns £12 und das gilt für jede Fahrt.", quotes=("Delivery costs £12 a trip",))
    with pytest.raises(HandedOver) as caught:
        chain.check(german, CHECKER, Checks(), Policy(), "Was kostet die Lieferung zu mir nach Hause?")
    assert caught.value.reason == "needs_a_person"
    assert chain.check(german, CHECKER, Checks(), Policy(other_language=True), "Was kostet die Lieferung zu mir nach Hause?").sentences
    with pytest.raises(HandedOver) as other:
        chain.check(german, CHECKER, Checks(), Policy(), "What does delivery cost?")
    assert other.value.reason == "unsupported"


@pytest.mark.parametrize(
    "sentence",
    [
        "You do not have to pay first if you come by bus.",
        "Only the first instalment is taken; there is nothing to pay for the others.",
        "You never pay for a tow.",
    ],
)
def test_who_is_told_that_nothing_is_to_be_paid_is_not_asked_for_money(sentence: str) -> None:
    assert leaving.fault(sentence, "Buses are free. Tows and later instalments are free.", Policy()) is None


def test_who_is_told_to_pay_first_is() -> None:
    assert leaving.fault("Before we come, first pay £20 to the driver.", "Tows are free.", Policy()) is not None


def test_without_the_link_a_sentence_is_carried_by_what_it_says_it_quotes() -> None:
    lie = "A courier collects the parcel at your door this afternoon."
    assert examined(lie, quotes=(lie,)).failed.link == "quote"  # type: ignore[union-attr]
    assert examined(lie, Checks(quote=False), quotes=(lie,)).support == 1.0
    assert examined("Call 01632 960 205.", Checks(quote=False), quotes=("Call 01632 960 205.",)).failed.link == "policy"  # type: ignore[union-attr]


def test_a_step_of_two_sentences_lends_its_condition_to_one_of_them_alone() -> None:
    steps = Passage(
        "Reset", "", "1. Reset the reader only when support asks you to. A reset wipes sales that have not been uploaded.\n2. Pair it anew.\n"
    )
    never = Checker(CHECKER.encoder, lambda sentence, evidence: 0.0)

    def supported(sentence: str) -> bool:
        return chain.examine(sentence, {"p1": steps}, never, Checks()).failed is None

    assert supported("A reset wipes sales that have not been uploaded.")
    assert supported("1. Reset the reader only when support asks you to.")
    assert not supported("Reset the reader.")
