"""The one door to the OpenAI SDK: hosted models behind any endpoint that speaks its chat completions."""

import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf, isfinite
from typing import Any

import httpx2
import openai
from openai import Omit
from pydantic import BaseModel

from service.models import (
    NOTHING_USED,
    Call,
    Completion,
    CutOff,
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
    responses,
    schemas,
    spellings,
)
from service.models.json_answers import json_in
from service.models.messages import Rendered
from service.models.providers import Capabilities, Provider
from service.models.transport import BoundedTransport, ReplyTooLarge
from service.screening import masking
from service.text import plain

CONNECT_S = 5.0
MOST_CHANGES = 5  # of what we ask of a provider, after its refusals, in one call: schema twice, temperature, name of the limit
LEARNED_FOR_S = 3600.0  # then it is asked for everything again: what refused may have been a gateway's bad hour
_LONGEST_WORDS = 300
_NO_CREDIT = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
_NO_SCHEMA = re.compile(
    r"response[_ ]?(format|schema|mime)|json[_ -]?(schema|object|mode)|structured.?(outputs?|decoding)|grammar|guided[_ ]|"
    r"invalid format|additionalproperties|no endpoints found that"
)
_NOT_UNDERSTOOD = re.compile(
    r"(un|not |n't )support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|extra|only the default|deprecated|(not|n't) accept|incompatible|instead"
)
_NOT_THIS_VALUE = re.compile(r"may only|must be|only 1|invalid")
_OF_THE_CALL = {"context_length_exceeded", "model_not_found", "invalid_api_key", "string_above_max_length"}  # whatever else its words may quote

# Every exception of the SDK by its own type; `translated` walks up from the type it meets. A test holds the list complete.
TRANSLATIONS: dict[type[Exception], type[ModelError]] = {
    openai.OpenAIError: Refused,
    openai.APIError: Unavailable,  # what a provider sends as an error in the middle of a stream
    openai.APIConnectionError: Unavailable,
    openai.APITimeoutError: TimedOut,
    openai.APIResponseValidationError: Garbled,
    openai.APIStatusError: Refused,
    openai.BadRequestError: Refused,
    openai.AuthenticationError: Misconfigured,
    openai.OAuthError: Misconfigured,
    openai.PermissionDeniedError: Misconfigured,
    openai.NotFoundError: Misconfigured,
    openai.ConflictError: Unavailable,
    openai.UnprocessableEntityError: Refused,
    openai.RateLimitError: RateLimited,
    openai.InternalServerError: Unavailable,
    openai.LengthFinishReasonError: CutOff,
    openai.ContentFilterFinishReasonError: Filtered,
    openai.InvalidWebhookSignatureError: Refused,
    openai.WebSocketConnectionClosedError: Unavailable,
    openai.WebSocketQueueFullError: Unavailable,
    httpx2.TimeoutException: TimedOut,  # these reach us bare while a stream is read
    httpx2.HTTPError: Unavailable,
    ReplyTooLarge: TooLarge,
    json.JSONDecodeError: Garbled,
    UnicodeDecodeError: NotUtf8,
}
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


class Endpoint:
    """One provider's connections, and what was learned of it since the process began. Shared by all of its models, safe from many threads."""

    def __init__(self, provider: Provider, transport: httpx2.BaseTransport | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        # At DEBUG these libraries log whole requests: keys in headers, and emails in bodies.
        for name in ("openai", "httpx2", "httpcore2"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self.provider = provider
        # Omitted, the SDK would send the environment's organisation to every provider there is.
        headers: dict[str, Any] = {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit(), "Accept-Encoding": "identity", **provider.headers}
        if provider.key_header and provider.api_key:
            headers[provider.key_header] = provider.api_key
        self._client = openai.OpenAI(
            base_url=provider.base_url,
            api_key=provider.api_key or "none",
            max_retries=0,  # retrying is the router's business, which knows the deadline and the budget
            default_headers=headers,
            default_query=dict(provider.query),
            http_client=httpx2.Client(transport=transport or _transport(provider), follow_redirects=False, trust_env=False),
        )
        self.create = self._client.chat.completions.create
        self.create_raw = self._client.chat.completions.with_raw_response.create
        self._clock = clock
        self._learned: dict[str, tuple[float, Capabilities]] = {}
        self._doubted: dict[str, int] = {}

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def capabilities(self, model: str) -> Capabilities:
        """Return what this model is known to understand: what the settings say, less what it refused in the last hour."""
        at, learned = self._learned.get(model, (-inf, self.provider.capabilities))
        return learned if self._clock() - at < LEARNED_FOR_S else self.provider.capabilities

    def learn(self, model: str, capabilities: Capabilities) -> None:
        """Remember for a while what a model understands."""
        self._learned[model] = self._clock(), capabilities

    def doubts(self, model: str) -> bool:
        """Note that a server broke over a way of asking; True from the second time on: once may be its own trouble, which quotes our request."""
        self._doubted[model] = self._doubted.get(model, 0) + 1
        return self._doubted[model] > 1

    def trust(self, model: str) -> None:
        """Note that a way of asking was taken."""
        self._doubted.pop(model, None)


def _transport(provider: Provider) -> BoundedTransport:
    """Open the way to a provider. Raises Misconfigured where its proxy, or a certificate file of the environment, cannot be used."""
    try:
        return BoundedTransport(proxy=provider.proxy)
    except (ImportError, ValueError, OSError, httpx2.InvalidURL) as exc:
        environment = [f"{name}={os.environ[name]}" for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)]
        raise Misconfigured(f"no connection can be opened ({type(exc).__name__}{': ' if environment else ''}{', '.join(environment)})") from exc


@dataclass
class Closed:
    """Stands where a hosted model should: what is wrong on this machine keeps it from being asked, and each attempt says so."""

    provider: str
    name: str
    why: str

    def complete(self, call: Call, timeout: float) -> Completion:
        """Raise Misconfigured."""
        raise Misconfigured(self.why)


class Stream:
    """An answer as it is being written: iterate for its pieces, once; `completion` is there when they are all read."""

    def __init__(self, chunks: Any, model: "HostedModel", deadline: float, shape: type[BaseModel]) -> None:
        self._chunks = chunks
        self._shape = shape
        self._model = model
        self._deadline = deadline
        self.completion: Completion | None = None

    def __iter__(self) -> Iterator[str]:
        written = responses.Written()
        with _ours(self._model.endpoint.provider), self._chunks:
            for chunk in self._chunks:
                if self._model.clock() > self._deadline:
                    raise TimedOut("the answer was still being written when its time was over", usage=Usage())
                if piece := written.add(chunk.model_dump(warnings=False)):
                    yield piece
        text, usage = written.finished()
        self.completion = self._model.completed(text, usage, self._shape)


class HostedModel:
    """A model behind an OpenAI-compatible endpoint, which answers in the shape of the call.

    `render` turns a call into the messages to send, with the schema written out in them where the provider does not enforce it.
    """

    def __init__(
        self,
        provider: Provider,
        model: str,
        render: Callable[[Call, bool], Rendered],
        max_output_tokens: int = 800,
        temperature: float = 0.0,
        endpoint: Endpoint | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = provider.name
        self.name = model
        self.endpoint = endpoint or Endpoint(provider)
        self.clock = clock
        self._render = render
        self._max_output_tokens = max_output_tokens
        self._temperature = temperature

    def complete(self, call: Call, timeout: float) -> Completion:
        """Answer within `timeout` seconds. Raises a ModelError that says what the provider did instead."""
        body = self._sent(call, timeout, lambda request, left: self.endpoint.create_raw(**request, timeout=_timeout(left)).content)
        text, usage = responses.read(body, call.shape)
        return self.completed(text, usage, call.shape)

    def stream(self, call: Call, timeout: float) -> Stream:
        """Begin an answer and return it while it is being written. Raises as `complete` does, also between two pieces."""
        deadline = self.clock() + timeout
        extra: dict[str, Any] = {"stream": True}
        if self.endpoint.capabilities(self.name).stream_usage:
            extra["stream_options"] = {"include_usage": True}
        chunks = self._sent(call, timeout, lambda request, left: self.endpoint.create(**request, **extra, timeout=_timeout(left)))
        return Stream(chunks, self, deadline, call.shape)

    def completed(self, text: str, usage: Usage, shape: type[BaseModel]) -> Completion:
        """Return what this model answered as a completion."""
        return Completion(json_in(text, shape), self.provider, self.name, usage)

    def _sent(self, call: Call, timeout: float, send: Callable[[dict[str, Any], float], Any]) -> Any:
        """Send a call; where the provider refuses what it does not understand, ask for less, and remember that."""
        deadline = self.clock() + timeout
        for _ in range(MOST_CHANGES):
            understood = self.endpoint.capabilities(self.name)
            with _ours(self.endpoint.provider):
                try:
                    sent = send(self._request(call, understood), deadline - self.clock())
                    self.endpoint.trust(self.name)
                    return sent
                except openai.APIStatusError as exc:
                    less = _without_what_was_refused(exc, understood)
                    if less is None or (exc.status_code >= 500 and not self.endpoint.doubts(self.name)):
                        raise
                    self.endpoint.learn(self.name, less)
        raise Refused("the provider refuses every way of asking that we know")

    def _request(self, call: Call, understood: Capabilities) -> dict[str, Any]:
        rendered = self._render(call, understood.schema != "strict")
        # The extra body is laid over the request as it is. Given as arguments, the SDK would walk through every message and the whole schema,
        # trying each kind of message there is: a tenth of a call on loopback.
        body: dict[str, Any] = {"messages": [{"role": one.role, "content": one.content} for one in rendered.messages]}
        if understood.schema == "strict":
            body["response_format"] = schemas.response_format(call.shape)
        elif understood.schema == "json_object":
            body["response_format"] = {"type": "json_object"}
        request = {"model": self.name, "messages": [], understood.limit_key: self._max_output_tokens, "extra_body": body}
        return request | ({"temperature": self._temperature} if understood.temperature else {})


def translated(error: Exception, provider: Provider) -> ModelError:
    """Return our error for one of the SDK's, with what the provider says, and never with its key."""
    kind = next(TRANSLATIONS[one] for one in type(error).__mro__ if one in TRANSLATIONS)
    words = _words(error, provider)
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, kind, words)
    cause = error.__cause__ or error
    if isinstance(cause, ReplyTooLarge):
        return TooLarge(words, usage=Usage())
    return kind(words, usage=NOTHING_USED if isinstance(cause, _NEVER_SENT) else Usage())


def _of_status(error: openai.APIStatusError, kind: type[ModelError], words: str) -> ModelError:
    """Tell apart what the SDK puts under one name. A status means that nothing was billed, but for a gateway that gave up waiting (504)."""
    if error.code == "content_filter" or "ResponsibleAIPolicyViolation" in str(error.body):
        return Filtered(words)
    if error.code in _NO_CREDIT or error.status_code == 402:
        return Misconfigured(words)
    if error.status_code in (408, 425):
        kind = Unavailable
    if issubclass(kind, Unavailable):
        return kind(words, _retry_after(error.response.headers), usage=Usage() if error.status_code == 504 else NOTHING_USED)
    return kind(words)


def _words(error: Exception, provider: Provider) -> str:
    message = str(error)
    if isinstance(error, openai.APIStatusError):
        body = error.body if isinstance(error.body, dict) else {}
        message = f"{error.status_code}: {body.get('message') or error.message}"
    elif error.__cause__:
        message = f"{message} {type(error.__cause__).__name__}: {error.__cause__}"
    for secret in secrets_of(provider):
        message = spellings.without(message, secret)
    return plain.line(masking.kept_of(message))[:_LONGEST_WORDS]


def secrets_of(provider: Provider) -> list[str]:
    """Return all that is secret of a provider, longest first: its key, its further headers, its proxy's password. A team's name is no secret."""
    others = {value for value in (*provider.headers.values(), *_passwords(provider.proxy)) if len(value) >= 8}
    found = {one.strip() for one in (provider.api_key or "", *others)} - {""}
    return sorted(found, key=len, reverse=True)


def _passwords(proxy: str | None) -> list[str]:
    given = re.match(r"[a-z0-9+.-]+://([^@/]*)@", proxy or "", re.I)
    return [given[1], given[1].partition(":")[2]] if given else []


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After in seconds, or as a date against the response's own Date (RFC 9110, 10.2.3), our clock where it has none."""
    with suppress(ValueError):
        milliseconds = float(headers.get("retry-after-ms", "none"))
        return max(0.0, milliseconds / 1000) if isfinite(milliseconds) else None
    wanted = headers.get("retry-after", "")
    with suppress(ValueError):
        seconds = float(wanted)
        return max(0.0, seconds) if isfinite(seconds) else None
    with suppress(ValueError, TypeError):
        sent = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
        return max(0.0, (parsedate_to_datetime(wanted) - sent).total_seconds())
    return None


def _without_what_was_refused(error: openai.APIStatusError, understood: Capabilities) -> Capabilities | None:
    """Return the capabilities less the one that a refusal names, None where it names none."""
    if error.status_code not in (400, 404, 415, 422, 500, 501) or error.code in _OF_THE_CALL:
        return None
    words = f"{error.param} {error.message}".lower()
    if understood.schema != "text" and _NO_SCHEMA.search(words):
        return replace(understood, schema="json_object" if understood.schema == "strict" else "text")
    if understood.temperature and "temperature" in words and (_NOT_UNDERSTOOD.search(words) or _NOT_THIS_VALUE.search(words)):
        return replace(understood, temperature=False)
    if understood.limit_key in words and _NOT_UNDERSTOOD.search(words):
        return replace(understood, limit_key="max_tokens" if understood.limit_key == "max_completion_tokens" else "max_completion_tokens")
    return None


@contextmanager
def _ours(provider: Provider) -> Iterator[None]:
    try:
        yield
    except tuple(TRANSLATIONS) as exc:
        raise translated(exc, provider) from exc


def _timeout(seconds: float) -> httpx2.Timeout:
    seconds = max(seconds, 0.001)
    return httpx2.Timeout(seconds, connect=min(CONNECT_S, seconds))
