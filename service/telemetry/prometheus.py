"""Counters and histograms for Prometheus: emails, stages, attempts, tokens, money."""

from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from service.answers import Answer
from service.trace import Trace

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Sends(Protocol):
    """Something that passes a finished trace on."""

    def send(self, name: str, trace: Trace, facts: dict[str, str | bool]) -> None: ...


class Metrics:
    """What one process has counted since it started; `spans` passes each trace on to a collector too."""

    def __init__(self, spans: Sends | None = None) -> None:
        self._spans = spans
        self._registry = registry = CollectorRegistry()
        self._accepted = Counter("proofdesk_emails_accepted", "Emails taken in", ["kind"], registry=registry)
        self._finished = Counter("proofdesk_emails_finished", "Emails by how they ended", ["status", "release"], registry=registry)
        self._degraded = Counter("proofdesk_degraded", "Emails and questions that the fallback had to answer", ["release"], registry=registry)
        self._questions = Counter("proofdesk_questions", "Questions by how they ended", ["outcome", "release"], registry=registry)
        self._path = Histogram("proofdesk_path_seconds", "Time from taking up an email to its end", ["release"], buckets=SECONDS, registry=registry)
        self._stages = Histogram("proofdesk_stage_seconds", "Time in a stage", ["stage", "release"], buckets=SECONDS, registry=registry)
        self._sentences = Counter("proofdesk_checked_sentences", "Sentences that were checked", ["release"], registry=registry)
        self._struck = Counter(
            "proofdesk_struck_sentences", "Sentences that were struck, by the link of the check", ["link", "release"], registry=registry
        )
        route = ["task", "provider", "model", "release"]
        self._attempts = Counter("proofdesk_attempts", "Calls to models by error class, empty where taken", [*route, "error"], registry=registry)
        self._calls = Histogram("proofdesk_attempt_seconds", "Time of a call to a model", route, buckets=SECONDS, registry=registry)
        self._repairs = Counter("proofdesk_repairs", "Calls that were repairs of an earlier answer", route, registry=registry)
        self._tokens = Counter("proofdesk_tokens", "Tokens of calls", [*route, "kind"], registry=registry)
        self._usd = Counter("proofdesk_cost_usd", "US dollars spent on priced calls", route, registry=registry)
        self._unpriced = Counter("proofdesk_unpriced_calls", "Calls whose price is not known", route, registry=registry)

    def taken_in(self, new: bool) -> None:
        """Count an email that was taken in, or a duplicate of one."""
        self._accepted.labels("new" if new else "duplicate").inc()

    def email(self, status: str, release: str, degraded: bool, trace: Trace, checked: Answer | None = None) -> None:
        """Count a finished email, and what the check made of the answer that was drafted for it."""
        self._finished.labels(status, release).inc()
        self._path.labels(release).observe(trace.ms / 1000)
        self._count("email", release, degraded, trace, checked)

    def question(self, outcome: str, release: str, degraded: bool, trace: Trace, checked: Answer | None = None) -> None:
        """Count a finished question, and what the check made of its answer."""
        self._questions.labels(outcome, release).inc()
        self._count("question", release, degraded, trace, checked)

    def text(self) -> bytes:
        """Return all of it in the format that Prometheus reads."""
        return generate_latest(self._registry)

    def _count(self, what: str, release: str, degraded: bool, trace: Trace, checked: Answer | None) -> None:
        if self._spans:
            self._spans.send(what, trace, {"release": release, "degraded": degraded})
        if checked:
            self._sentences.labels(release).inc(checked.checked)
            for link, count in checked.by_link.items():
                self._struck.labels(link, release).inc(count)
        if degraded:
            self._degraded.labels(release).inc()
        for span in trace.spans:
            self._stages.labels(span.stage, release).observe(span.ms / 1000)
            for attempt in span.attempts:
                route = (attempt.task, attempt.provider, attempt.model, release)
                self._attempts.labels(*route, attempt.error or "").inc()
                self._calls.labels(*route).observe(attempt.ms / 1000)
                if attempt.repair:
                    self._repairs.labels(*route).inc()
                for kind, tokens in (("input", attempt.input_tokens), ("cached", attempt.cached_tokens), ("output", attempt.output_tokens)):
                    self._tokens.labels(*route, kind).inc(tokens or 0)
                if attempt.usd is None:
                    self._unpriced.labels(*route).inc()
                else:
                    self._usd.labels(*route).inc(float(attempt.usd))
