import gzip
import json
import logging
from collections.abc import Callable

import httpx2
import openai
import pytest

from service.models import (
    NOTHING_USED,
    CalledTool,
    CutOff,
    Declined,
    Empty,
    Filtered,
    Garbled,
    Misconfigured,
    ModelError,
    NotUtf8,
    RateLimited,
    Refused,
    TimedOut,
    TooLarge,
    Unavailable,
    Usage,
)
from service.models.messages import Renderer
from service.models.openai import Endpoint, HostedModel
from service.models.providers import Capabilities, Provider
from tests.peers import faults
from tests.peers.material import ANSWER, GOOD, answer_call, extract_call


def hosted(peer: faults.Peer, **kwargs: object) -> HostedModel:
    provider = Provider("openai", peer.base_url, "sk-secret", **kwargs)  # type: ignore[arg-type]
    endpoint = Endpoint(provider)
    peer.clients.callback(endpoint.close)
    return HostedModel(provider, "gpt-4o-mini", Renderer().render, max_output_tokens=300, endpoint=endpoint)


def test_gives_the_text_and_what_it_took() -> None:
    with faults.serving(faults.says(GOOD)) as peer:
        completion = hosted(peer).complete(extract_call(), 5)
    assert completion.text == GOOD
    assert (completion.provider, completion.model) == ("openai", "gpt-4o-mini")
    assert completion.usage == Usage(input=120, cached=100, output=30, reasoning=10)


def test_asks_with_the_strict_schema_the_limit_and_the_key() -> None:
    with faults.serving(faults.says(GOOD)) as peer:
        hosted(peer).complete(extract_call(), 5)
    sent = peer.requests[0]
    assert sent.path == "/v1/chat/completions"
    assert sent.headers["authorization"] == "Bearer sk-secret"
    assert (sent.body["model"], sent.body["max_completion_tokens"], sent.body["temperature"]) == ("gpt-4o-mini", 300, 0.0)
    schema = sent.body["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["required"] == ["customerName", "issueSummary", "urgency"]
    assert schema["schema"]["additionalProperties"] is False


def test_sends_headers_and_query_of_the_provider_and_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-somebody")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-somebody")
    with faults.serving(faults.says(GOOD)) as peer:
        hosted(peer, headers={"X-Team": "desk"}, query={"api-version": "2026-01-01"}, key_header="api-key").complete(extract_call(), 5)
    sent = peer.requests[0]
    assert sent.path.endswith("?api-version=2026-01-01")
    assert (sent.headers["x-team"], sent.headers["api-key"]) == ("desk", "sk-secret")
    assert not [name for name in sent.headers if name.startswith("openai-")]


NO_SCHEMA = faults.status(400, "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.")
NO_JSON = faults.status(400, "response_format json_object is unsupported")


def test_asks_for_less_where_the_server_knows_no_schema_and_remembers_it() -> None:
    with faults.serving(NO_SCHEMA, faults.says(GOOD)) as peer:
        model = hosted(peer)
        assert model.complete(extract_call(), 5).text == GOOD
        assert model.complete(extract_call(), 5).text == GOOD
    formats = [request.body.get("response_format", {}).get("type") for request in peer.requests]
    assert formats == ["json_schema", "json_object", "json_object"]
    assert "customerName" in peer.requests[1].body["messages"][0]["content"].split("JSON schema:")[1]


def test_ends_with_plain_text_where_the_server_knows_no_json_either() -> None:
    with faults.serving(NO_SCHEMA, NO_JSON, faults.says(f"Here you are:\n```json\n{GOOD}\n```\nAnything else?")) as peer:
        assert hosted(peer).complete(extract_call(), 5).text == GOOD
    assert "response_format" not in peer.requests[2].body


def test_what_one_model_refuses_is_asked_of_another_all_the_same() -> None:
    with faults.serving(NO_SCHEMA, faults.says(GOOD)) as peer:
        provider = Provider("litellm", peer.base_url)
        endpoint = Endpoint(provider)
        peer.clients.callback(endpoint.close)
        for name in ("old", "new"):
            HostedModel(provider, name, Renderer().render, endpoint=endpoint).complete(extract_call(), 5)
    assert [(one.body["model"], one.body["response_format"]["type"]) for one in peer.requests] == [
        ("old", "json_schema"), ("old", "json_object"), ("new", "json_schema"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("refusal", "gone", "instead"),
    [
        (faults.status(400, "Unsupported value: 'temperature' does not support 0 with this model.", param="temperature"), "temperature", None),
        (faults.status(400, "Unrecognized request argument supplied: max_completion_tokens"), "max_completion_tokens", "max_tokens"),
    ],
)
def test_drops_a_parameter_that_is_refused(refusal: faults.Reply, gone: str, instead: str | None) -> None:
    with faults.serving(refusal, faults.says(GOOD)) as peer:
        hosted(peer).complete(extract_call(), 5)
    assert gone in peer.requests[0].body
    assert gone not in peer.requests[1].body
    assert instead is None or instead in peer.requests[1].body


def test_a_server_that_refuses_everything_is_asked_a_few_times_at_most() -> None:
    everything = "unsupported: response_format, temperature, max_tokens, max_completion_tokens"
    with faults.serving(faults.status(400, everything)) as peer, pytest.raises(Refused):
        hosted(peer).complete(extract_call(), 5)
    assert len(peer.requests) <= 5


def test_any_other_bad_request_is_not_asked_again() -> None:
    with faults.serving(faults.status(400, "prompt is too long: 99999 tokens")) as peer, pytest.raises(Refused, match="too long"):
        hosted(peer).complete(extract_call(), 5)
    assert len(peer.requests) == 1


STATUSES: list[tuple[int, str | None, type[ModelError]]] = [
    (307, None, Refused),
    (400, None, Refused),
    (400, "content_filter", Filtered),
    (401, None, Misconfigured),
    (402, None, Misconfigured),
    (403, None, Misconfigured),
    (404, "model_not_found", Misconfigured),
    (408, None, Unavailable),
    (409, None, Unavailable),
    (413, None, Refused),
    (422, None, Refused),
    (425, None, Unavailable),
    (429, None, RateLimited),
    (429, "insufficient_quota", Misconfigured),
    (500, None, Unavailable),
    (502, None, Unavailable),
    (503, None, Unavailable),
    (504, None, Unavailable),
    (529, None, Unavailable),
]


@pytest.mark.parametrize(("code", "error_code", "kind"), STATUSES)
def test_names_each_status(code: int, error_code: str | None, kind: type[ModelError]) -> None:
    with faults.serving(faults.status(code, "the reason", error_code)) as peer, pytest.raises(ModelError) as caught:
        hosted(peer).complete(extract_call(), 5)
    assert type(caught.value) is kind
    assert f"{code}: the reason" in str(caught.value)
    assert isinstance(caught.value.__cause__, openai.APIStatusError)
    assert caught.value.usage == (Usage() if code == 504 else NOTHING_USED)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "0.5"}, 0.5),
        ({"retry_after_ms": "250", "retry_after": "9"}, 0.25),
        ({"retry_after": "-3"}, 0.0),
        ({"retry_after": "nan"}, None),
        ({"retry_after": "soon"}, None),
        ({}, None),
    ],
)
def test_reads_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    for code in (429, 503):
        with faults.serving(faults.status(code, **headers)) as peer, pytest.raises(Unavailable) as caught:
            hosted(peer).complete(extract_call(), 5)
        assert caught.value.retry_after == seconds


def test_reads_a_date_to_wait_for_by_the_servers_own_clock() -> None:
    def reply(request: httpx2.Request) -> httpx2.Response:
        headers = {"date": "Mon, 02 Nov 2026 09:00:00 GMT", "retry-after": "Mon, 02 Nov 2026 09:00:12 GMT"}
        return httpx2.Response(429, headers=headers, json={"error": {"message": "slow down"}})

    provider = Provider("x", "http://x.example/v1")
    model = HostedModel(provider, "m", Renderer().render, endpoint=Endpoint(provider, httpx2.MockTransport(reply)))
    with pytest.raises(RateLimited) as caught:
        model.complete(extract_call(), 5)
    assert caught.value.retry_after == 12.0


FAULTS: list[tuple[str, faults.Reply, type[ModelError], Usage]] = [
    ("hangs before headers", faults.hangs_before_headers, TimedOut, Usage()),
    ("hangs mid-body", faults.hangs_mid_body, TimedOut, Usage()),
    ("drips a byte at a time", faults.drips(GOOD), TimedOut, Usage()),
    ("drips its headers", faults.drips_headers, TimedOut, Usage()),
    ("cuts the body", faults.cut_mid_body, Unavailable, Usage()),
    ("hangs up", faults.hangs_up, Unavailable, Usage()),
    ("a proxy's page", faults.raw(b"<html>Bad gateway</html>", "text/html"), Garbled, Usage()),
    ("half a JSON", faults.raw(b'{"choices": [{"mess'), Garbled, Usage()),
    ("JSON of another kind", faults.body([1, 2]), Garbled, Usage()),
    ("choices of another kind", faults.body({"choices": "yes"}), Garbled, Usage()),
    ("JSON nested too deep", faults.raw(b"[" * 200_000), Garbled, Usage()),
    ("not UTF-8", faults.raw(b'{"choices": [{"message": {"content": "\xff\xfe"}}]}'), NotUtf8, Usage()),
    ("10 MB", faults.says("x" * 10_000_000), TooLarge, Usage()),
    (
        "compressed all the same",
        faults.raw(gzip.compress(json.dumps(faults.completion(GOOD)).encode()), Content_Encoding="gzip"),
        Unavailable,
        Usage(),
    ),
    ("no choice", faults.body({"choices": []}), Empty, Usage()),
    ("no choices at all", faults.body({"choices": None}), Empty, Usage()),
    ("no text", faults.says(None), Empty, Usage(120, 100, 30, 10)),
    ("only spaces", faults.says(" \n"), Empty, Usage(120, 100, 30, 10)),
    ("cut off", faults.says('{"customerName": "A', "length"), CutOff, Usage(120, 100, 30, 10)),
    ("filtered", faults.says("", "content_filter"), Filtered, Usage(120, 100, 30, 10)),
    ("declined", faults.says(None, "stop", refusal="I cannot help with that."), Declined, Usage(120, 100, 30, 10)),
    ("a tool call", faults.says(None, "tool_calls", tool_calls=[{"id": "1", "type": "function"}]), CalledTool, Usage(120, 100, 30, 10)),
]


@pytest.mark.parametrize(("reply", "kind", "usage"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_names_each_fault_and_what_it_took(reply: faults.Reply, kind: type[ModelError], usage: Usage) -> None:
    with faults.serving(reply) as peer, pytest.raises(ModelError) as caught:
        hosted(peer).complete(extract_call(), 0.4)
    assert type(caught.value) is kind
    assert caught.value.usage == usage


def test_a_server_that_is_not_there_takes_nothing() -> None:
    with faults.serving(faults.hangs_up) as peer:
        pass
    with pytest.raises(Unavailable) as caught:
        hosted(peer).complete(extract_call(), 5)
    assert caught.value.usage == NOTHING_USED


def test_never_repeats_the_key() -> None:
    with faults.serving(faults.status(401, "Incorrect API key provided: sk-secret.")) as peer, pytest.raises(Misconfigured) as caught:
        hosted(peer).complete(extract_call(), 5)
    assert "sk-secret" not in str(caught.value)
    assert "[key]" in str(caught.value)
    assert "sk-secret" not in repr(Provider("openai", peer.base_url, "sk-secret"))


def test_logs_neither_key_nor_email_even_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with faults.serving(faults.says(GOOD)) as peer:
        hosted(peer).complete(extract_call("My secret word is marmalade."), 5)
    assert "marmalade" not in caplog.text
    assert "sk-secret" not in caplog.text


@pytest.mark.parametrize("call", [extract_call, answer_call])
def test_streams_an_answer_piece_by_piece(call: Callable[[], object]) -> None:
    with faults.serving(faults.streams(ANSWER[:10], ANSWER[10:])) as peer:
        stream = hosted(peer).stream(call(), 5)  # type: ignore[arg-type]
        assert stream.completion is None
        assert list(stream) == [ANSWER[:10], ANSWER[10:]]
    assert stream.completion is not None
    assert (stream.completion.text, stream.completion.usage) == (ANSWER, Usage(120, 100, 30, 10))
    assert peer.requests[0].body["stream_options"] == {"include_usage": True}


def test_a_stream_without_usage_has_unknown_usage() -> None:
    with faults.serving(faults.streams(ANSWER, usage=False)) as peer:
        stream = hosted(peer, capabilities=Capabilities(stream_usage=False)).stream(answer_call(), 5)
        list(stream)
    assert stream.completion is not None
    assert stream.completion.usage == Usage()
    assert "stream_options" not in peer.requests[0].body


def _bad_event(handler: faults.Handler) -> None:
    handler.wfile.write(b"data: {not json}\n\n")


def _bad_bytes(handler: faults.Handler) -> None:
    handler.wfile.write(b'data: {"choices": [{"delta": {"content": "\xff"}}]}\n\n')


def _odd_chunk(handler: faults.Handler) -> None:
    handler.wfile.write(b'data: {"choices": [{"delta": {"content": 5}}]}\n\n')


def _error_event(handler: faults.Handler) -> None:
    handler.wfile.write(b"data: " + json.dumps({"error": {"message": "overloaded"}}).encode() + b"\n\n")


STREAM_FAULTS: list[tuple[str, faults.Reply, type[ModelError]]] = [
    ("refused at once", faults.status(503), Unavailable),
    ("breaks off", faults.streams("a", finish_reason=None, usage=False, done=False), Garbled),
    ("hangs", faults.streams("a", finish_reason=None, then=lambda handler: handler.hang()), TimedOut),
    ("drips for ever", faults.streams("a", finish_reason=None, then=faults.drips_events), TimedOut),
    ("too much", faults.streams("x" * 5_000_000), TooLarge),
    ("an error half-way", faults.streams("a", finish_reason=None, then=_error_event), Unavailable),
    ("no JSON", faults.streams("a", finish_reason=None, then=_bad_event), Garbled),
    ("not UTF-8", faults.streams("a", finish_reason=None, then=_bad_bytes), NotUtf8),
    ("an odd chunk", faults.streams("a", finish_reason=None, then=_odd_chunk), Garbled),
    ("cut off", faults.streams("a", finish_reason="length"), CutOff),
    ("filtered", faults.streams("a", finish_reason="content_filter"), Filtered),
    ("empty", faults.streams(), Empty),
]


@pytest.mark.parametrize(("reply", "kind"), [fault[1:] for fault in STREAM_FAULTS], ids=[fault[0] for fault in STREAM_FAULTS])
def test_names_each_fault_of_a_stream(reply: faults.Reply, kind: type[ModelError]) -> None:
    with faults.serving(reply) as peer, pytest.raises(ModelError) as caught:
        list(hosted(peer).stream(answer_call(), 0.4))
    assert type(caught.value) is kind


def test_a_second_request_between_two_pieces_has_a_time_of_its_own() -> None:
    with faults.serving(faults.streams(ANSWER[:10], ANSWER[10:]), faults.says(GOOD)) as peer:
        model = hosted(peer)
        pieces = iter(stream := model.stream(answer_call(), 5))
        next(pieces)
        assert model.complete(extract_call(), 5).text == GOOD
        assert list(pieces) == [ANSWER[10:]]
    assert stream.completion is not None


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "gopher://127.0.0.1:1", "127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used_is_a_fault_of_the_configuration(proxy: str) -> None:
    with pytest.raises(Misconfigured, match="no connection can be opened"):
        Endpoint(Provider("x", "http://x.example", proxy=proxy))


def test_a_certificate_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent.pem")
    with pytest.raises(Misconfigured, match=r"SSL_CERT_FILE=/nonexistent\.pem"):
        Endpoint(Provider("x", "http://x.example"))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (400, "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."),
        (400, "This response_format type is unavailable now"),
        (400, "This model does not support response format `json_schema`"),
        (400, "JSON mode is not supported for this model"),
        (400, "Failed to compile grammar: the provided JSON schema contains features not supported by xgrammar"),
        (400, "JSON schema conversion failed: Unrecognized schema"),
        (400, "Invalid JSON payload received. Unknown name \"additionalProperties\" at 'generation_config.response_schema'"),
        (400, "Structured outputs are not supported by this model"),
        (404, "No endpoints found that can handle the requested parameters."),
        (422, "body -> guided_json: extra fields not permitted"),
        (400, 'invalid format: expected "json" or a JSON schema'),
    ],
)
def test_takes_each_providers_words_for_refusing_a_schema(code: int, words: str) -> None:
    with faults.serving(faults.status(code, words), faults.says(GOOD)) as peer:
        assert hosted(peer).complete(extract_call(), 5).text == GOOD
    assert [one.body["response_format"]["type"] for one in peer.requests] == ["json_schema", "json_object"]


@pytest.mark.parametrize(
    "words",
    [
        "temperature does not support 0 with this model. Only the default (1) value is supported",
        "`temperature` may only be set to 1 when thinking is enabled",
        "invalid temperature: only 1 is allowed for this model",
    ],
)
def test_takes_each_providers_words_for_refusing_a_temperature(words: str) -> None:
    with faults.serving(faults.status(400, words), faults.says(GOOD)) as peer:
        hosted(peer).complete(extract_call(), 5)
    assert "temperature" not in peer.requests[1].body


ECHO = faults.status(500, 'upstream failed for {"response_format": {"type": "json_schema"}}')


def test_a_server_that_breaks_once_and_quotes_the_request_is_asked_as_it_was() -> None:
    with faults.serving(ECHO, faults.says(GOOD)) as peer:
        model = hosted(peer)
        with pytest.raises(Unavailable):
            model.complete(extract_call(), 5)
        model.complete(extract_call(), 5)
    assert [one.body["response_format"]["type"] for one in peer.requests] == ["json_schema"] * 2


def test_a_server_that_always_breaks_over_a_schema_is_asked_for_less() -> None:
    with faults.serving(ECHO, ECHO, faults.says(GOOD)) as peer:
        model = hosted(peer)
        with pytest.raises(Unavailable):
            model.complete(extract_call(), 5)
        model.complete(extract_call(), 5)
    assert [one.body["response_format"]["type"] for one in peer.requests] == ["json_schema", "json_schema", "json_object"]


def test_what_was_refused_is_asked_for_again_an_hour_later() -> None:
    clock = iter([0.0, 0.0, 10.0, 3599.0, 3601.0])
    endpoint = Endpoint(Provider("x", "http://x.example"), clock=lambda: next(clock))
    endpoint.learn("m", Capabilities("text"))
    assert [endpoint.capabilities("m").schema for _ in range(4)] == ["text", "text", "text", "strict"]


@pytest.mark.parametrize("code", ["context_length_exceeded", "model_not_found"])
def test_a_refusal_of_the_call_that_quotes_the_request_teaches_nothing(code: str) -> None:
    with faults.serving(faults.status(400, "too long: {'response_format': …}", code)) as peer, pytest.raises(ModelError):
        hosted(peer).complete(extract_call(), 5)
    assert len(peer.requests) == 1
