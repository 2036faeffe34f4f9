"""Which model is asked, how often and for how long, until one gives an answer that is accepted."""

import random as randomness
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from service import logs
from service.models import (
    AllRoutesFailed,
    Broken,
    Call,
    Completion,
    Model,
    ModelError,
    OutOfTime,
    Task,
    Unacceptable,
    Unavailable,
    Unusable,
    Usage,
    kept,
)
from service.models.circuit_breaker import Breakers
from service.models.costs import NOTHING, Budget, Hold, Prices, Quote
from service.models.kept import Keeps, Kept
from service.trace import Attempt

LOCAL = "local"
REPAIRS = 2
RETRIES = 2
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 8.0
LEAST_TIME_S = 0.5  # a call given less than this would only time out, and count against its provider
SHARE_OF_LOCAL = 0.1  # of the time left, kept for the local model when everything before it hangs

T = TypeVar("T")


@dataclass(frozen=True)
class Route:
    """One model that may be asked, and the bounds of one call to it: seconds, tokens in, tokens out."""

    provider: str
    model: str
    timeout_s: float = 20.0
    max_output_tokens: int = 800
    temperature: float = 0.0
    max_input_tokens: int = 16_000

    @property
    def hosted(self) -> bool:
        """Tell whether somebody else runs this model."""
        return self.provider != LOCAL


@dataclass(frozen=True)
class Routed(Generic[T]):
    """An accepted value and the completion it came from. `degraded`: a hosted model should have answered, and the local one did."""

    value: T
    completion: Completion
    degraded: bool


@dataclass(frozen=True)
class _Turn:
    """One route's turn at a call: it may try until the moment `until`."""

    route: Route
    model: Model
    until: float
    record: Callable[[Attempt], None]
    spent: Budget


class Routes:
    """Asks the models of a release in order. Safe to use from many threads.

    `budget` is the day's and `email_usd` what one email or question may cost; both hold over all routes, retries and repairs.
    """

    def __init__(
        self,
        models: Mapping[Task, Sequence[tuple[Route, Model]]],
        breakers: Breakers,
        budget: Budget,
        prices: Prices,
        email_usd: Decimal | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = randomness.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._models = models
        self._breakers = breakers
        self._budget = budget
        self._prices = prices
        self._email_usd = email_usd
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._now = now
        self._keeps: Keeps | None = None
        self._mosts: dict[tuple[Route, date], Decimal] = {}

    def keeping(self, keeps: Keeps) -> "Routes":
        """Return these routes for one mail or question, whose paid replies are kept and read again."""
        mine = copy(self)
        mine._keeps = keeps
        return mine

    def through(self, wrap: Callable[[Route, Model], Model]) -> "Routes":
        """Return the same routes with every model as `wrap` gives it back; breakers, budgets and clocks are shared."""
        other = copy(self)
        other._models = {task: [(route, wrap(route, model)) for route, model in models] for task, models in self._models.items()}
        return other

    def listed(self) -> Mapping[Task, tuple[Route, ...]]:
        """Return the routes of every task, in the order in which they are asked."""
        return {task: tuple(route for route, _ in models) for task, models in self._models.items()}

    def email_budget(self) -> Budget:
        """Open the budget of one email or question, to be passed to every call for it and closed when that is stored."""
        return self._budget.part(self._email_usd)

    def hosted(self, task: Task) -> bool:
        """Tell whether a hosted model would be asked for a task."""
        return any(route.hosted for route, _ in self._models.get(task, ()))

    def complete(
        self,
        call: Call,
        accept: Callable[[Completion], T],
        record: Callable[[Attempt], None],
        deadline: float,
        spent: Budget | None = None,
    ) -> Routed[T]:
        """Ask each route in turn until `accept` takes an answer; what it raises as Unacceptable goes back to the same model, twice at most.

        `deadline` is a moment on the clock that this was built with. `spent` is the email's budget (None: this call has one of its own).
        Raises AllRoutesFailed with what became of each route.
        """
        if spent is None:
            with self.email_budget() as own:
                return self.complete(call, accept, record, deadline, own)
        words: list[str] = []
        passed_over = False
        models = self._models.get(call.task, ())
        routes = [route for route, _ in models]
        kept = 0.0 if all(route.hosted for route in routes) else SHARE_OF_LOCAL
        hosted_deadline = deadline - kept * (deadline - self._clock())
        for place, (route, model) in enumerate(models):
            turn = _Turn(route, model, self._until(routes[place:], deadline, hosted_deadline), record, spent)
            try:
                value, completion = self._repaired(turn, call, accept)
            except ModelError as exc:
                words.append(f"{route.provider}/{route.model}: {type(exc).__name__}: {exc}")
                passed_over = passed_over or route.hosted
            else:
                return Routed(value, completion, degraded=passed_over and not route.hosted)
        raise AllRoutesFailed("; ".join(words) or f"the release has no route for {call.task!r}")

    def _until(self, coming: Sequence[Route], deadline: float, hosted_deadline: float) -> float:
        """Share the time left out evenly among the hosted routes still to come."""
        if not coming[0].hosted:
            return deadline
        now = self._clock()
        return now + (hosted_deadline - now) / sum(route.hosted for route in coming)

    def _repaired(self, turn: _Turn, call: Call, accept: Callable[[Completion], T]) -> tuple[T, Completion]:
        while True:
            completion, attempt = self._retried(turn, call)
            try:
                with _broken(turn.route, "in judging what the model said"):
                    value = accept(completion)
            except Exception as exc:  # whatever it is: the call was made and must be paid for, so it is recorded
                turn.record(replace(attempt, error=type(exc).__name__, detail=str(exc)))
                # The same answer again (the local model gives no other) will not become acceptable by asking a third time.
                if not isinstance(exc, Unacceptable) or len(call.complaints) == REPAIRS or completion.text in call.rejected:
                    raise
                call = replace(call, complaints=(*call.complaints, str(exc)), rejected=(*call.rejected, completion.text))
            else:
                turn.record(attempt)
                return value, completion

    def _retried(self, turn: _Turn, call: Call) -> tuple[Completion, Attempt]:
        for retry in range(RETRIES + 1):
            try:
                return self._once(turn, call)
            except Unavailable as exc:
                pause = self._pause(exc, retry)
                if retry == RETRIES or self._clock() + pause >= turn.until:
                    raise
            self._sleep(pause)
        raise AssertionError("the last retry raises")

    def _pause(self, error: Unavailable, retry: int) -> float:
        """Full jitter (Brooker, "Exponential Backoff And Jitter", 2015), after the pause that the provider asks for."""
        return (error.retry_after or 0.0) + self._random() * min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**retry)

    def _once(self, turn: _Turn, call: Call) -> tuple[Completion, Attempt]:
        began, hold = self._clock(), None
        prompt = kept.prompt_hash(call, turn.route) if self._keeps and turn.route.hosted else None
        if self._keeps and prompt and (before := self._keeps.find(prompt)):
            return self._again(turn, before)
        try:
            left = self._time(turn)
            if turn.route.hosted:
                hold = turn.spent.hold(self._most(turn.route))
            with _broken(turn.route, "on the way to the model"), self._guard(turn.route):
                completion = turn.model.complete(call, left)
        except ModelError as exc:
            attempt = self._attempt(turn, call, began, exc.usage, hold, exc)
            if self._keeps and prompt and isinstance(exc, Unusable):
                self._keeps.keep(prompt, Kept(attempt, None))
            turn.record(attempt)
            raise
        attempt = self._attempt(turn, call, began, completion.usage, hold)
        if self._keeps and prompt:
            self._keeps.keep(prompt, Kept(attempt, completion.text))
        if completion.usd is None:
            completion = replace(completion, usd=attempt.usd, price_source=attempt.price_source)
        return completion, attempt

    def _again(self, turn: _Turn, before: Kept) -> tuple[Completion, Attempt]:
        """Use a reply that was paid for in a try of this mail that did not end."""
        attempt = before.attempt
        if before.booked:
            attempt = replace(attempt, ms=0.0, input_tokens=0, cached_tokens=0, output_tokens=0, reasoning_tokens=0, usd=NOTHING)
            attempt = replace(attempt, price_source=kept.BOOKED)
        if before.text is None:
            turn.record(attempt)
            raise before.error()
        usage = Usage(attempt.input_tokens, attempt.cached_tokens, attempt.output_tokens, attempt.reasoning_tokens)
        return Completion(before.text, turn.route.provider, turn.route.model, usage, attempt.usd, attempt.price_source), attempt

    def _guard(self, route: Route) -> AbstractContextManager[None]:
        return self._breakers.of(route.provider, route.model).guard() if route.hosted else nullcontext()

    def _most(self, route: Route) -> Decimal:
        """Return the most that a call can cost, nothing where its price is not known: no budget holds such a model."""
        today = self._now().date()
        if (route, today) not in self._mosts:  # the dearest part of a call of ours, and the same all day
            quote = self._quote(route, Usage(route.max_input_tokens, 0, route.max_output_tokens, 0))
            self._mosts[route, today] = quote.usd if quote else NOTHING
        return self._mosts[route, today]

    def _time(self, turn: _Turn) -> float:
        left = turn.until - self._clock()
        if left < (min(LEAST_TIME_S, turn.route.timeout_s) if turn.route.hosted else 0):
            raise OutOfTime("not asked: no time left")
        return min(turn.route.timeout_s, left)

    def _quote(self, route: Route, usage: Usage) -> Quote | None:
        return self._prices.quote(route.provider, route.model, usage, self._now()) if route.hosted else Quote(NOTHING, "local")

    def _attempt(self, turn: _Turn, call: Call, began: float, usage: Usage, hold: Hold | None, error: ModelError | None = None) -> Attempt:
        """Put down what an attempt was and took, and settle for it."""
        ms = (self._clock() - began) * 1000
        cost = self._quote(turn.route, usage)
        if hold:
            hold.settle(cost.usd if cost else None)
        return Attempt(
            task=call.task,
            provider=turn.route.provider,
            model=turn.route.model,
            ms=ms,
            error=type(error).__name__ if error else None,
            detail=str(error) if error else None,
            input_tokens=usage.input,
            cached_tokens=usage.cached,
            output_tokens=usage.output,
            reasoning_tokens=usage.reasoning,
            usd=cost.usd if cost else None,
            price_source=cost.source if cost else None,
            repair=len(call.complaints),
        )


@contextmanager
def _broken(route: Route, where: str) -> Iterator[None]:
    """Turn what nobody foresaw into the failure of a hosted route; its words stay out of the trace, for they may quote keys and mail."""
    try:
        yield
    except ModelError:
        raise
    except Exception as exc:  # the edge to somebody else's library, proxy and server, and to whatever they answered
        if not route.hosted:
            raise
        logs.failed("route.broken", exc, provider=route.provider, model=route.model)
        raise Broken(f"{type(exc).__name__} {where}; the log says where", usage=Usage()) from exc
