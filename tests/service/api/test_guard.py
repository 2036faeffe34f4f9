"""Who comes in, by which name, from which pages, how often, and what stays of it in the log."""

import asyncio
import base64
import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from service import app
from service.api import doors, guard, roles
from service.api.doors import OpenDoor
from service.api.roles import Actor, anybody
from service.console import page
from service.releases import moves
from service.settings import Settings
from service.storage import audit, incidents, tokens
from service.storage.audit import Who
from service.storage.tokens import CannotToken, Role
from service.telemetry.prometheus import Metrics
from service.worker import Worker
from tests.service import fakes
from tests.service.test_app import RAW, Desks

NOW = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
ROOT = Who("root", "operator")
CALLS = [("POST", "/v1/emails"), ("GET", "/v1/tickets"), ("POST", "/v1/tickets/x/review"), ("POST", "/v1/questions"), ("GET", "/audit"),
         ("POST", "/v1/releases/rollback"), ("POST", "/v1/releases/r1/activate"), ("POST", "/incidents/x/close"), ("DELETE", "/v1/people/a@x.example"),
         ("PUT", "/v1/tickets"), ("POST", "/nobody/thought/of/this"), ("DELETE", "/v1/tickets/x")]  # fmt: skip
OPENED = {
    "intake": {("POST", "/v1/emails")},
    "agent": {("POST", "/v1/emails"), ("GET", "/v1/tickets"), ("POST", "/v1/tickets/x/review"), ("POST", "/v1/questions")},
    "operator": set(CALLS),
}


class House:
    """An application over a database, and clients that sign in."""

    def __init__(self, engine: Engine, data_dir: Path, **changes: Any) -> None:
        self.engine = engine
        desks: Any = Desks(engine)
        desks.standing, desks.parts.providers = None, {}
        self.worker = Worker(engine, desks.choose, Metrics(), 0)
        self.app = app.make(Settings(**{"data_dir": data_dir, **changes}), desks, self.worker, Metrics())

    def client(self, token: str | None = None, address: str = "192.0.2.7", **headers: str) -> TestClient:
        signed = {"authorization": f"Bearer {token}"} if token else {}
        return TestClient(self.app, raise_server_exceptions=False, headers={**signed, **headers}, client=(address, 50000), follow_redirects=False)

    def token(self, name: str, role: Role) -> str:
        return tokens.add(self.engine, name, role, ROOT, NOW)

    def said(self) -> list[tuple[str, str, str | None]]:
        return [(one.who, one.action, one.subject) for one in audit.page(self.engine, 100) if not one.action.startswith("token ")]


@pytest.fixture
def house(sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(guard, "FRESH_S", 0.0)
    monkeypatch.setattr(guard, "LOOK_S", 30.0)
    return House(sqlite, tmp_path)


@pytest.mark.parametrize("role", tokens.ROLES)
def test_each_role_may_do_its_own_and_nothing_more(house: House, role: Role) -> None:
    client = house.client(house.token("t", role))
    opened = {(method, path) for method, path in CALLS if "urn:proofdesk:problem:forbidden" not in client.request(method, path, json={}).text}
    assert opened == OPENED[role]


def test_without_any_token_the_house_is_open_and_with_the_first_it_is_not(house: House) -> None:
    assert house.client().get("/v1/tickets").status_code == 200
    token = house.token("ana", "agent")
    assert [house.client(one).get("/v1/tickets").status_code for one in (None, "pd_wrong", token)] == [401, 401, 200]
    assert house.client().get("/healthz").status_code == 200


def test_a_revoked_token_opens_nothing_and_the_last_one_revoked_opens_no_house(house: House) -> None:
    client = house.client(house.token("ana", "operator"))
    assert client.get("/v1/tickets").status_code == 200
    tokens.revoke(house.engine, "ana", ROOT, NOW)
    assert [one.get("/v1/tickets").status_code for one in (client, house.client())] == [401, 401]
    with pytest.raises(CannotToken, match="was revoked"):
        tokens.revoke(house.engine, "ana", ROOT, NOW)
    with pytest.raises(CannotToken, match="take another"):
        tokens.add(house.engine, "ana", "agent", ROOT, NOW)


@pytest.mark.parametrize("name", ["", " x", "x" * 65, "a\nb", "\u202ex", "PROOFDESK_API_TOKEN", "Console", "retention", "watcher"])
def test_no_token_has_a_name_that_could_be_taken_for_another(house: House, name: str) -> None:
    with pytest.raises(CannotToken):
        house.token(name, "agent")


@pytest.mark.parametrize(("given", "signed"), [("", "ana"), ("ana", "ana"), ("bo", "ana (as bo)"), ("b\x1bo\u202e", "ana (as b o)")])
def test_who_signed_in_stands_beside_a_change_whatever_name_is_given(given: str, signed: str) -> None:
    assert Actor("ana", "operator").signs(given) == signed
    assert anybody().signs("") == "console"


def test_a_decision_about_a_ticket_is_the_tokens_and_without_one_the_typed_names(house: House) -> None:
    id = house.client().post("/v1/emails", content=fakes.mail(), headers=RAW).json()["id"]
    house.worker.run(id)
    path = f"/v1/tickets/{id}"
    for given in ({}, {"reviewer": "Bo"}):
        assert house.client().post(f"{path}/review", json={"verdict": "approve", **given}).status_code == 200
    ana = house.client(house.token("ana", "agent"))
    for given in ({}, {"reviewer": "ana"}, {"reviewer": "Bo"}, {"reviewer": "Bo (as ana)"}):
        assert ana.post(f"{path}/review", json={"verdict": "approve", **given}).status_code == 200
    csrf = "c" * 43
    version = ana.get(path).headers["etag"]
    form = {"csrf": csrf, "version": version, "reason": "It answers another question.", "reviewer": "Bo"}
    assert ana.post(f"/tickets/{id}/reject", data=form, headers={"cookie": f"{page.COOKIE}={csrf}"}).status_code == 303
    reviewers = [one["reviewer"] for one in ana.get(f"{path}/trace").json()["reviews"]]
    assert reviewers == [None, "Bo", "ana", "ana", "ana (as Bo)", "ana (as Bo (as ana))", "ana (as Bo)"]


def test_the_token_of_the_settings_is_an_operators_beside_the_named_ones(sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "FRESH_S", 0.0)
    house = House(sqlite, tmp_path, api_token=SecretStr("of-the-settings-1"))
    both = ["of-the-settings-1", house.token("ana", "agent")]
    assert [house.client(one).get("/audit").status_code for one in both] == [200, 403]


def test_no_token_is_in_the_database(house: House, tmp_path: Path) -> None:
    token = house.token("ana", "agent")
    house.engine.dispose()
    assert all(token.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "testserver.evil.example", "localhost.evil.example", ""])
def test_a_strangers_name_for_this_machine_is_not_answered(house: House, host: str) -> None:
    answer = house.client(host=host).get("/v1/tickets")
    assert (answer.status_code, answer.headers["content-type"]) == (421, "application/problem+json")
    assert house.client(host=host).get("/healthz").status_code == 200


@pytest.mark.parametrize("host", ["testserver", "TESTSERVER:8000", "localhost:8123", "127.0.0.1", "[::1]:8000", "localhost."])
def test_its_own_names_are(house: House, host: str) -> None:
    assert house.client(host=host).get("/v1/tickets").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://testserver:9999"},  # another port of this machine: it shares our cookies
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver", "sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_no_change_is_taken_from_the_page_of_another_site_or_port_even_with_our_cookie(house: House, headers: dict[str, str]) -> None:
    tossed = {**headers, "cookie": f"proofdesk_form={'x' * 40}"}
    for path in ("/inbox/sample", "/v1/emails", "/incidents/x/close", "/name"):
        answer = house.client(**tossed).post(path, data={"csrf": "x" * 40})
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:proofdesk:problem:not-from-here")


@pytest.mark.parametrize("headers", [{}, {"origin": "http://testserver"}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}])
def test_programs_and_our_own_pages_may_change_things(house: House, headers: dict[str, str]) -> None:
    assert house.client(**headers).post("/v1/emails", content=fakes.mail(), headers=RAW).status_code == 202


def test_too_many_calls_with_a_token_have_to_wait_and_others_do_not(sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(sqlite, tmp_path, calls_per_minute=4)
    first, second = house.client(house.token("a", "agent")), house.client(house.token("b", "agent"))
    answers = [first.get("/v1/tickets") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].headers["content-type"] == "application/problem+json"
    assert 1 <= int(answers[2].headers["retry-after"]) <= 15
    assert second.get("/v1/tickets").status_code == 200


def test_where_no_token_is_asked_for_an_address_has_to_wait_and_this_machine_does_not(sqlite: Engine, tmp_path: Path) -> None:
    house = House(sqlite, tmp_path, address_calls_per_minute=4)
    assert [house.client().get("/v1/tickets").status_code for _ in range(3)] == [200, 200, 429]
    assert [house.client(address="127.0.0.1").get("/v1/tickets").status_code for _ in range(9)] == [200] * 9


def test_who_guesses_tokens_is_not_even_answered_when_one_is_right(sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "FRESH_S", 0.0)
    house = House(sqlite, tmp_path, wrong_tokens_per_minute=3)
    known, fresh = house.token("known", "agent"), house.token("fresh", "agent")
    assert house.client(known).get("/v1/tickets").status_code == 200
    assert [house.client(f"pd_guess{number}").get("/v1/tickets").status_code for number in range(4)] == [401, 401, 401, 429]
    assert house.client(fresh).get("/v1/tickets").status_code == 429  # from there, a right guess shows nothing
    assert house.client(known).get("/v1/tickets").status_code == 200  # who was right from there before goes on
    assert house.client(fresh, address="198.51.100.1").get("/v1/tickets").status_code == 200


def test_changes_and_looks_at_raw_mail_are_on_record_with_who_it_was(house: House) -> None:
    ana, bot = house.client(house.token("ana", "operator")), house.client(house.token("bot", "intake"))
    id = bot.post("/v1/emails", content=fakes.mail(), headers=RAW).json()["id"]
    house.worker.run(id)
    ana.get(f"/v1/tickets/{id}")
    ana.post("/v1/questions", json={"question": "When?"})
    assert house.said() == []
    ana.get(f"/v1/tickets/{id}/email")
    ana.post(f"/v1/tickets/{id}/review", json={"verdict": "approve"})
    bot.post(f"/v1/tickets/{id}/review", json={"verdict": "approve"})
    ana.post("/v1/releases/rollback", json={"who": "boss", "why": "x"})  # refused: there is no way back, so nothing was done
    assert list(reversed(house.said())) == [
        ("ana", "GET /v1/tickets/{id}/email", id),
        ("ana", "POST /v1/tickets/{id}/review", id),
        ("bot", "POST /v1/tickets/{id}/review", None),
    ]
    page = ana.get("/audit").text
    assert "ana" in page
    assert id in page


def test_moves_and_closed_incidents_over_http_are_on_record_once_as_the_tokens(house: House, settings: Settings) -> None:
    made = House(house.engine, settings.data_dir)
    incident, _ = incidents.open_or_add(house.engine, "drift", "medium", "r1", "a topic", NOW, "drift", {})
    ana = made.client(made.token("ana", "operator"))
    csrf = "c" * 43

    def form(path: str, **fields: str) -> None:
        answer = ana.post(path, data={"csrf": csrf, "why": "it burns", "who": "Bo", **fields}, headers={"cookie": f"{page.COOKIE}={csrf}"})
        assert answer.status_code == 303

    assert ana.post("/v1/releases/r2/activate", json={"who": "Bo", "why": "it burns", "force": True}).status_code == 200
    assert ana.post("/v1/releases/rollback", json={"who": "Bo", "why": "it burns"}).status_code == 200
    moves.activate(house.engine, "r3", "cy", "why", NOW)
    form("/releases/rollback")
    form(f"/incidents/{incident}/close")
    assert [line for line in reversed(house.said()) if line[0] != "cy"] == [
        ("ana", "release activate", "r2"),
        ("ana", "release rollback", "r2"),
        ("ana", "release rollback", "r3"),
        ("ana", "incident close", incident),
    ]
    assert [one.who for one in moves.history(house.engine) if one.to_state == "active"] == ["ana (as Bo)", "ana (as Bo)", "cy", "ana (as Bo)"]


def test_the_door_writes_a_line_for_every_change_but_those_that_write_their_own(house: House) -> None:
    changes = {
        (method, str(one.path))
        for one in iter_route_contexts(house.app.routes)
        for method in one.methods or ()
        if method not in ("GET", "HEAD") and not roles.recorded(method, re.sub(r"{\w+}", "x", str(one.path)))
    }
    asked = {("POST", path) for path in ("/v1/emails", "/v1/questions", "/v1/check", "/ask")}
    assert changes - asked == {
        ("DELETE", "/v1/people/{address}"),
        ("POST", "/v1/releases/rollback"),
        ("POST", "/v1/releases/{name}/activate"),
        ("POST", "/releases/rollback"),
        ("POST", "/releases/move"),
        ("POST", "/incidents/{id}/close"),
    }


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("DELETE", "/v1/people/ana@x.example", "DELETE /v1/people/{address}"),
        ("POST", "/v1/tickets/ana@x.example/review", "POST /v1/tickets/{id}/review"),
        ("GET", "/tickets/ana%40x.example%1b[31m%e2%80%ae/source", "GET /tickets/{id}/source"),
        ("DELETE", "/v1/tickets/ana@x.example", "(refused) DELETE"),
        ("PUT", f"/nobody/thought/of/ana@x.example/{'a' * 5000}", "(refused) PUT"),
    ],
)
def test_a_refused_call_is_on_record_by_its_route_and_not_by_the_person_in_its_path(house: House, method: str, path: str, action: str) -> None:
    assert house.client(house.token("bot", "intake")).request(method, path).status_code == 403
    assert house.said() == [("bot", action, None)]


def test_a_database_that_hangs_keeps_nobody_out_that_was_let_in(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client = house.client(house.token("ana", "agent"))
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(guard, "LOOK_S", 0.05)
    back = threading.Event()
    monkeypatch.setattr(tokens, "made", lambda engine: back.wait(60) and None)
    assert client.get("/docs").status_code == 200
    back.set()


@pytest.mark.parametrize("signed", ["Bearer {intake}", "Bearer pd_guess", "Basic {basic}"])
def test_no_token_is_called_wrong_before_the_database_has_said_which_there_are(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signed: str
) -> None:
    def away(engine: Engine) -> tokens.Made:
        raise OperationalError("SELECT", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(guard, "FRESH_S", 0.0)
    house = House(sqlite, tmp_path, api_token=SecretStr("of-the-settings-1"), wrong_tokens_per_minute=3)
    intake, made = house.token("gateway", "intake"), tokens.made
    client = house.client(authorization=signed.format(intake=intake, basic=base64.b64encode(f"x:{intake}".encode()).decode()))
    monkeypatch.setattr(tokens, "made", away)
    early = [client.post("/v1/emails", content=fakes.mail(), headers=RAW) for _ in range(6)]
    assert {(one.status_code, one.json()["type"], one.headers["retry-after"]) for one in early} == {(503, "urn:proofdesk:problem:no-database", "5")}
    assert house.client("of-the-settings-1").get("/audit").status_code == 200

    monkeypatch.setattr(tokens, "made", made)
    assert house.client(intake).post("/v1/emails", content=fakes.mail(), headers=RAW).status_code == 202
    late = [client.post("/v1/emails", content=fakes.mail(), headers=RAW).status_code for _ in range(4)]
    assert late == ([401, 401, 401, 429] if "guess" in signed else [200] * 4)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "desk.internal"])
def test_an_address_that_others_reach_is_not_served_without_a_token(sqlite: Engine, tmp_path: Path, host: str) -> None:
    def see(**changes: Any) -> None:
        doors.see_to(Settings(data_dir=tmp_path, host=host, **changes), sqlite)

    with pytest.raises(OpenDoor, match="nobody would need a token"):
        see()
    with pytest.raises(OpenDoor, match="has 5 characters"):
        see(api_token=SecretStr("short"))
    see(allow_open=True)
    see(api_token=SecretStr("long-enough-to-stand"))
    tokens.add(sqlite, "ana", "operator", ROOT, NOW)
    see()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_an_address_of_this_machine_alone_is(sqlite: Engine, tmp_path: Path, host: str) -> None:
    doors.see_to(Settings(data_dir=tmp_path, host=host), sqlite)


@pytest.mark.parametrize("value", ["CHANGE", "change-me", "changeme", "<token>", "${TOKEN}", "xxxx", "placeholder"])
def test_no_placeholder_starts(value: str) -> None:
    with pytest.raises(ValueError, match="PROOFDESK_API_TOKEN still holds a placeholder"):
        Settings(api_token=SecretStr(value))
    with pytest.raises(ValueError, match="PROOFDESK_DATABASE_URL still holds a placeholder"):
        Settings(database_url=f"postgresql://proofdesk:{value}@postgres/x")


def test_calls_that_come_together_at_the_start_wait_for_the_first_look_at_the_tokens(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tokens.made

    def slow(engine: Engine) -> tokens.Made:
        threading.Event().wait(0.1)
        return made(engine)

    monkeypatch.setattr(tokens, "made", slow)
    keeper = guard.Doorkeeper(sqlite, None)

    async def together() -> list[bool]:
        async def call() -> bool:
            await keeper.look()
            return keeper.is_known

        return await asyncio.gather(*(call() for _ in range(20)))

    assert all(asyncio.run(together()))
