import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from service.models import spellings

SECRETS = ["sk-live_Zx81kQ02mmP4rt77uYbN", 'p&w"or/d<+\\é\n9', "short/1="]
SPELT = {
    "as it is": str,
    "repr": repr,
    "repr of repr": lambda secret: repr(repr(secret)),
    "bytes": lambda secret: repr(f"Bearer {secret}".encode()),
    "json": json.dumps,
    "json in json": lambda secret: json.dumps(json.dumps(secret)),
    "every character escaped": lambda secret: "".join(f"\\\\u{ord(one):04x}" for one in secret),
    "address": lambda secret: quote(secret, safe=""),
    "address, all of it": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "address twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "form": quote_plus,
    "html": html.escape,
    "html numbers": lambda secret: "".join(f"&#{ord(one)};" for one in secret),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 of a header": lambda secret: base64.b64encode(f"user:{secret}".encode()).decode(),
    "base64 of another header": lambda secret: base64.urlsafe_b64encode(f"x{secret}tail".encode()).decode(),
    "hex": lambda secret: secret.encode().hex(),
    "backwards": lambda secret: secret[::-1],
}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("way", SPELT)
def test_no_spelling_of_a_secret_is_left(secret: str, way: str) -> None:
    written = SPELT[way](secret)
    left = spellings.without(f"provider said {written} and stopped", secret)
    assert spellings.PUT in left
    assert "provider said" in left
    assert "stopped" in left
    assert written[3:-3] not in left


def test_a_part_of_a_long_secret_goes_too_and_what_providers_show_of_it_stays() -> None:
    secret = SECRETS[0]
    assert spellings.without(f"key {secret[3:20]}… is wrong", secret) == "key [key]… is wrong"
    assert spellings.without(f"key {secret[:4]}***{secret[-4:]} is wrong", secret) == f"key {secret[:4]}***{secret[-4:]} is wrong"
