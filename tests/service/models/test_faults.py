"""Every fault of a provider, over real HTTP: each ends in a valid ticket within the deadline, and the attempts tell why."""

import json
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from service.models import Call, Completion, Model, Unacceptable
from service.models.circuit_breaker import Breakers
from service.models.costs import Budget, Prices
from service.models.messages import Renderer
from service.models.openai import Endpoint, HostedModel
from service.models.providers import Provider
from service.models.routing import Route, Routed, Routes
from service.tickets import Ticket
from service.trace import Attempt
from tests.peers import faults
from tests.peers.material import GOOD, extract_call

CALL = extract_call()
OF_LOCAL = '{"customerName": null, "issueSummary": "Customer cannot log in.", "urgency": "high"}'


@dataclass
class Local:
    """Stands in for the local model: always there, always valid."""

    provider: str = "local"
    name: str = "local"

    def complete(self, call: Call, timeout: float) -> Completion:
        return Completion(OF_LOCAL, self.provider, self.name)


def accept(completion: Completion) -> Ticket:
    try:
        ticket = Ticket.model_validate_json(completion.text)
    except ValidationError as exc:
        raise Unacceptable(str(exc)) from exc
    if ticket.customer_name and not re.search(rf"\b{re.escape(ticket.customer_name)}\b", CALL.prompt.material.text):
        raise Unacceptable(f"customerName {ticket.customer_name!r} is not in the email")
    return ticket


def routes(peer: faults.Peer, timeout_s: float, breakers: Breakers | None = None) -> Routes:
    provider = Provider("openai", peer.base_url, "sk-x")
    endpoint = Endpoint(provider)
    peer.clients.callback(endpoint.close)
    models: list[tuple[Route, Model]] = [
        (Route("openai", "gpt-4o-mini", timeout_s), HostedModel(provider, "gpt-4o-mini", Renderer().render, endpoint=endpoint)),
        (Route("local", "local"), Local()),
    ]
    return Routes({"extract": models}, breakers or Breakers(time.monotonic), Budget(None), Prices(), random=lambda: 0.01)


def ask(peer: faults.Peer, timeout_s: float = 5.0, seconds: float = 20.0) -> tuple[Routed[Ticket], list[str | None]]:
    attempts: list[Attempt] = []
    routed = routes(peer, timeout_s).complete(CALL, accept, attempts.append, time.monotonic() + seconds)
    assert (routed.completion.provider == "local") == routed.degraded == (attempts[-1].provider == "local")
    assert attempts[-1].error is None
    return routed, [one.error for one in attempts[:-1]]


def named(name: str | None) -> faults.Reply:
    return faults.says(json.dumps({"customerName": name, "issueSummary": "Customer cannot log in.", "urgency": "high"}))


PASSING = [408, 409, 429, 500, 502, 503, 529]
LASTING = {400: "Refused", 401: "Misconfigured", 403: "Misconfigured", 404: "Misconfigured"}


@pytest.mark.parametrize("code", PASSING)
def test_a_passing_trouble_is_got_over(code: int) -> None:
    with faults.serving(faults.status(code), faults.says(GOOD)) as peer:
        routed, errors = ask(peer)
    assert routed.value.customer_name == "Ana López"
    assert errors == ["RateLimited" if code == 429 else "Unavailable"]


@pytest.mark.parametrize("code", PASSING)
def test_trouble_that_stays_is_left_to_local(code: int) -> None:
    with faults.serving(faults.status(code)) as peer:
        routed, errors = ask(peer)
    assert routed.degraded
    assert errors == ["RateLimited" if code == 429 else "Unavailable"] * 3


@pytest.mark.parametrize(("code", "error"), LASTING.items())
def test_what_will_never_do_is_asked_once(code: int, error: str) -> None:
    with faults.serving(faults.status(code)) as peer:
        routed, errors = ask(peer)
    assert routed.degraded
    assert errors == [error]


def test_retry_after_is_waited_for_and_one_beyond_the_deadline_is_not() -> None:
    with faults.serving(faults.status(429, retry_after="0.2"), faults.says(GOOD)) as peer:
        assert not ask(peer)[0].degraded
    with faults.serving(faults.status(429, retry_after="3600")) as peer:
        routed, errors = ask(peer)
    assert routed.degraded
    assert errors == ["RateLimited"]


@pytest.mark.parametrize("fault", [faults.hangs_before_headers, faults.hangs_mid_body, faults.drips(GOOD), faults.drips_headers])
def test_a_provider_that_takes_for_ever_is_left_to_local_in_time(fault: faults.Reply) -> None:
    with faults.serving(fault) as peer:
        routed, errors = ask(peer, timeout_s=0.3, seconds=0.8)
    assert routed.degraded
    assert set(errors) <= {"TimedOut", "OutOfTime"}
    assert errors[0] == "TimedOut"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.cut_mid_body, "Unavailable"),
        (faults.hangs_up, "Unavailable"),
        (faults.raw(b"<html>try later</html>", "text/html"), "Garbled"),
        (faults.raw(b'{"choices": '), "Garbled"),
    ],
)
def test_a_broken_reply_is_asked_for_again(fault: faults.Reply, error: str) -> None:
    with faults.serving(fault, faults.says(GOOD)) as peer:
        routed, errors = ask(peer)
    assert not routed.degraded
    assert errors == [error]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.says("x" * 10_000_000), "TooLarge"),
        (faults.raw(b"\xff\xfe"), "NotUtf8"),
        (faults.says(""), "Empty"),
        (faults.says(GOOD, "length"), "CutOff"),
        (faults.says(GOOD, "content_filter"), "Filtered"),
        (faults.says(None, refusal="no"), "Declined"),
        (faults.says(None, "tool_calls", tool_calls=[{}]), "CalledTool"),
    ],
)
def test_an_answer_that_is_none_is_left_to_local(fault: faults.Reply, error: str) -> None:
    with faults.serving(fault) as peer:
        routed, errors = ask(peer)
    assert routed.degraded
    assert errors == [error]


@pytest.mark.parametrize(
    "wrong",
    [
        faults.says("I think the customer is Ana."),
        faults.says('{"customerName": "Ana López", "issueSummary": 7, "urgency": "high"}'),
        faults.says('["Ana López"]'),
        faults.says('{"customerName": "Ana López", "issueSummary": "She cannot log in.", "urgency": "high", "mood": "cross"}'),
        faults.says('{"customerName": "Ana López", "issueSummary": "She cannot log in."}'),
        named("Maria Gonzales"),
    ],
    ids=["prose", "wrong type", "a list", "an extra key", "a missing key", "an invented name"],
)
def test_a_wrong_answer_is_sent_back_with_the_reason_and_repaired(wrong: faults.Reply) -> None:
    with faults.serving(wrong, faults.says(GOOD)) as peer:
        routed, errors = ask(peer)
    assert not routed.degraded
    assert errors == ["Unacceptable"]
    roles = [message["role"] for message in peer.requests[1].body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert "not accepted" in peer.requests[1].body["messages"][3]["content"]


def test_a_model_that_insists_on_inventing_is_left_to_local() -> None:
    with faults.serving(named("Maria Gonzales"), named("Mario Gonzales"), named("Marius Gonzales")) as peer:
        routed, errors = ask(peer)
    assert routed.degraded
    assert routed.value.customer_name is None
    assert errors == ["Unacceptable"] * 3


@pytest.mark.parametrize("text", [f"```json\n{GOOD}\n```", f"```\n{GOOD}\n```", f"Sure!\n{GOOD}\nBye.", f"<think>hm, {{}}</think>{GOOD}"])
def test_json_in_a_fence_or_in_words_is_found(text: str) -> None:
    with faults.serving(faults.says(text)) as peer:
        routed, errors = ask(peer)
    assert (routed.value.customer_name, errors) == ("Ana López", [])


def test_thirty_two_mails_at_once_over_a_flapping_provider_all_get_a_ticket() -> None:
    good, bad = faults.says(GOOD), faults.status(503)
    with faults.serving(*[good, bad, named("Nobody Here"), faults.hangs_up] * 16, good) as peer:
        shared = routes(peer, 5.0)

        def one(_: int) -> tuple[str, bool, bool]:
            attempts: list[Attempt] = []
            routed = shared.complete(CALL, accept, attempts.append, time.monotonic() + 30)
            return routed.completion.provider, routed.degraded, attempts[-1].error is None

        with ThreadPoolExecutor(32) as pool:
            outcomes = Counter(pool.map(one, range(32)))
    assert outcomes.keys() <= {("openai", False, True), ("local", True, True)}
    assert outcomes.total() == 32


def test_a_killed_provider_is_left_alone_and_found_again_when_it_is_back() -> None:
    class Clock:
        now = 0.0

        def __call__(self) -> float:
            return self.now

    clock = Clock()
    breakers = Breakers(clock)
    with faults.serving(*[faults.hangs_up] * 5, faults.says(GOOD)) as peer:
        shared = routes(peer, 5.0, breakers)
        degraded = [shared.complete(CALL, accept, lambda attempt: None, time.monotonic() + 20).degraded for _ in range(4)]
        assert degraded == [True] * 4
        assert len(peer.requests) == 5
        clock.now = 31.0
        assert not shared.complete(CALL, accept, lambda attempt: None, time.monotonic() + 20).degraded
    assert breakers.states() == {("openai", "gpt-4o-mini"): "closed"}
