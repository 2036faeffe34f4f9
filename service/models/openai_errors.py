"""The OpenAI SDK's errors as ours: what each means for a route, how long to wait, what a provider does not understand; never with a key in it."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

import httpx2
import openai

from service.models import (
    NOTHING_USED,
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
    spellings,
)
from service.models.providers import Capabilities, Provider
from service.models.transport import ReplyTooLarge
from service.screening import masking
from service.text import plain

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


def without_what_was_refused(error: openai.APIStatusError, understood: Capabilities) -> Capabilities | None:
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
