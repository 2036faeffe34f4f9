"""What happened to one email: a span for every stage, and for every attempt at a model within it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ParamSpec, Protocol, TypeVar

STAGES = ("receive", "parse", "screen", "extract", "events", "retrieve", "answer", "check", "policy", "store")
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Attempt:
    """One call to one model: who, how long, how much, and the class of error it ended with (None where its answer was taken)."""

    task: str
    provider: str
    model: str
    ms: float
    error: str | None = None
    detail: str | None = None
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    usd: Decimal | None = None
    price_source: str | None = None
    repair: int = 0


@dataclass
class Span:
    """One stage of the path: its name, when it began after the email was taken up (ms), how long it took (0 while it runs), how it ended."""

    stage: str
    started_ms: float
    ms: float = 0.0
    ended: bool = False
    error: str | None = None
    attempts: list[Attempt] = field(default_factory=list)


class Stage(Protocol):
    """Runs one line of the pipeline under its name."""

    def __call__(self, name: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...


class Trace:
    """The plain `Stage`: calls the function, and remembers how long it took and which attempts were made in it."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._zero = clock()
        self.spans: list[Span] = []

    def __call__(self, name: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        with self._span(name):
            return function(*args, **kwargs)

    @contextmanager
    def _span(self, name: str) -> Iterator[None]:
        began = self._clock()
        span = Span(name, started_ms=(began - self._zero) * 1000)
        self.spans.append(span)
        try:
            yield
        except Exception as exc:
            span.error = type(exc).__name__
            raise
        finally:
            span.ms = (self._clock() - began) * 1000
            span.ended = True

    def attempt(self, attempt: Attempt) -> None:
        """Record an attempt under the stage that is running."""
        self.spans[-1].attempts.append(attempt)

    @property
    def ms(self) -> float:
        """How long the email has taken so far, in milliseconds."""
        return (self._clock() - self._zero) * 1000
