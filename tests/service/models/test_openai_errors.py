"""Every error of the SDK is one of ours, and none holds a key."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx2
import openai
import pytest

from service.models import Unavailable, openai_errors
from service.models.openai_errors import TRANSLATIONS, translated
from service.models.providers import Provider

# Raised by parts of the SDK that nothing here calls: workload identities, optional extras, Azure's own client, the module-level client, the
# API before 1.0, and responses read twice. Should one come all the same, it is translated as the OpenAIError that it is.
UNREACHABLE = {
    "SubjectTokenProviderError", "MissingDependencyError", "MutuallyExclusiveAuthError", "_AmbiguousModuleClientUsageError", "APIRemovedInV1",
    "StreamAlreadyConsumed",
}  # fmt: skip


def subclasses(kind: type[Exception]) -> Iterator[type[Exception]]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def test_translates_every_exception_of_the_sdk() -> None:
    exported = {one for one in list(vars(openai).values()) if type(one) is type and issubclass(one, Exception)}
    known = exported | {one for one in subclasses(openai.OpenAIError) if one.__module__.startswith("openai")}
    assert {one.__name__ for one in known if one not in TRANSLATIONS} <= UNREACHABLE


def test_an_exception_nobody_listed_is_translated_as_its_nearest_kin() -> None:
    request = httpx2.Request("POST", "http://x.example")
    error = type("Odd", (openai.APIConnectionError,), {})(request=request)
    assert type(translated(error, Provider("x", "http://x.example"))) is Unavailable


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("Wed, 21 Oct 2037 07:28:00 GMT", 1e6, 1e10),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0, 0.0),
        ("Wednesday, 21-Oct-37 07:28:00 GMT", 1e6, 1e10),
        ("Wed, 99 Oct 2037 07:28:00 GMT", None, None),
        ("nan", None, None),
        ("1 minute", None, None),
    ],
)
def test_reads_a_retry_after_of_a_server_that_sends_no_date(header: str, least: float | None, most: float | None) -> None:
    found = openai_errors._retry_after({"retry-after": header})
    assert found is None if least is None or most is None else least <= (found if found is not None else -1) <= most


def test_milliseconds_that_are_no_number_are_no_wish() -> None:
    assert openai_errors._retry_after({"retry-after-ms": "nan", "retry-after": "2"}) is None


@pytest.mark.parametrize("key", ["sk-secret-123\n", "sk-secret-123\\", "sk-“secret-123”", "sk-secret/123+a="])
@pytest.mark.parametrize("way", [str, repr, lambda key: repr(key.encode()), json.dumps, lambda key: quote(key, safe="")])
def test_no_spelling_of_a_key_is_left_in_an_error(key: str, way: Callable[[str], str]) -> None:
    error = openai.APIConnectionError(message=f"Illegal header value {way(key)}", request=httpx2.Request("POST", "http://x.example"))
    assert "secret" not in str(translated(error, Provider("x", "http://x.example", key)))


@pytest.mark.parametrize("header", ["X-Api-Key", "Proxy-Authorization"])
def test_no_header_of_a_provider_is_left_in_an_error(header: str) -> None:
    error = openai.APIConnectionError(message="refused: team-secret-77", request=httpx2.Request("POST", "http://x.example"))
    assert str(translated(error, Provider("x", "http://x.example", headers={header: "team-secret-77"}))) == "refused: [key]"
