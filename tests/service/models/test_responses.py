import json
from typing import Any

import pytest

from service.models import Unusable, Usage, responses
from service.tickets import Ticket
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


ANSWER = '{"customerName": null, "issueSummary": "Customer cannot log in.", "urgency": "high"}'


def thought(reasoning: Any, content: Any = None, finish_reason: str = "stop", name: str = "reasoning_content") -> bytes:
    return json.dumps(completion(content, finish_reason, **{name: reasoning})).encode()


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
@pytest.mark.parametrize("content", [None, "", [], [{"type": "text", "text": None}]])
def test_an_answer_that_the_server_took_for_thoughts_is_an_answer(name: str, content: Any) -> None:
    draft = ANSWER.replace("high", "low")
    body = thought(f"Perhaps {draft}. No: nobody can log in. So {ANSWER}", content, name=name)
    assert responses.read(body, Ticket)[0] == ANSWER


@pytest.mark.parametrize(
    "body", [thought("I think {it} is high"), thought(ANSWER[:-9]), thought(ANSWER, finish_reason="length"), thought({"odd": 1})]
)
def test_thoughts_alone_are_no_answer(body: bytes) -> None:
    with pytest.raises(Unusable):
        responses.read(body, Ticket)


def test_a_text_goes_before_thoughts() -> None:
    assert responses.read(thought(ANSWER, "{}"), Ticket)[0] == "{}"


def test_a_byte_order_mark_is_no_part_of_a_reply() -> None:
    assert responses.read(b"\xef\xbb\xbf" + json.dumps(completion("{}")).encode())[0] == "{}"


@pytest.mark.parametrize(
    ("reported", "usage"),
    [
        # what the cache gave, within prompt_tokens
        ({"prompt_tokens": 2000, "completion_tokens": 50, "total_tokens": 2050, "prompt_tokens_details": {"cached_tokens": 1500}}, (2000, 1500, 50, None)),
        ({"prompt_tokens": 2000, "completion_tokens": 50, "total_tokens": 2050, "prompt_cache_hit_tokens": 1500, "prompt_cache_miss_tokens": 500},
         (2000, 1500, 50, None)),
        ({"prompt_tokens": 2000, "completion_tokens": 50, "total_tokens": 2050, "cached_tokens": 1500}, (2000, 1500, 50, None)),
        # beside them
        ({"prompt_tokens": 500, "completion_tokens": 50, "total_tokens": 2050, "prompt_tokens_details": {"cached_tokens": 1500}}, (2000, 1500, 50, None)),
        ({"prompt_tokens": 500, "completion_tokens": 50, "cache_read_input_tokens": 1500}, (2000, 1500, 50, None)),
        ({"prompt_tokens": 1800, "completion_tokens": 50, "total_tokens": 3350, "prompt_tokens_details": {"cached_tokens": 1500}}, (3300, 1500, 50, None)),
        # beside them, and the reasoning beside completion_tokens
        ({"prompt_tokens": 1600, "completion_tokens": 50, "total_tokens": 3180, "prompt_tokens_details": {"cached_tokens": 1500},
          "completion_tokens_details": {"reasoning_tokens": 30}}, (3100, 1500, 80, 30)),
        # hidden reasoning with a cache
        ({"prompt_tokens": 2000, "completion_tokens": 50, "total_tokens": 2150, "prompt_tokens_details": {"cached_tokens": 1500}}, (2000, 1500, 150, 100)),
        # what cannot be
        ({"prompt_tokens": 10**18, "completion_tokens": 5}, (None, None, None, None)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 10**18}, (10, None, 5, None)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": -3}}, (10, None, 5, None)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": "all"}}, (10, None, 5, None)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "completion_tokens_details": {"reasoning_tokens": True}}, (10, None, 5, None)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": float("inf")}, (10, None, 5, None)),
    ],
)  # fmt: skip
def test_reads_every_way_of_counting(reported: Any, usage: tuple[int | None, ...]) -> None:
    assert responses.usage(reported) == Usage(*usage)
