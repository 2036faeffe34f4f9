import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.models import BreakerOpen, Empty, Misconfigured, ModelError, Unavailable
from service.models.circuit_breaker import Breaker, Breakers


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def run(breaker: Breaker, error: BaseException | None = None) -> None:
    with breaker.guard():
        if error:
            raise error


def fail(breaker: Breaker, times: int = 1, error: ModelError | None = None) -> None:
    for _ in range(times):
        with pytest.raises(ModelError):
            run(breaker, error or Unavailable("down"))


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    fail(breaker, 5)
    return breaker


def test_opens_after_five_failures_in_a_row() -> None:
    breaker = Breaker(Clock())
    fail(breaker, 4)
    assert breaker.state == "closed"
    fail(breaker)
    assert breaker.state == "open"
    with pytest.raises(BreakerOpen):
        run(breaker)


def test_a_success_in_between_starts_the_count_anew() -> None:
    breaker = Breaker(Clock())
    for _ in range(2):
        fail(breaker, 2)
        for _ in range(5):
            run(breaker)
    fail(breaker, 4)
    assert breaker.state == "closed"


def test_opens_when_half_of_the_latest_calls_fail() -> None:
    breaker = Breaker(Clock())
    for _ in range(4):
        run(breaker)
        fail(breaker)
    assert breaker.state == "closed"
    run(breaker)
    fail(breaker)
    assert breaker.state == "open"


@pytest.mark.parametrize(("error", "state"), [(Misconfigured("401"), "open"), (Empty("nothing"), "closed")])
def test_only_a_provider_that_will_not_answer_anybody_counts_as_failing(error: ModelError, state: str) -> None:
    breaker = Breaker(Clock())
    fail(breaker, 9, error) if state == "closed" else fail(breaker, 5, error)
    assert breaker.state == state


def test_an_error_of_ours_counts_as_a_failure_and_rises() -> None:
    breaker = Breaker(Clock(), failures=1)
    with pytest.raises(KeyError):
        run(breaker, KeyError("ours"))
    assert breaker.state == "open"


def test_half_opens_after_the_cool_down_and_closes_on_success() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 29.9
    assert breaker.state == "open"
    clock.now = 30.0
    assert breaker.state == "half-open"
    run(breaker)
    assert breaker.state == "closed"
    fail(breaker, 4)
    assert breaker.state == "closed"


def test_a_failed_probe_opens_it_for_another_cool_down() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 30.0
    fail(breaker)
    clock.now = 59.9
    assert breaker.state == "open"
    clock.now = 60.0
    assert breaker.state == "half-open"


def test_one_probe_at_a_time() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 30.0
    with breaker.guard(), pytest.raises(BreakerOpen):
        run(breaker)
    assert breaker.state == "closed"


def test_of_thirty_two_threads_one_probes() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 30.0
    all_there, passed = threading.Barrier(32), []

    def attempt(number: int) -> bool:
        all_there.wait()
        try:
            with breaker.guard():
                passed.append(number)
                refused.wait(10)
        except BreakerOpen:
            with lock:
                counted.append(number)
                if len(counted) == 31:
                    refused.set()
        return True

    refused, lock, counted = threading.Event(), threading.Lock(), list[int]()
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(attempt, range(32)))
    assert (len(passed), len(counted)) == (1, 31)


def test_a_late_answer_from_before_it_opened_decides_nothing() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    with breaker.guard():
        fail(breaker, 5)
    assert breaker.state == "open"


def test_a_late_failure_from_before_it_opened_does_not_keep_it_open_longer() -> None:
    clock = Clock()
    breaker = Breaker(clock)

    def late() -> None:
        with breaker.guard():
            fail(breaker, 5)
            clock.now = 20.0
            raise Unavailable("late")

    with pytest.raises(Unavailable, match="late"):
        late()
    clock.now = 30.0
    assert breaker.state == "half-open"


def test_each_model_has_its_own() -> None:
    breakers = Breakers(Clock(), failures=1)
    fail(breakers.of("a", "m"))
    run(breakers.of("a", "n"))
    assert breakers.states() == {("a", "m"): "open", ("a", "n"): "closed"}
    assert breakers.of("a", "m") is breakers.of("a", "m")
