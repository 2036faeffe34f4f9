"""OpenTelemetry spans of what happened to emails: numbers and names by the `gen_ai` conventions, never their text."""

import time

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context

from service.trace import Attempt, Trace

MS = 1_000_000  # nanoseconds


class Spans:
    """Sends each finished trace to a collector, in the background: one span for the email or question, one a stage, one an attempt at a model."""

    def __init__(self, processor: SpanProcessor) -> None:
        provider = TracerProvider(resource=Resource.create({"service.name": "proofdesk"}))
        provider.add_span_processor(processor)
        self._tracer: Tracer = provider.get_tracer("proofdesk")

    def send(self, name: str, trace: Trace, facts: dict[str, str | bool]) -> None:
        """Send a trace that ends now. `facts` become attributes of its first span."""
        zero = time.time_ns() - int(trace.ms * MS)
        whole = self._tracer.start_span(name, start_time=zero, attributes={f"proofdesk.{key}": value for key, value in facts.items()})
        for one in trace.spans:
            began = zero + int(one.started_ms * MS)
            stage = self._tracer.start_span(one.stage, set_span_in_context(whole), start_time=began)
            at = began
            for attempt in one.attempts:
                at = self._attempt(attempt, stage, at)
            if one.error:
                stage.set_attribute("error.type", one.error)
            stage.end(began + int(one.ms * MS))
        whole.end(zero + int(trace.ms * MS))

    def _attempt(self, attempt: Attempt, stage: Span, began: int) -> int:
        """Add an attempt after the one before it, and return when it ended. Its own start is not recorded: attempts follow one another."""
        span = self._tracer.start_span(f"chat {attempt.model}", set_span_in_context(stage), SpanKind.CLIENT, start_time=began)
        span.set_attributes(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": attempt.provider,
                "gen_ai.request.model": attempt.model,
                "proofdesk.task": attempt.task,
                "proofdesk.repair": attempt.repair,
            }
        )
        for key, tokens in (("input_tokens", attempt.input_tokens), ("output_tokens", attempt.output_tokens)):
            if tokens is not None:
                span.set_attribute(f"gen_ai.usage.{key}", tokens)
        if attempt.error:
            span.set_attribute("error.type", attempt.error)
            span.set_status(Status(StatusCode.ERROR))
        ended = began + int(attempt.ms * MS)
        span.end(ended)
        return ended


def to_collector(endpoint: str) -> Spans:
    """Return spans that go to an OTLP collector over HTTP, by the base URL that OTEL_EXPORTER_OTLP_ENDPOINT gives."""
    return Spans(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
