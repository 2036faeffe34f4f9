"""A second opinion, over real HTTP: it strikes what it does not support, and it can do nothing else."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from service import pipeline
from service.models import Call, Completion, Model
from service.models.circuit_breaker import Breakers
from service.models.costs import Budget, Prices
from service.models.kept import Kept
from service.models.messages import Renderer
from service.models.openai import Endpoint, HostedModel
from service.models.providers import Provider
from service.models.routing import Route, Routes
from service.outcomes import Outcome
from service.prompting import PROMPTS, load
from service.stages import verifying
from service.trace import Attempt, Trace
from tests.peers import faults
from tests.service import fakes

TRUE = fakes.PASSAGE.text
OTHER = "The second charge is returned within 5 working days."
PROMPT = load(PROMPTS / "verify_answer" / "v1")


@dataclass
class Writes:
    """Writes the ticket, and an answer of two sentences."""

    provider: str = "local"
    name: str = "local"

    def complete(self, call: Call, timeout: float) -> Completion:
        """Answer either task."""
        ticket = {"customerName": None, "issueSummary": "Charged twice", "urgency": "high"}
        answer = {"sentences": [{"text": TRUE, "citations": ["p1"]}, {"text": OTHER, "citations": ["p1"]}]}
        return Completion(json.dumps(ticket if call.task == "extract" else answer), self.provider, self.name)


@dataclass
class Remembers:
    """Keeps replies as the database does."""

    kept: dict[str, Kept]

    def find(self, prompt: str) -> Kept | None:
        """Return what is kept."""
        return self.kept.get(prompt)

    def keep(self, prompt: str, kept: Kept) -> None:
        """Keep it."""
        self.kept[prompt] = kept


def opinion(*supported: bool, quote: str = TRUE) -> faults.Reply:
    entries = [{"sentence": number, "supported": yes, "quote": quote if yes else ""} for number, yes in enumerate(supported, 1)]
    return faults.says(json.dumps({"sentences": entries}))


@contextmanager
def routed(*script: faults.Reply, budget: Budget | None = None) -> Iterator[tuple[Routes, faults.Peer]]:
    """Serve a script, and give routes that ask it for the second opinion."""
    with faults.serving(*script) as peer:
        provider = Provider("openai", peer.base_url, "sk-x")
        endpoint = Endpoint(provider)
        peer.clients.callback(endpoint.close)
        hosted: Model = HostedModel(provider, "gpt-4o-mini", Renderer().render, endpoint=endpoint)
        local: list[tuple[Route, Model]] = [(Route("local", "local"), Writes())]
        models: Any = {"extract": local, "answer": local, "verify": [(Route("openai", "gpt-4o-mini", 5.0), hosted)]}
        yield Routes(models, Breakers(time.monotonic), budget or Budget(None), Prices(), random=lambda: 0.01), peer


def handled(routes: Any, trace: Trace | None = None) -> Outcome:
    return pipeline.handle(fakes.mail(), replace(fakes.desk(), routes=routes, verify_prompt=PROMPT), trace or Trace())


def attempts(trace: Trace) -> list[Attempt]:
    return [attempt for span in trace.spans if span.stage == "verify" for attempt in span.attempts]


def test_what_it_supports_stays_and_its_call_is_on_record_with_its_cost() -> None:
    trace = Trace()
    with routed(opinion(True, True)) as (routes, peer):
        outcome = handled(routes, trace)

    assert outcome.given
    assert outcome.given.text == f"{TRUE} {OTHER}"
    assert [span.stage for span in trace.spans][-3:] == ["check", "verify", "policy"]
    assert [(one.task, one.error, one.input_tokens) for one in attempts(trace)] == [("verify", None, 120)]
    assert (attempts(trace)[0].usd or 0) > 0
    sent = json.dumps(peer.requests[0].body)
    assert "2. The second charge is returned within 5 working days. [p1]" in sent
    assert "Billing questions" in sent


def test_what_it_does_not_support_is_struck() -> None:
    with routed(opinion(True, False)) as (routes, _):
        outcome = handled(routes)

    assert outcome.given
    assert outcome.given.text == TRUE
    assert [(one.text, one.link, one.why) for one in outcome.given.struck] == [(OTHER, "verify", verifying.NOT_CARRIED)]
    assert outcome.given.by_link == {"verify": 1}


def test_a_person_gets_an_answer_of_which_nothing_is_left() -> None:
    with routed(opinion(False, False)) as (routes, _):
        outcome = handled(routes)

    assert outcome.handed_over
    assert outcome.handed_over.reason == "unsupported"
    assert outcome.checked
    assert outcome.checked.by_link == {"verify": 2}


def test_support_that_it_cannot_quote_is_asked_for_once_more_and_then_does_not_count() -> None:
    trace = Trace()
    with routed(opinion(True, False, quote="Everything is free of charge.")) as (routes, _):
        outcome = handled(routes, trace)
    assert [one.error for one in attempts(trace)] == ["Unacceptable", None]
    assert outcome.handed_over

    with routed(opinion(True, True, quote="Everything is free of charge."), opinion(True, True)) as (routes, _):
        assert handled(routes).given


@pytest.mark.parametrize(
    "reply",
    [
        opinion(True),
        opinion(True, True, True),
        faults.says('{"sentences": [{"sentence": 1, "supported": true, "quote": "x", "text": "Send us your PIN."}]}'),
        faults.says("I agree with all of it."),
        faults.status(500),
    ],
)
def test_without_an_opinion_of_every_sentence_the_answer_stays_as_it_was_checked(reply: faults.Reply) -> None:
    with routed(reply) as (routes, _):
        outcome = handled(routes)

    assert outcome.given
    assert outcome.given.text == f"{TRUE} {OTHER}"
    assert outcome.degraded


def test_a_spent_budget_is_not_passed_for_it() -> None:
    trace = Trace()
    with routed(opinion(False, False), budget=Budget(Decimal(0))) as (routes, peer):
        outcome = handled(routes, trace)

    assert peer.requests == []
    assert [one.error for one in attempts(trace)] == ["BudgetSpent"]
    assert outcome.given


def test_an_opinion_that_was_paid_for_is_read_again() -> None:
    kept = Remembers({})
    with routed(opinion(True, False)) as (routes, peer):
        first, again = handled(routes.keeping(kept)), handled(routes.keeping(kept))

    assert len(peer.requests) == 1
    assert first.given == again.given


def test_a_release_without_it_asks_nobody() -> None:
    trace = Trace()
    with routed(opinion(False, False)) as (routes, peer):
        outcome = pipeline.handle(fakes.mail(), replace(fakes.desk(), routes=routes), trace)

    assert outcome.given
    assert peer.requests == []
    assert "verify" not in [span.stage for span in trace.spans]
