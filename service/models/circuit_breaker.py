"""Breakers: a model that fails again and again is left alone for a while."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from service.models import BreakerOpen, Misconfigured, ModelError, Unavailable

State = Literal["closed", "open", "half-open"]
FAILURES_IN_A_ROW = 5
FAILURE_RATE = 0.5
WINDOW = 20  # calls that the rate is taken over
FEWEST_FOR_RATE = 10
COOL_DOWN_S = 30.0


class Breaker:
    """Lets calls through while they succeed; after repeated failure none for `cool_down` seconds, then one to try.

    Failing means that the provider did not answer, or would refuse any call (a wrong key); an answer that is no good is still an answer.
    """

    def __init__(self, clock: Callable[[], float], cool_down: float = COOL_DOWN_S, failures: int = FAILURES_IN_A_ROW) -> None:
        self._clock = clock
        self._cool_down = cool_down
        self._failures = failures
        self._lock = threading.Lock()
        self._lately: deque[bool] = deque(maxlen=WINDOW)
        self._in_a_row = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> State:
        """Tell whether calls pass (closed), none does (open), or one may try (half-open)."""
        with self._lock:
            return self._state()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Run one call, and learn from how it ends. Raises BreakerOpen instead of running it while the breaker is open."""
        probe = self._enter()
        answered = False
        try:
            yield
            answered = True
        except ModelError as exc:
            answered = not isinstance(exc, (Unavailable, Misconfigured))
            raise
        finally:
            self._leave(answered, probe)

    def _enter(self) -> bool:
        with self._lock:
            state = self._state()
            if state == "open" or (state == "half-open" and self._probing):
                raise BreakerOpen("not asked: it failed too often just now")
            self._probing = state == "half-open"
            return self._probing

    def _leave(self, answered: bool, probe: bool) -> None:
        with self._lock:
            if probe:
                self._probing = False
            elif self._opened_at is not None:
                return  # a call from before the breaker opened decides nothing: the probe does
            if answered:
                self._in_a_row = 0
                if probe:
                    self._opened_at = None
                    self._lately.clear()
            else:
                self._in_a_row += 1
            self._lately.append(answered)
            if (probe and not answered) or self._failing():
                self._opened_at = self._clock()

    def _failing(self) -> bool:
        rate = self._lately.count(False) / len(self._lately)
        return self._in_a_row >= self._failures or (len(self._lately) >= FEWEST_FOR_RATE and rate >= FAILURE_RATE)

    def _state(self) -> State:
        if self._opened_at is None:
            return "closed"
        return "half-open" if self._clock() - self._opened_at >= self._cool_down else "open"


class Breakers:
    """One breaker for every provider and model, shared by all releases of a process."""

    def __init__(self, clock: Callable[[], float], cool_down: float = COOL_DOWN_S, failures: int = FAILURES_IN_A_ROW) -> None:
        self._clock = clock
        self._cool_down = cool_down
        self._failures = failures
        self._lock = threading.Lock()
        self._breakers: dict[tuple[str, str], Breaker] = {}

    def of(self, provider: str, model: str) -> Breaker:
        """Return the breaker of a provider's model."""
        with self._lock:
            return self._breakers.setdefault((provider, model), Breaker(self._clock, self._cool_down, self._failures))

    def states(self) -> dict[tuple[str, str], State]:
        """Return the state of every breaker by provider and model, for measures."""
        with self._lock:
            breakers = dict(self._breakers)
        return {key: breaker.state for key, breaker in breakers.items()}
