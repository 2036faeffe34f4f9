"""Every documented call, given two thousand things between valid and absurd: no 5xx, every refusal a problem document, every answer as documented."""

import json
import logging
import time
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from ops.soak import databases
from service import app
from service.settings import Settings
from service.telemetry.prometheus import Metrics
from service.worker import Worker
from tests.service import fakes
from tests.service.test_app import Desks

EXAMPLES = 2000
WHILE_BUILT = {503}  # what is not there may be said to be so
texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "\x00", "\u2028", "..", "%2e%2e/", "a" * 5000, "١٢", "0", "-1", "1e999", "null", "\ud800x".encode("utf-8", "replace").decode()]
    ),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


class Drawn:
    """Values for a JSON schema of ours: mostly valid ones, sometimes anything."""

    def __init__(self, shapes: dict[str, Any]) -> None:
        self.shapes = shapes

    def of(self, schema: dict[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
        if "$ref" in schema:
            schema = self.shapes[schema["$ref"].rsplit("/", 1)[1]]
        if depth > 4:
            return json_values
        valid = self._valid(schema, depth)
        return valid if depth else st.one_of(valid, valid, valid, json_values)

    def _valid(self, schema: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return st.one_of([self.of(one, depth + 1) for one in options])
        if "enum" in schema or "const" in schema:
            return st.sampled_from(schema.get("enum", [schema.get("const")]))
        kind = schema.get("type")
        if kind == "object" and "properties" in schema:
            needed = set(schema.get("required", ()))
            made = {name: self.of(one, depth + 1) for name, one in schema["properties"].items()}
            return st.fixed_dictionaries(
                {name: one for name, one in made.items() if name in needed}, optional={name: one for name, one in made.items() if name not in needed}
            )
        if kind == "array":
            return st.lists(self.of(schema.get("items", {}), depth + 1), max_size=4)
        simple: dict[Any, st.SearchStrategy[Any]] = {
            "string": st.one_of(texts, st.sampled_from(["2026-10-14T09:12:00Z", "2026-10-14T09:12:00", "ana@x.example", "24h"])), "integer": st.integers(-5, 5000) | st.integers(), "number": st.floats(allow_nan=False),
            "boolean": st.booleans(), "null": st.none(),
        }  # fmt: skip
        return simple.get(kind, json_values)


@pytest.fixture(scope="module", params=get_args(databases.Kind))
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with databases.opened(request.param, tmp_path_factory.mktemp("every-call")) as (_, opened):
        yield opened


@pytest.fixture(scope="module")
def served(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, dict[str, Any], list[str]]]:
    folder = tmp_path_factory.mktemp("data")
    desks: Any = Desks(engine)
    logging.getLogger("proofdesk").setLevel(logging.CRITICAL)
    made = app.make(Settings(data_dir=folder, address_calls_per_minute=0), desks, Worker(engine, desks.choose, Metrics(), 1, poll=0.02), Metrics())
    with TestClient(made, raise_server_exceptions=False) as client:
        until = time.monotonic() + 60  # before the database has said which tokens there are, every call is 503
        while client.get("/v1/tickets").status_code == 503 and time.monotonic() < until:
            time.sleep(0.2)
        ids = [
            client.post("/v1/emails?wait=20", content=fakes.mail(f"mail {number}"), headers={"content-type": "message/rfc822"}).json()["id"]
            for number in range(3)
        ]
        yield client, client.get("/openapi.json").json(), ids


def test_no_documented_call_breaks_whatever_it_is_given(served: tuple[TestClient, dict[str, Any], list[str]]) -> None:
    client, schema, ids = served
    drawn = Drawn(schema["components"]["schemas"])
    calls = [(path, method, one) for path, methods in schema["paths"].items() for method, one in methods.items()]
    assert len(calls) > 15
    seen: dict[tuple[str, str], set[int]] = {}

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink], database=None)
    @given(st.data())
    def call(data: Any) -> None:
        path, method, described = data.draw(st.sampled_from(calls))
        names, query, headers = {}, {}, {}
        for one in described.get("parameters", ()):
            valid = st.sampled_from(ids) if one["name"] == "id" else drawn.of(one["schema"])
            value = data.draw(st.one_of(valid, texts))
            if one["in"] == "path":
                names[one["name"]] = value
            elif one["required"] or data.draw(st.booleans()):
                put = headers if one["in"] == "header" else query
                put[one["name"]] = min(value, 1) if one["name"] == "wait" and isinstance(value, int) else value
        from urllib.parse import quote

        place = path
        for name, value in names.items():
            place = place.replace(f"{{{name}}}", quote(str(value), safe="") or "x")
        kind, content = None, None
        if body := described.get("requestBody"):
            kind = data.draw(st.sampled_from([*body["content"], "application/json", "text/plain", ""]))
            valid = drawn.of(body["content"][kind].get("schema", {})) if kind in body["content"] and "json" in kind else json_values
            content = data.draw(st.one_of(valid.map(lambda value: json.dumps(value).encode()), st.binary(max_size=200), st.just(fakes.mail("fuzz"))))
        asked = {name: quote(str(value)) for name, value in headers.items() if value is not None} | ({"content-type": kind} if kind else {})
        answer = client.request(
            method.upper(),
            place,
            params={name: value for name, value in query.items() if value is not None and not isinstance(value, dict)},
            headers=asked,
            content=content,
        )
        seen.setdefault((method, path), set()).add(answer.status_code)
        assert answer.status_code < 500 or answer.status_code in WHILE_BUILT, answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", answer.text
            assert answer.json()["status"] == answer.status_code
        elif 200 <= answer.status_code < 300:
            assert str(answer.status_code) in described["responses"], f"{answer.status_code} is not documented"

    call()
    assert {(method, path) for path, method, _ in calls} == seen.keys()
    refused = {status for statuses in seen.values() for status in statuses if status >= 400}
    assert {404, 422} <= refused
