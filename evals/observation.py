"""Runs one case through a desk, once, and keeps everything that scorers may ask about."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from evals import recordings
from evals.cases import OWN, AttackCase, Case, MailCase, QuestionCase, Suite
from retrieval.passages import Search
from retrieval.remembering import Remembering
from service import asking, pipeline
from service.answers import Answer, Draft, HandedOver
from service.outcomes import Ended, ended
from service.pipeline import Desk
from service.screening.screening import Screened
from service.tickets import NOTHING, Ticket
from service.trace import Attempt, Span, Trace

Clock = Callable[[], float]
Weigh = Callable[[Screened], int]
PLANTED = "planted"


@dataclass(frozen=True)
class Offices:
    """The desks that cases run on: the sample company's, the same with the attackers' articles in it, and one for each foreign company that has
    a help centre. A foreign company without one has its mail handled at the sample company's, whose help centre cannot know.
    """

    own: Desk
    planted: Desk | None = None
    foreign: Mapping[str, Desk] = field(default_factory=dict)

    def of(self, case: Case) -> tuple[str, Desk]:
        """Return whose help centre a case runs on, and the desk. Raises ValueError where the attackers' articles are nowhere."""
        if isinstance(case, AttackCase) and case.channel == "article":
            if self.planted is None:
                raise ValueError("no help centre with the attack articles was given")
            return PLANTED, self.planted
        return (case.company, self.foreign[case.company]) if case.company in self.foreign else (OWN, self.own)


@dataclass(frozen=True)
class Observed:
    """What became of one case. `why` is the reason of a hand-over, the ground of a discard, or the error that nobody expected.

    `centre` says whose help centre it was run on.
    """

    case: str
    ended: Ended
    why: str = ""
    ticket: Ticket = NOTHING
    screened: Screened | None = None
    question: str | None = None
    search: Search | None = None
    draft: Draft | None = None
    answer: Answer | None = None
    centre: str = OWN
    prompt_tokens: int | None = None
    texts: int | None = None
    ms: float = 0.0
    spans: tuple[Span, ...] = field(default=())

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """All calls to models, in order."""
        return tuple(attempt for span in self.spans for attempt in span.attempts)

    @property
    def usd(self) -> Decimal | None:
        """What the case cost; None where a call has no known price."""
        costs = [attempt.usd for attempt in self.attempts]
        return None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))


def observe(case: Case, suite: Suite, offices: Offices, clock: Clock = time.perf_counter, weigh: Weigh | None = None) -> Observed:
    """Run a case at the desk it is for and return what became of it; an exception that nobody expected is a result too.

    `weigh` estimates the tokens of the prompt that a hosted model would get. `texts` counts what the case asked the encoder for.
    """
    trace = Trace(clock)
    recordings.CASE.set(case.id)
    try:
        centre, desk = offices.of(case)
        before = _begin(desk)
        if isinstance(case, QuestionCase):
            return _counted(replace(_question(case, desk, trace), centre=centre), desk, before)
        seen = _counted(replace(_mail(case, suite.raw(case), desk, trace), centre=centre), desk, before)
        return replace(seen, prompt_tokens=weigh(seen.screened)) if weigh and seen.screened else seen
    except Exception as exc:  # the outer edge of a run: one case that fails must not hide all others
        return Observed(case.id, "failed", f"{type(exc).__name__}: {exc}", ms=trace.ms, spans=tuple(trace.spans))


def _begin(desk: Desk) -> int | None:
    """Return what `_embedded` does, at the begin of a case: no passage is met yet, whichever the case before it found."""
    encoder = desk.checker.encoder
    if isinstance(encoder, Remembering):
        encoder.begin()
    return _embedded(desk)


def _embedded(desk: Desk) -> int | None:
    """Return how many texts this thread had embedded so far, where the desk's encoder counts them."""
    encoder = desk.checker.encoder
    return encoder.asked if isinstance(encoder, Remembering) else None


def _counted(seen: Observed, desk: Desk, before: int | None) -> Observed:
    now = _embedded(desk)
    return seen if before is None or now is None else replace(seen, texts=now - before)


def _mail(case: MailCase | AttackCase, raw: bytes, desk: Desk, trace: Trace) -> Observed:
    outcome = pipeline.handle(raw, desk, trace)
    return Observed(
        case.id,
        outcome.ended,
        outcome.why,
        ticket=outcome.ticket,
        screened=outcome.screened,
        question=outcome.question,
        search=outcome.search,
        draft=outcome.draft,
        answer=outcome.answer,
        ms=trace.ms,
        spans=tuple(trace.spans),
    )


def _question(case: QuestionCase, desk: Desk, trace: Trace) -> Observed:
    asked = asking.ask(case.question, desk, trace)
    handed_over = asked.reached if isinstance(asked.reached, HandedOver) else None
    return Observed(
        case.id,
        ended(handed_over),
        handed_over.reason if handed_over else "",
        question=case.question,
        search=asked.search,
        draft=handed_over.draft if handed_over and isinstance(handed_over.draft, Draft) else None,
        answer=asked.reached if isinstance(asked.reached, Answer) else None,
        ms=trace.ms,
        spans=tuple(trace.spans),
    )
