"""One small call to a provider that says what works there."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from service.models import Call, Completion, ModelError
from service.models.messages import ChatMessage, Rendered
from service.models.openai import Endpoint, HostedModel
from service.models.providers import Provider, Schema
from service.prompting import Material, Prompt, PromptFolder

TIMEOUT_S = 30.0
MOST_TOKENS = 200
_ASKS = ChatMessage("user", 'Return the JSON object {"works": true} and nothing else.')
_NO_PROMPT = Prompt(PromptFolder("check", "", "", {}, "", "", {}, {}), Material())


class _Works(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    works: bool


@dataclass(frozen=True)
class Checked:
    """What works at a provider: None where it could not be found out. `schema` is what it takes, `valid` whether its answer kept to it."""

    provider: str
    model: str
    schema: Schema | None = None
    valid: bool | None = None
    streaming: bool | None = None
    usage: bool | None = None
    ms: float | None = None
    error: str | None = None


def check(provider: Provider, model: str, endpoint: Endpoint | None = None, clock: Callable[[], float] = time.monotonic) -> Checked:
    """Call a model once whole and once as a stream. Raises nothing: what went wrong is in `error`."""
    try:
        endpoint = endpoint or Endpoint(provider)
    except ModelError as exc:
        return Checked(provider.name, model, error=_told(exc))
    hosted = HostedModel(provider, model, lambda call, written: Rendered((_ASKS,), "", 0, (), False), MOST_TOKENS, endpoint=endpoint)
    call = Call("judge", _NO_PROMPT, _Works)
    began = clock()
    try:
        completion = hosted.complete(call, TIMEOUT_S)
    except ModelError as exc:
        return Checked(provider.name, model, ms=(clock() - began) * 1000, error=_told(exc))
    ms = (clock() - began) * 1000
    streaming, error = _streams(hosted, call) if provider.capabilities.streaming else (None, None)
    return Checked(
        provider.name, model, endpoint.capabilities(model).schema, _is_valid(completion), streaming, completion.usage.output is not None, ms, error
    )


def _streams(hosted: HostedModel, call: Call) -> tuple[bool, str | None]:
    try:
        list(hosted.stream(call, TIMEOUT_S))
    except ModelError as exc:
        return False, f"streaming: {_told(exc)}"
    return True, None


def _told(exc: ModelError) -> str:
    return f"{type(exc).__name__}: {exc}"


def _is_valid(completion: Completion) -> bool:
    try:
        _Works.model_validate_json(completion.text)
    except ValidationError:
        return False
    return True
