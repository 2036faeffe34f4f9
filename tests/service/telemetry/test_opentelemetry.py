"""A collector is told how an email went, in numbers and names, and nothing of what it said."""

from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from service.telemetry.opentelemetry import Spans
from service.trace import Attempt, Trace


def traced() -> Trace:
    trace = Trace()
    trace("parse", lambda: None)
    trace("extract", trace.attempt, Attempt("extract", "openai", "m-1", 12.0, error="TimedOut", detail="Ana's words"))
    trace.attempt(Attempt("extract", "local", "local", 3.0, input_tokens=5, output_tokens=2))
    return trace


def test_sends_a_span_for_the_email_its_stages_and_its_attempts() -> None:
    kept = InMemorySpanExporter()
    Spans(SimpleSpanProcessor(kept)).send("email", traced(), {"release": "r1", "degraded": True})
    spans = {span.name: span for span in kept.get_finished_spans()}
    assert set(spans) == {"email", "parse", "extract", "chat m-1", "chat local"}
    assert spans["chat m-1"].attributes["gen_ai.provider.name"] == "openai"
    assert spans["chat m-1"].attributes["error.type"] == "TimedOut"
    assert spans["chat local"].attributes["gen_ai.usage.output_tokens"] == 2
    assert spans["extract"].parent.span_id == spans["email"].context.span_id
    assert spans["email"].attributes["proofdesk.release"] == "r1"


def test_sends_no_detail_that_may_hold_the_customers_words() -> None:
    kept = InMemorySpanExporter()
    Spans(SimpleSpanProcessor(kept)).send("email", traced(), {})
    assert not [span for span in kept.get_finished_spans() if "Ana" in str(span.to_json())]
