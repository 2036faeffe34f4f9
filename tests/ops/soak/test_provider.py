"""The counting provider over real HTTP: what it writes down of a call, and that its replies are what a model's should be."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from ops.soak import mails, provider
from ops.soak.provider import Provider
from service.models import Unacceptable, schemas
from service.stages import answering, extraction
from service.tickets import Ticket
from tests.service.test_worker import until

PASSAGES = "# Passages\np1:\n<m>\n# Refunds\n| a | b |\n</m>\np2:\n<m>\n# Refunds\nA refund takes five working days to arrive.\n</m>\n"


@pytest.fixture
def served() -> Iterator[Provider]:
    with provider.serving(latency_s=0.0) as running:
        yield running


def ask(served: Provider, shape: Any, content: str, *complaints: str) -> str:
    tail = [message for one in complaints for message in ({"role": "assistant", "content": "x"}, {"role": "user", "content": one})]
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": content}, *tail]
    body = json.dumps({"model": "m", "messages": messages, "response_format": schemas.response_format(shape)}).encode()
    request = urllib.request.Request(f"{served.base_url}/chat/completions", body, {"Authorization": "Bearer server-0-life-2"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        text: str = json.loads(answer.read())["choices"][0]["message"]["content"]
    return text


def test_a_call_is_written_down_with_its_mail_task_caller_and_repairs(served: Provider) -> None:
    ask(served, Ticket, f"{mails.word(4)} in the text")
    ask(served, Ticket, f"{mails.word(4)} in the text", "urgency: no such word")
    ask(served, answering.Written, f"{PASSAGES}# The question\n{mails.word(12)}")
    ask(served, Ticket, "of nobody")
    assert [(*call.key, call.by) for call in served.calls] == [
        (4, "extract", 0, "server-0-life-2"), (4, "extract", 1, "server-0-life-2"), (12, "answer", 0, "server-0-life-2"), (-1, "extract", 0, "server-0-life-2"),
    ]  # fmt: skip
    until(lambda: all(call.finished and call.finished >= call.arrived for call in served.calls))  # it is noted when the caller has its reply already


def test_tickets_hold_the_contract_and_some_only_when_asked_again(served: Provider) -> None:
    assert extraction.validated(ask(served, Ticket, mails.word(1))).urgency == "medium"
    with pytest.raises(Unacceptable):
        extraction.validated(ask(served, Ticket, mails.word(provider.SHY)))
    assert extraction.validated(ask(served, Ticket, mails.word(provider.SHY), "urgency")).urgency == "medium"


def test_an_answer_says_what_a_passage_says_and_cites_it(served: Provider) -> None:
    written = answering.Written.model_validate_json(ask(served, answering.Written, f"{PASSAGES}# The question\nHow long? {mails.word(1)}"))
    assert [(one.text, one.citations) for one in written.sentences] == [("A refund takes five working days to arrive.", ["p2"])]
    assert written.sentences[0].quotes == [written.sentences[0].text]
