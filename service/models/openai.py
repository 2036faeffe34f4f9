"""The one door to the OpenAI SDK: hosted models behind any endpoint that speaks its chat completions."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import Any

import httpx2
import openai
from openai import Omit
from pydantic import BaseModel

from service.models import (
    Call,
    Completion,
    Misconfigured,
    Refused,
    TimedOut,
    Usage,
    responses,
    schemas,
)
from service.models.json_answers import json_in
from service.models.messages import Rendered
from service.models.openai_errors import TRANSLATIONS, translated, without_what_was_refused
from service.models.providers import Capabilities, Provider
from service.models.transport import BoundedTransport

CONNECT_S = 5.0
MOST_CHANGES = 5  # of what we ask of a provider, after its refusals, in one call: schema twice, temperature, name of the limit
LEARNED_FOR_S = 3600.0  # then it is asked for everything again: what refused may have been a gateway's bad hour


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
                    less = without_what_was_refused(exc, understood)
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


@contextmanager
def _ours(provider: Provider) -> Iterator[None]:
    try:
        yield
    except tuple(TRANSLATIONS) as exc:
        raise translated(exc, provider) from exc


def _timeout(seconds: float) -> httpx2.Timeout:
    seconds = max(seconds, 0.001)
    return httpx2.Timeout(seconds, connect=min(CONNECT_S, seconds))
