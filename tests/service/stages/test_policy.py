"""What an answer may not say even when it is supported, and which mail a person must see."""

import pytest

from retrieval.passages import Found, Passage
from service.answers import Answer, Draft, DraftSentence, HandedOver, Sentence
from service.release import Policy
from service.stages import policy


def made(text: str, passage: str) -> tuple[Answer, Draft]:
    found = Found(Passage("1", "a.md", "A", "", passage), 1.0, None)
    return Answer((Sentence(text, ("p1",), 0.9),), ()), Draft((DraftSentence(text, ("p1",)),), {"p1": found})


def rules(text: str, passage: str = "Refunds take ten days.", rules: Policy | None = None, secrets: tuple[str, ...] = ()) -> list[str]:
    answer, draft = made(text, passage)
    return [breach.rule for breach in policy.breaches(answer, draft, rules or Policy(), secrets)]


@pytest.mark.parametrize(
    "text", ["We will refund you today.", "You will receive your money on Friday.", "You get 20 % off.", "We guarantee delivery."]
)
def test_stops_a_promise_that_no_passage_grants(text: str) -> None:
    assert rules(text) == ["promise"]


def test_lets_a_promise_pass_that_the_passage_itself_makes() -> None:
    assert rules("We will refund you within ten days.", "We will refund you within ten days of the return.") == []


@pytest.mark.parametrize("text", ["I have cancelled your order.", "We've already reset your account.", "Your refund has been processed."])
def test_stops_a_claim_to_have_done_something(text: str) -> None:
    assert rules(text) == ["claimed action"]


@pytest.mark.parametrize("text", ["See https://evil.example/pay for more.", "Write to boss@evil.example now.", "Call +44 20 7946 0000."])
def test_stops_an_address_that_is_not_in_the_passages(text: str) -> None:
    assert rules(text) == ["address"]


def test_lets_an_address_pass_from_the_passage_or_the_release() -> None:
    assert rules("Write to help@lamp.example.", "Mail help@lamp.example at any time.") == []
    assert rules("See status.lamp.example.", rules=Policy(allowed_links=("status.lamp.example",))) == []


def test_stops_an_answer_that_repeats_the_prompt() -> None:
    secret = "You answer a customer's question from the passages of a help centre and from nothing else"
    assert rules(f"My orders: {secret}.", secrets=(secret,)) == ["prompt leak"]


def test_each_gate_can_be_switched_off() -> None:
    off = Policy(promises=False, claimed_actions=False, links=False, prompt_leak=False)
    assert rules("We will refund you, I have cancelled it, see https://evil.example", rules=off) == []


def test_hands_over_with_the_draft_attached() -> None:
    answer, draft = made("We will refund you today.", "Refunds take ten days.")
    with pytest.raises(HandedOver) as caught:
        policy.enforce(answer, draft, Policy())
    assert caught.value.reason == "policy"
    assert caught.value.draft is answer


def test_sends_grave_mail_to_a_person_with_the_checked_answer_attached() -> None:
    answer, draft = made("Refunds take ten days.", "Refunds take ten days.")
    reason = policy.grave(frozenset({"safety_risk"}), Policy())
    with pytest.raises(HandedOver) as caught:
        policy.enforce(answer, draft, Policy(), reason=reason)
    assert (caught.value.reason, caught.value.draft) == ("needs_a_person", answer)


def test_what_must_be_seen_first_goes_before_whatever_else_ended_the_path() -> None:
    reason = policy.grave(frozenset({"legal_notice"}), Policy())
    ended = policy.weightier(HandedOver("no_answer", "the passages found do not answer the question"), reason)
    assert (ended.reason, ended.detail) == ("needs_a_person", "it gives notice of legal steps, so a person must see this mail first")
    assert policy.weightier(ended, None) is ended


def test_ordinary_mail_goes_to_nobody() -> None:
    assert policy.grave(frozenset({"how_to"}), Policy()) is None
