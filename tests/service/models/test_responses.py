import json
from typing import Any

import pytest

from service.models import Usage, responses
from tests.peers.faults import completion


@pytest.mark.parametrize(
    ("reported", "usage"),
    [
        (None, Usage()),
        ("many", Usage()),
        ({"prompt_tokens": -4, "completion_tokens": 1}, Usage()),
        ({"prompt_tokens": 10, "completion_tokens": 5}, Usage(10, None, 5, None)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": None, "completion_tokens_details": {}}, Usage(10, None, 5, None)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}, Usage(10, None, 5, None)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 40}, Usage(10, None, 30, 25)),
    ],
)
def test_reads_what_is_reported_and_guesses_nothing(reported: Any, usage: Usage) -> None:
    assert responses.usage(reported) == usage


def test_a_text_in_parts_is_one_text() -> None:
    parts = [{"type": "text", "text": '{"a":'}, {"type": "text", "text": " 1}"}]
    assert responses.read(json.dumps(completion(parts)).encode())[0] == '{"a": 1}'


def test_a_text_beside_a_tool_call_is_an_answer() -> None:
    body = json.dumps(completion("{}", "stop", tool_calls=[{"id": "1"}])).encode()
    assert responses.read(body)[0] == "{}"


def test_an_answer_is_not_lost_for_a_usage_that_makes_no_sense() -> None:
    body = completion("{}") | {"usage": {"prompt_tokens": "lots"}}
    assert responses.read(json.dumps(body).encode()) == ("{}", Usage())


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
    assert responses.json_in(text) == found
