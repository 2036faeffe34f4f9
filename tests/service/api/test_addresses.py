"""A NUL, wherever a caller can put a text: refused or cleaned, on every database, and never an error of ours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from service import app
from service.api import addresses
from service.console import page
from service.settings import Settings
from service.telemetry.prometheus import Metrics
from service.worker import Worker
from tests.service import fakes
from tests.service.test_app import RAW, Desks

KEPT = "k" * 43
GIVEN = {
    "csrf": KEPT,
    "name": "r1",
    "to": "canary",
    "address": "ana@x.example",
    "verdict": "edit",
    "urgency": "low",
    "customerName": "Ana",
}  # what leads on
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

Call = tuple[str, str, dict[str, Any]]


class Described(FastAPI):
    """An application whose OpenAPI document has every route, the console's too."""

    def include_router(self, *routers: Any, **how: Any) -> None:
        super().include_router(*routers, **{**how, "include_in_schema": True})


class Served:
    """An application on a database, with one ticket, and what it says of its own calls."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        desks: Any = Desks(engine)
        desks.parts.providers = {}
        made = app.make(
            Settings(data_dir=folder, address_calls_per_minute=0), desks, Worker(engine, desks.choose, Metrics(), 1, poll=0.02), Metrics()
        )
        self.client = TestClient(made, raise_server_exceptions=False, follow_redirects=False)
        self.client.cookies.set(page.COOKIE, KEPT)

    def begin(self) -> None:
        self.id = self.client.post("/v1/emails?wait=20", content=fakes.mail(), headers=RAW).json()["id"]
        self.schema = self.client.get("/openapi.json").json()

    @property
    def calls(self) -> list[Call]:
        return [(method.upper(), path, one) for path, methods in self.schema["paths"].items() for method, one in methods.items()]

    def path(self, path: str, **other: str) -> str:
        for name in ("id", *GIVEN, "case", *other):
            path = path.replace(f"{{{name}}}", quote(other.get(name) or (self.id if name == "id" else GIVEN.get(name, "x")), safe=""))
        return path


@pytest.fixture
def served(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(app, "FastAPI", Described)
    made = Served(engine, tmp_path / "data")
    with made.client:
        made.begin()
        yield made


def placed(call: Call, where: str) -> list[str]:
    """Name the parameters of a call that stand in a place and may be text."""
    return [one["name"] for one in call[2].get("parameters", ()) if one["in"] == where and '"string"' in str(one["schema"]).replace("'", '"')]


def test_no_call_takes_a_nul_in_its_path(served: Served) -> None:
    seen = []
    for call in served.calls:
        for name in placed(call, "path"):
            answer = served.client.request(call[0], served.path(call[1], **{name: "a\x00b"}))
            seen.append((call[0], call[1]))
            assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), (call[:2], answer.text)
            assert answer.json()["errors"][0]["field"] == "path"
    assert {("GET", "/v1/tickets/{id}"), ("POST", "/v1/tickets/{id}/review"), ("GET", "/tickets/{id}"), ("GET", "/evals/cases/{case}")} <= set(seen)


def test_no_call_takes_a_nul_in_its_query(served: Served) -> None:
    seen = []
    for call in served.calls:
        for name in placed(call, "query"):
            answer = served.client.request(call[0], served.path(call[1]), params={name: "\x00"})
            seen.append((call[1], name))
            assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), (call[:2], name, answer.text)
            assert answer.json()["errors"] == [{"field": name, "message": addresses.WHY}]
    assert {("/v1/tickets", "q"), ("/v1/tickets", "release"), ("/v1/measures", "release"), ("/audit", "about"), ("/", "release")} <= set(seen)


@pytest.mark.parametrize("path", ["/static/%00", "/%00", "/nothing?x=%00&y=1", "/docs?%00=x"])
def test_what_leads_nowhere_takes_none_either(served: Served, path: str) -> None:
    assert served.client.get(path).status_code == 422


def test_percent_signs_that_are_themselves_escaped_are_text(served: Served) -> None:
    for query in ("q=%2500", "q=100%2500&release=%25%2500"):
        assert served.client.get(f"/v1/tickets?{query}").status_code == 200


def test_a_nul_in_any_field_of_any_form_is_no_error_of_ours(served: Served) -> None:
    seen = []
    for method, path, described in served.calls:
        content = described.get("requestBody", {}).get("content", {})
        for kind in FORMS:
            schema = content.get(kind, {}).get("schema", {})
            fields = (
                served.schema["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]["properties"]
                if "$ref" in schema
                else schema.get("properties", {})
            )
            for name in fields.keys() - {"csrf"}:
                typed = {one: GIVEN.get(one, "x") for one in fields if one != "file"} | {name: "a\x00b"}
                answer = served.client.request(method, served.path(path), data=typed)
                seen.append((path, name))
                assert answer.status_code < 500, (path, name, answer.text)
    assert {("/releases/move", "why"), ("/incidents/{id}/close", "why"), ("/tickets/{id}/reject", "reason"), ("/ask", "question")} <= set(seen)


@pytest.mark.parametrize("field", ["customerName", "issueSummary", "reviewer", "reason", "answer"])
def test_a_nul_in_a_review_is_cleaned_or_refused(served: Served, field: str) -> None:
    ticket = {"customerName": "Ana", "issueSummary": "Charged twice.", "urgency": "low"}
    decision: dict[str, Any] = {"verdict": "edit", "ticket": ticket}
    (ticket if field in ticket else decision)[field] = "Ana\x00"
    answer = served.client.post(f"/v1/tickets/{served.id}/review", json=decision)
    if field not in ticket:
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        return
    assert answer.status_code == 200
    assert answer.json()["ticket"][field] == "Ana"
    assert served.client.get(f"/v1/tickets/{served.id}").json()["ticket"][field] == "Ana"
