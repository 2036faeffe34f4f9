import pytest

from service.models.openai import Endpoint
from service.models.provider_check import Checked, check
from service.models.providers import Capabilities, Provider
from tests.peers import faults

WORKS = '{"works": true}'


def checked(peer: faults.Peer, streaming: bool = True) -> Checked:
    provider = Provider("x", peer.base_url, capabilities=Capabilities(streaming=streaming))
    endpoint = Endpoint(provider)
    peer.clients.callback(endpoint.close)
    return check(provider, "m", endpoint)


def test_says_that_everything_works() -> None:
    with faults.serving(faults.says(WORKS), faults.streams(WORKS)) as peer:
        found = checked(peer)
    assert (found.schema, found.valid, found.streaming, found.usage, found.error) == ("strict", True, True, True, None)
    assert found.ms is not None


def test_says_what_the_server_fell_back_to() -> None:
    refusal = faults.status(400, "response_format is not supported")
    with faults.serving(refusal, refusal, faults.says("Yes, it works!"), faults.streams("Yes")) as peer:
        found = checked(peer)
    assert (found.schema, found.valid) == ("text", False)


def test_says_that_streaming_does_not_work() -> None:
    with faults.serving(faults.says(WORKS), faults.status(400, "stream is not available")) as peer:
        found = checked(peer)
    assert found.valid
    assert found.streaming is False
    assert found.error == "streaming: Refused: 400: stream is not available"


def test_does_not_try_what_is_not_claimed() -> None:
    with faults.serving(faults.says(WORKS)) as peer:
        found = checked(peer, streaming=False)
    assert found.streaming is None
    assert len(peer.requests) == 1


def test_says_why_nothing_works() -> None:
    with faults.serving(faults.status(401, "bad key")) as peer:
        found = checked(peer)
    assert found.error == "Misconfigured: 401: bad key"
    assert (found.schema, found.valid, found.streaming, found.usage) == (None, None, None, None)


@pytest.mark.parametrize("proxy", ["ftp://proxy:1", "socks9://proxy:1", "http://[::1"])
def test_says_that_no_connection_can_be_opened(proxy: str) -> None:
    found = check(Provider("x", "https://x.example/v1", proxy=proxy), "m")
    assert (found.error or "").startswith("Misconfigured: no connection can be opened")
    assert (found.ms, found.valid) == (None, None)
