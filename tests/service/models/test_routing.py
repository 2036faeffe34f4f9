import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.models import (
    AllRoutesFailed,
    Call,
    Completion,
    CutOff,
    Misconfigured,
    Model,
    ModelError,
    RateLimited,
    Refused,
    TimedOut,
    Unacceptable,
    Unavailable,
    Usage,
)
from service.models.circuit_breaker import Breakers
from service.models.costs import Budget, Override, Prices
from service.models.routing import Route, Routed, Routes
from service.trace import Attempt
from tests.peers.material import extract_call

USED = Usage(input=1000, cached=0, output=100, reasoning=0)
PRICE = Override(provider="one", model="*", since=date(2026, 1, 1), input=Decimal(1), output=Decimal(10))
COST = Decimal("0.002")  # of one call that used USED
MOST = Decimal("0.010")  # of one call that takes all that its route allows
CALL = extract_call()


class Time:
    """A clock that only sleeping and answering move."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@dataclass
class Scripted:
    """A model that says or raises what it is told, the last thing for ever."""

    provider: str
    script: Sequence[str | ModelError]
    time: Time | None = None
    takes: float = 0.0
    name: str = "m"
    calls: list[Call] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)

    def complete(self, call: Call, timeout: float) -> Completion:
        said = self.script[min(len(self.calls), len(self.script) - 1)]
        self.calls.append(call)
        self.timeouts.append(timeout)
        if self.time:
            self.time.now += min(self.takes, timeout)
        if isinstance(said, ModelError):
            raise said
        return Completion(said, self.provider, self.name, USED)


def route(model: Scripted, timeout_s: float = 20.0) -> tuple[Route, Model]:
    return Route(model.provider, model.name, timeout_s, max_output_tokens=500, max_input_tokens=5000), model


@dataclass
class World:
    """Routes over scripted models, and all that can be seen of them."""

    models: Sequence[tuple[Route, Model]]
    time: Time = field(default_factory=Time)
    budget: Budget = field(default_factory=lambda: Budget(None))
    email_usd: Decimal | None = None
    random: float = 0.5
    attempts: list[Attempt] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.breakers = Breakers(self.time)
        prices = Prices([PRICE, PRICE.model_copy(update={"provider": "two"})])
        self.routes = Routes(
            {"extract": self.models}, self.breakers, self.budget, prices, self.email_usd, self.time, self.time.sleep, lambda: self.random,
            lambda: datetime(2026, 11, 2, tzinfo=UTC),
        )  # fmt: skip

    def ask(self, accept: Callable[[Completion], str] | None = None, seconds: float = 60.0, spent: Budget | None = None) -> Routed[str]:
        return self.routes.complete(CALL, accept or good_only, self.attempts.append, self.time() + seconds, spent)

    @property
    def story(self) -> list[tuple[str, str | None]]:
        return [(one.provider, one.error) for one in self.attempts]


def good_only(completion: Completion) -> str:
    if not completion.text.startswith("good"):
        raise Unacceptable(f"{completion.text} is not good")
    return completion.text


def local() -> tuple[Route, Model]:
    return route(Scripted("local", ["good local"]))


def test_takes_the_first_route_that_answers() -> None:
    one, two = Scripted("one", ["good 1"]), Scripted("two", ["good 2"])
    world = World([route(one), route(two), local()])
    routed = world.ask()
    assert (routed.value, routed.degraded) == ("good 1", False)
    assert routed.completion.usd == COST
    assert world.story == [("one", None)]
    assert not two.calls


def test_records_what_an_attempt_took_and_cost() -> None:
    time = Time()
    world = World([route(Scripted("one", ["good"], time, takes=1.25))], time)
    world.ask()
    assert world.attempts == [
        Attempt("extract", "one", "m", 1250.0, None, None, 1000, 0, 100, 0, COST, PRICE.source, 0)
    ]  # fmt: skip


def test_a_second_hosted_route_is_no_degradation() -> None:
    world = World([route(Scripted("one", [Refused("no")])), route(Scripted("two", ["good 2"])), local()])
    assert world.ask() == Routed("good 2", Completion("good 2", "two", "m", USED, COST, PRICE.source), degraded=False)


def test_local_after_a_hosted_failure_is_degraded() -> None:
    world = World([route(Scripted("one", [Refused("no")])), local()])
    assert world.ask().degraded
    assert world.story == [("one", "Refused"), ("local", None)]


def test_local_alone_is_not_degraded_and_costs_nothing() -> None:
    world = World([local()])
    routed = world.ask()
    assert not routed.degraded
    assert routed.completion.usd == world.attempts[0].usd == 0


def test_an_unpriced_model_has_an_unknown_cost_not_none_at_all() -> None:
    world = World([route(Scripted("unheard-of", ["good"]))])
    world.ask()
    assert world.attempts[0].usd is None
    assert world.attempts[0].output_tokens == 100


@pytest.mark.parametrize("error", [Unavailable("500"), TimedOut("slow"), RateLimited("429")])
def test_tries_again_what_may_pass(error: Unavailable) -> None:
    world = World([route(Scripted("one", [error, "good"])), local()])
    assert not world.ask().degraded
    assert world.story == [("one", type(error).__name__), ("one", None)]


@pytest.mark.parametrize("error", [Refused("400"), Misconfigured("401"), CutOff("length")])
def test_does_not_try_again_what_will_not_pass(error: ModelError) -> None:
    world = World([route(Scripted("one", [error])), local()])
    assert world.ask().degraded
    assert world.story == [("one", type(error).__name__), ("local", None)]


def test_gives_up_a_route_after_two_retries_with_growing_full_jitter() -> None:
    world = World([route(Scripted("one", [Unavailable("500")])), local()], random=0.5)
    world.ask()
    assert world.story == [("one", "Unavailable")] * 3 + [("local", None)]
    assert world.time.pauses == [0.25, 0.5]


def test_waits_as_long_as_the_provider_asks() -> None:
    world = World([route(Scripted("one", [RateLimited("429", retry_after=7.0), "good"])), local()], random=0.0)
    assert not world.ask().degraded
    assert world.time.pauses == [7.0]


def test_does_not_wait_beyond_its_time() -> None:
    world = World([route(Scripted("one", [RateLimited("429", retry_after=90.0)])), local()])
    assert world.ask().degraded
    assert world.time.pauses == []


def test_sends_complaints_back_to_the_same_model_twice_at_most() -> None:
    one = Scripted("one", ["bad 1", "bad 2", "bad 3", "bad 4"])
    world = World([route(one), local()])
    assert world.ask().degraded
    assert [call.complaints for call in one.calls] == [(), ("bad 1 is not good",), ("bad 1 is not good", "bad 2 is not good")]
    assert one.calls[2].rejected == ("bad 1", "bad 2")
    assert [(one.error, one.repair) for one in world.attempts] == [("Unacceptable", 0), ("Unacceptable", 1), ("Unacceptable", 2), (None, 0)]
    assert world.attempts[0].detail == "bad 1 is not good"


def test_a_repaired_answer_is_taken() -> None:
    world = World([route(Scripted("one", ["bad", "good"])), local()])
    assert not world.ask().degraded
    assert [one.repair for one in world.attempts] == [0, 1]


def test_the_next_model_starts_without_complaints() -> None:
    two = Scripted("two", ["good"])
    World([route(Scripted("one", ["bad 1", "bad 2", "bad 3"])), route(two)]).ask()
    assert two.calls == [CALL]


def test_the_same_answer_again_is_not_asked_for_a_third_time() -> None:
    one = Scripted("one", ["bad"])
    World([route(one), local()]).ask()
    assert len(one.calls) == 2


def test_says_what_became_of_every_route() -> None:
    world = World([route(Scripted("one", [Refused("no such thing")])), route(Scripted("local", ["bad"]))])
    with pytest.raises(AllRoutesFailed, match=r"one/m: Refused: no such thing; local/m: Unacceptable: bad is not good"):
        world.ask()


def test_says_when_the_release_has_no_route() -> None:
    with pytest.raises(AllRoutesFailed, match="no route for 'judge'"):
        World([local()]).routes.complete(Call("judge", CALL.prompt, CALL.shape), good_only, lambda attempt: None, 200.0)


OF_OURS = [ZeroDivisionError("4111 1111"), KeyError("sentence"), RecursionError(), UnicodeDecodeError("utf-8", b"x", 0, 1, "y"), AssertionError()]


def judging(error: Exception, *broken: str) -> Callable[[Completion], str]:
    def accept(completion: Completion) -> str:
        if completion.provider in broken:
            raise error
        return good_only(completion)

    return accept


@pytest.mark.parametrize("error", OF_OURS, ids=repr)
def test_an_error_of_ours_in_judging_a_hosted_answer_fails_that_route_and_the_next_answers(error: Exception) -> None:
    world = World([route(Scripted("one", ["good 1"])), route(Scripted("two", ["good 2"])), local()])
    assert world.ask(accept=judging(error, "one")).value == "good 2"
    assert [(one.provider, one.error, one.usd) for one in world.attempts] == [("one", "Broken", COST), ("two", None, COST)]
    assert world.attempts[0].detail == f"{type(error).__name__} in judging what the model said; the log says where"
    assert world.breakers.states() == {("one", "m"): "closed", ("two", "m"): "closed"}


def test_an_error_of_ours_in_judging_every_hosted_answer_leaves_the_mail_to_local() -> None:
    world = World([route(Scripted("one", ["good"])), route(Scripted("two", ["good"])), local()])
    assert world.ask(accept=judging(KeyError("x"), "one", "two")).degraded
    assert world.story == [("one", "Broken"), ("two", "Broken"), ("local", None)]


def test_an_error_of_ours_in_judging_a_repaired_answer_fails_the_route_too() -> None:
    world = World([route(Scripted("one", ["bad", "good"])), local()])

    def accept(completion: Completion) -> str:
        return str(1 // 0) if completion.text == "good" else good_only(completion)

    assert world.ask(accept=accept).degraded
    assert world.story == [("one", "Unacceptable"), ("one", "Broken"), ("local", None)]


def test_an_error_of_ours_in_judging_the_local_answer_rises_and_the_call_is_still_recorded() -> None:
    world = World([local()])
    with pytest.raises(ZeroDivisionError):
        world.ask(accept=judging(ZeroDivisionError(), "local"))
    assert world.story == [("local", "ZeroDivisionError")]


def test_hanging_providers_leave_time_for_the_rest() -> None:
    time = Time()
    one, two = (Scripted(name, [TimedOut("slow", usage=Usage())], time, takes=1000.0) for name in ("one", "two"))
    world = World([route(one), route(two), local()], time)
    began = time.now
    assert world.ask(seconds=60.0).degraded
    assert time.now - began <= 54.0
    assert one.timeouts[0] == two.timeouts[0] == 20.0
    assert sum(one.timeouts) <= 27.0


def test_no_route_is_asked_after_the_deadline() -> None:
    one = Scripted("one", ["good"])
    world = World([route(one), local()])
    with pytest.raises(AllRoutesFailed, match="no time left"):
        world.ask(seconds=-1.0)
    assert not one.calls
    assert world.story == [("one", "OutOfTime"), ("local", "OutOfTime")]


def test_running_out_of_time_is_not_held_against_the_provider() -> None:
    world = World([route(Scripted("one", ["good"])), local()])
    for _ in range(10):
        world.ask(seconds=0.2)
    assert world.breakers.of("one", "m").state == "closed"


def test_a_breaker_keeps_mail_from_waiting_for_a_dead_provider() -> None:
    one = Scripted("one", [Unavailable("down")])
    world = World([route(one), local()])
    for _ in range(4):
        assert world.ask().degraded
    assert len(one.calls) == 5
    assert world.story[-2:] == [("one", "BreakerOpen"), ("local", None)]
    assert world.breakers.states() == {("one", "m"): "open"}


def test_a_provider_that_is_back_is_used_again() -> None:
    one = Scripted("one", [Unavailable("down")] * 5 + ["good"])
    world = World([route(one), local()])
    for _ in range(3):
        world.ask()
    world.time.now += 31.0
    assert not world.ask().degraded
    assert world.breakers.states() == {("one", "m"): "closed"}


def test_a_wrong_key_opens_the_breaker_and_a_bad_answer_does_not() -> None:
    wrong_key, chatty = Scripted("one", [Misconfigured("401")]), Scripted("two", [CutOff("length")])
    world = World([route(wrong_key), route(chatty), local()])
    for _ in range(8):
        world.ask()
    assert world.breakers.states() == {("one", "m"): "open", ("two", "m"): "closed"}


def test_a_spent_email_goes_to_local_and_says_so() -> None:
    one = Scripted("one", ["good"])
    world = World([route(one), local()], email_usd=COST)
    with world.routes.email_budget() as spent:
        assert not world.ask(spent=spent).degraded
        assert world.ask(spent=spent).degraded
    assert world.story == [("one", None), ("one", "BudgetSpent"), ("local", None)]
    assert world.attempts[1].usd == 0
    assert "email's budget of 0.002 USD is spent" in str(world.attempts[1].detail)


def test_the_next_email_has_a_budget_of_its_own() -> None:
    world = World([route(Scripted("one", ["good"])), local()], email_usd=COST)
    assert not world.ask().degraded
    assert not world.ask().degraded


def test_a_spent_day_goes_to_local() -> None:
    world = World([route(Scripted("one", ["good"])), local()], budget=Budget(Decimal(20), spent=lambda: Decimal(20)))
    assert world.ask().degraded
    assert world.story[0] == ("one", "BudgetSpent")


def test_repairs_and_fallbacks_count_against_the_same_budget() -> None:
    one, two = Scripted("one", ["bad 1", "bad 2", "bad 3"]), Scripted("two", ["good"])
    world = World([route(one), route(two), local()], email_usd=2 * COST)
    assert world.ask().degraded
    assert world.story == [("one", "Unacceptable"), ("one", "Unacceptable"), ("one", "BudgetSpent"), ("two", "BudgetSpent"), ("local", None)]


def test_a_call_that_nobody_can_price_after_a_timeout_counts_as_the_dearest() -> None:
    world = World([route(Scripted("one", [TimedOut("slow", usage=Usage())])), local()], email_usd=MOST)
    world.ask()
    assert world.story == [("one", "TimedOut"), ("one", "BudgetSpent"), ("local", None)]
    assert world.attempts[0].usd is None


BILLED = st.sampled_from(["good", "bad", "timeout", "500", "429", "400", "401", "cut off"])


class Billing:
    """A provider that bills every call it takes in, also those it never answers."""

    provider, name = "one", "m"

    def __init__(self, script: Sequence[str]) -> None:
        self.script = list(script)
        self.billed = Decimal(0)
        self.count = 0
        self.lock = threading.Lock()

    def complete(self, call: Call, timeout: float) -> Completion:
        with self.lock:
            what = self.script[self.count % len(self.script)]
            self.count += 1
            self.billed += {"timeout": MOST, "good": COST, "bad": COST, "cut off": COST}.get(what, Decimal(0))
        errors: dict[str, ModelError] = {
            "timeout": TimedOut("slow", usage=Usage()), "500": Unavailable("500"), "429": RateLimited("429", 1.0), "400": Refused("400"),
            "401": Misconfigured("401"), "cut off": CutOff("length", usage=USED),
        }  # fmt: skip
        if what in errors:
            raise errors[what]
        return Completion(f"{what} {self.count}", "one", "m", USED)


@settings(max_examples=150, deadline=None)
@given(st.lists(BILLED, min_size=1, max_size=12), st.integers(0, 40), st.integers(1, 6))
def test_no_sequence_of_faults_spends_more_than_the_budget_and_one_call(script: list[str], thousandths: int, asks: int) -> None:
    limit = Decimal(thousandths) / 1000
    provider = Billing(script)
    world = World([(Route("one", "m", max_output_tokens=500, max_input_tokens=5000), provider), local()], email_usd=limit)
    with world.routes.email_budget() as spent:
        for _ in range(asks):
            world.ask(spent=spent)
            assert provider.billed <= max(limit - Decimal("0.001"), Decimal(0)) + MOST
    assert limit > 0 or provider.count == 0


@settings(max_examples=15, deadline=None)
@given(st.lists(BILLED, min_size=1, max_size=8), st.integers(0, 60))
def test_thirty_two_threads_spend_no_more_than_the_day_and_one_call(script: list[str], thousandths: int) -> None:
    limit = Decimal(thousandths) / 1000
    provider = Billing(script)
    day = Budget(limit)
    world = World([(Route("one", "m", max_output_tokens=500, max_input_tokens=5000), provider), local()], budget=day)
    emails = [world.routes.email_budget() for _ in range(32)]  # all of them still unstored, so that the day must remember each
    with ThreadPoolExecutor(32) as pool:
        outcomes = list(pool.map(lambda spent: world.ask(spent=spent, seconds=1e9), emails))
    assert len(outcomes) == 32
    assert provider.billed <= limit + MOST
    for spent in emails:
        spent.close()
    assert day.held == 0


@dataclass
class Raising:
    """A model whose library raises what no table foresees."""

    error: BaseException
    provider: str = "one"
    name: str = "m"
    calls: int = 0

    def complete(self, call: Call, timeout: float) -> Completion:
        self.calls += 1
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        KeyError("date"),
        UnicodeEncodeError("ascii", "“sk-test”", 0, 1, "ordinal not in range"),
        ImportError("Using SOCKS proxy, but the 'socksio' package is not installed"),
        ValueError("Illegal header value b'Bearer sk-secret'"),
        RecursionError(),
        AttributeError("'NoneType' object has no attribute 'choices'"),
    ],
)
def test_whatever_a_hosted_route_raises_is_its_failure_and_the_next_one_answers(error: Exception) -> None:
    broken = Raising(error)
    world = World([(Route("one", "m"), broken), local()])
    routed = world.ask()
    assert (routed.value, routed.degraded) == ("good local", True)
    assert world.story == [("one", "Broken"), ("local", None)]
    assert broken.calls == 1
    assert "sk-" not in str(world.attempts)


def test_a_route_that_breaks_again_and_again_is_left_alone() -> None:
    broken = Raising(KeyError("date"))
    world = World([(Route("one", "m"), broken), local()])
    for _ in range(8):
        world.ask()
    assert broken.calls == 5


def test_what_breaks_in_the_local_model_is_no_failure_of_a_route() -> None:
    world = World([(Route("local", "m"), Raising(KeyError("ours"), "local"))])
    with pytest.raises(KeyError):
        world.ask()
