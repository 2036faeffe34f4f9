"""What hosted models are told of how a customer is reached: nothing, unless a release says otherwise."""

from typing import Any, cast

import pytest

from ingestion.mail import message
from retrieval.passages import Found, Passage
from service import bootstrap, release
from service.models import Call
from service.models.messages import Renderer
from service.prompting import PROMPTS, Prompt, Readable, load
from service.questions import Question, label
from service.release import Privacy, Release
from service.screening import screening
from service.stages.answering import Written
from service.tickets import Ticket

RAW = b"""From: Ana Lopez <ana.lopez@x.example>
To: help@y.example
Subject: Call +44 7700 900123

Hello, write to ana@home.example or ring 07700 900456. I come from 203.0.113.77.

--
Ana, phone 020 7946 0018
"""
SECRET = ["ana.lopez@x", "ana@home", "7700 900", "203.0.113", "7946 0018"]
PASSAGE = Passage("a1", "contact.md", "Contact", "Write", "Write to billing@company.example or call +44 20 7946 0999.")


def written(renderer: Renderer, call: Call) -> str:
    return "\n".join(one.content for one in renderer.render(call).messages)


def calls() -> list[Call]:
    screened = screening.screen(message.parse(RAW))
    question = Question(
        Readable(screened.text), label((Found(PASSAGE, 0.7, 0.7),)), (screened.text,), whole=Readable(f"From: ana@home.example\n{screened.text}")
    )
    prompts = [load(PROMPTS / name / "v1") for name in ("extract_ticket", "answer_ticket")]
    return [Call("extract", Prompt(prompts[0], screened), Ticket), Call("answer", Prompt(prompts[1], question), Written)]


@pytest.mark.parametrize("number", [0, 1])
def test_a_hosted_model_is_not_told_how_a_customer_is_reached_and_gets_the_companys_own_contacts(number: int) -> None:
    shown, hidden = (written(Renderer(examples=0, hides_contacts=hides), calls()[number]) for hides in (False, True))
    assert any(one in shown for one in SECRET)
    assert [one for one in SECRET if one in hidden] == []
    assert "[phone" in hidden
    assert ("billing@company.example" in hidden, "+44 20 7946 0999" in hidden) == ((number == 1),) * 2


@pytest.mark.parametrize(("contacts", "hides"), [("kept", False), ("hosted", True), ("always", True)])
def test_a_release_says_who_reads_contacts(contacts: Any, hides: bool) -> None:
    encoder: Any = type("NoEncoder", (), {"name": "n", "encode": None})()
    made = bootstrap.renderer(encoder, cast(Any, None), Privacy(contacts=contacts))
    assert made._hides_contacts is hides
    assert bootstrap.renderer(encoder, cast(Any, None))._hides_contacts is True


def test_always_takes_them_out_for_the_local_model_as_well() -> None:
    screened = screening.screen(message.parse(RAW), contacts=True)
    assert "[email]" in screened.text
    assert "[phone 2]" in screened.text
    assert screening.screen_question("Ring 07700 900456?", contacts=True).raw_text == "Ring [phone]?"


def test_the_new_field_leaves_the_seals_of_earlier_releases_as_they_were() -> None:
    pins = {name: {"name": name, "version": "v1"} for name in ("extract_prompt", "answer_prompt")}
    made = Release.model_validate({"name": "r", **pins})
    same = made.model_copy()
    assert "privacy" not in made.model_dump(exclude_unset=True)
    digests = dict.fromkeys(pins, "0")
    assert release.seal(made, digests, "s") == release.seal(same, digests, "s")
    other = Release.model_validate({"name": "r", **pins, "privacy": {"contacts": "always"}})
    assert release.seal(other, digests, "s") != release.seal(made, digests, "s")
