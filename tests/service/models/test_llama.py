"""The provider layer against a real llama.cpp server, which nobody here wrote. Its model has random weights: all it says is nonsense."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError

from service.answers import HandedOver
from service.models import Call, CutOff, Model, Refused
from service.models.circuit_breaker import Breakers
from service.models.costs import Budget, Prices
from service.models.messages import Renderer
from service.models.openai import Endpoint, HostedModel
from service.models.provider_check import check
from service.models.providers import PRESETS, Provider
from service.models.routing import Route, Routes
from service.stages import answering
from service.stages.answering import Written
from service.tickets import Ticket
from service.trace import Attempt
from tests.peers.material import answer_call, extract_call
from tests.service.models.test_faults import Local, accept

llama = pytest.importorskip("tests.peers.llama", reason="the wheels xllamacpp and gguf are not installed")


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with llama.serving(tmp_path_factory.mktemp("llama")) as url:
        endpoint = Endpoint(Provider("llamacpp", url, capabilities=PRESETS["llamacpp"].capabilities))
        yield endpoint
        endpoint.close()


def model(endpoint: Endpoint, most: int = 1500) -> HostedModel:
    # Greedy, a model of chance would repeat one letter for ever.
    return HostedModel(endpoint.provider, "random", Renderer().render, max_output_tokens=most, temperature=1.0, endpoint=endpoint)


def has_the_shape(text: str) -> bool:
    try:
        Ticket.model_validate_json(text)
    except ValidationError as exc:  # our own bounds (a blank name, more than 25 words) are not in the schema that a server enforces
        return all(fault["type"] == "value_error" for fault in exc.errors())
    return True


def test_keeps_to_the_schema_of_a_ticket(endpoint: Endpoint) -> None:
    for _ in range(5):
        completion = model(endpoint).complete(extract_call(), 20)
        assert has_the_shape(completion.text), completion.text


def test_keeps_to_the_schema_of_an_answer(endpoint: Endpoint) -> None:
    completion = model(endpoint).complete(answer_call(), 20)
    assert set(Written.model_json_schema()["properties"]) == {"sentences"}
    assert completion.text.startswith("{")
    assert '"sentences"' in completion.text


def test_counts_tokens_and_finds_the_stable_beginning_in_its_cache(endpoint: Endpoint) -> None:
    hosted = model(endpoint)
    hosted.complete(extract_call("The first mail asks for an invoice."), 20)
    usage = hosted.complete(extract_call("Quite another mail is about a broken hinge."), 20).usage
    assert usage.input
    assert usage.output
    assert usage.cached is not None
    assert usage.cached > 0.8 * usage.input


def test_streams(endpoint: Endpoint) -> None:
    stream = model(endpoint).stream(extract_call(), 20)
    pieces = list(stream)
    assert len(pieces) > 5
    assert stream.completion is not None
    assert stream.completion.text == "".join(pieces).strip()
    assert stream.completion.usage.output


def test_refuses_a_prompt_that_is_too_long(endpoint: Endpoint) -> None:
    def everything(call: Call, written: bool) -> object:
        return Renderer().render(call, written, most_tokens=100_000)

    hosted = HostedModel(endpoint.provider, "random", everything, endpoint=endpoint)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="context"):
        hosted.complete(extract_call("word " * 20_000), 20)


def test_an_answer_cut_off_is_named(endpoint: Endpoint) -> None:
    with pytest.raises(CutOff) as caught:
        model(endpoint, most=3).complete(extract_call(), 20)
    assert caught.value.usage.output == 3


def test_answers_twenty_at_once(endpoint: Endpoint) -> None:
    hosted = model(endpoint)
    with ThreadPoolExecutor(20) as pool:
        texts = list(pool.map(lambda number: hosted.complete(extract_call(f"Mail {number} cannot log in."), 60).text, range(20)))
    assert all(has_the_shape(text) for text in texts)


def test_its_nonsense_never_becomes_a_customers_name(endpoint: Endpoint) -> None:
    """Chance may leave every field null, which is valid; a name that it makes up is not."""
    hosted: list[tuple[Route, Model]] = [(Route("llamacpp", "random"), model(endpoint)), (Route("local", "local"), Local())]
    routes = Routes({"extract": hosted}, Breakers(time.monotonic), Budget(None), Prices(known_as={}))
    attempts: list[Attempt] = []
    tickets = [routes.complete(extract_call(), accept, attempts.append, time.monotonic() + 60).value for _ in range(10)]
    assert {one.customer_name for one in tickets} <= {None, "Ana López"}
    assert "Unacceptable" in {one.error for one in attempts}
    assert all(one.usd is None for one in attempts if one.provider == "llamacpp" and one.error in {None, "Unacceptable"})


def test_its_nonsense_never_cites_a_passage_that_is_not_there(endpoint: Endpoint) -> None:
    call, attempts = answer_call(), list[Attempt]()
    routes = Routes({"answer": [(Route("llamacpp", "random"), model(endpoint))]}, Breakers(time.monotonic), Budget(None), Prices(known_as={}))
    ended: list[str] = []
    for _ in range(8):
        try:
            drafted = answering.answer(call.prompt.material, call.prompt.folder, routes, attempts.append, time.monotonic() + 60)
        except HandedOver as exc:
            ended.append(exc.reason)
        else:
            ended.append("drafted")
            assert {label for one in drafted.draft.sentences for label in one.citations} <= {"p1"}
    assert len(ended) == 8
    assert "Unacceptable" in {one.error for one in attempts}


def test_check_says_what_works(endpoint: Endpoint) -> None:
    checked = check(endpoint.provider, "random", endpoint)
    assert (checked.schema, checked.valid, checked.streaming, checked.usage, checked.error) == ("strict", True, True, True, None)
