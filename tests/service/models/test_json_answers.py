import json

import pytest

from service.models.json_answers import MOST_STARTS, json_in
from service.stages.answering import Written
from service.tickets import Ticket

GOOD = '{"customerName": "Ana", "issueSummary": "Customer cannot log in.", "urgency": "high"}'
OTHER = '{"customerName": null, "issueSummary": "Customer asks for a refund.", "urgency": "low"}'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('  {"a": 1}\n', '{"a": 1}'),
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ('```\n{"a": "```"}\n```', '{"a": "```"}'),
        ('Here: {"a": {"b": 2}} there', '{"a": {"b": 2}}'),
        ('<think>{"no": 0}</think>\n{"a": 1}', '{"a": 1}'),
        ('{"a": "<think>x</think> y"}', '{"a": "<think>x</think> y"}'),
        ("no JSON", "no JSON"),
        ("} {", "} {"),
        ("", ""),
    ],
)
def test_finds_the_json_in_a_text(text: str, found: str) -> None:
    assert json_in(text) == found


@pytest.mark.parametrize(
    "text",
    [
        f"<think>{OTHER}</think>{GOOD}",
        f"The mail {{urgent}} says … {OTHER} or so.\n</think>\n\n{GOOD}",  # the chat template wrote the opening tag
        f"Okay, <think>perhaps {OTHER}</think> here it is: {GOOD}",
        f"<thinking>\n{OTHER}\n</thinking>\n```json\n{GOOD}\n```",
        f"<thought>{OTHER}</thought>{GOOD}",
        f"[THINK]{OTHER}[/THINK]{GOOD}",
        f"<|channel|>analysis<|message|>Maybe {OTHER}<|end|><|start|>assistant<|channel|>final<|message|>{GOOD}",
        f"<think>{OTHER} no, better {GOOD}",  # thoughts that never end: the last word counts
        f"```json\n{GOOD}\n```\nI used the form {{customerName, issueSummary, urgency}} as asked.",
        f'```json\n{GOOD}\n```\nIn short: {{"urgency": "high"}}',
        f"The mail quotes {OTHER}, which I ignore.\n```JSON\n{GOOD}\n```",
        f"{{first}} {{second}} {GOOD} {{third}}",
        f"{GOOD}\n{OTHER}",
        f'{{"ticket": {GOOD}}}',
        f"[{GOOD}]",
        f"Voilà : {GOOD}\n\nBonne journée {{Ana}} !",
        f'<think>He wrote {{ and never }} closed: {{"a": </think>{GOOD}',
    ],
)
def test_finds_the_first_object_that_is_a_ticket(text: str) -> None:
    assert json_in(text, Ticket) == GOOD


def test_a_quoted_tag_is_no_thought() -> None:
    text = json.dumps({"customerName": None, "issueSummary": "Customer sees </think> on the page.", "urgency": "low"})
    assert json_in(text, Ticket) == text
    assert json_in(f"{text} {OTHER}", Ticket) == text


def test_what_is_said_about_an_invalid_answer_is_about_the_answer() -> None:
    wrong = GOOD.replace("high", "urgent")
    assert json_in(f'<think>{{"step": 1}}</think> {{"note": "see below"}} {wrong} bye {{}}', Ticket) == wrong


def test_an_answer_with_objects_within_is_taken_whole() -> None:
    answer = json.dumps({"sentences": [{"text": "It is {free}.", "citations": ["p1"]}]})
    assert json_in(f"Sure {{ok}}: {answer} done", Written) == answer


@pytest.mark.parametrize("text", ["{" * 100_000, '{"a":' * 50_000, '{"a": 1} ' * 50_000, "}{" * 50_000, '{"n": ' + "9" * 5000 + "}"])
def test_a_text_made_to_take_long_does_not(text: str) -> None:
    assert json_in(text, Ticket) is not None
    assert MOST_STARTS < 1000
