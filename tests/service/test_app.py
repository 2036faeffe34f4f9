import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine, select

from service import app, logs
from service.api import bodies
from service.pipeline import Desk
from service.releases.serving import NoDesk
from service.settings import Settings
from service.storage import database
from service.storage.tables import Question
from service.telemetry.prometheus import Metrics
from service.trace import STAGES
from service.worker import Worker
from tests.service import fakes

RAW = {"content-type": "message/rfc822"}
PROBLEM = "application/problem+json"


class Desks:
    """Gives one desk of fakes, or none."""

    snapshot = "0123456789abcdef"
    standing = object()

    def __init__(self, engine: Engine, why_not: str = "") -> None:
        self.engine = engine
        self.parts = SimpleNamespace(breakers=SimpleNamespace(states=lambda: {("fake", "fake-1"): "open"}))
        self.why_not = why_not
        self.behind: str | None = None
        self.is_starting = False

    def choose(self, key: str = "") -> Desk:
        if self.why_not:
            raise NoDesk(self.why_not)
        return fakes.desk()


Connect = Callable[..., TestClient]


@pytest.fixture
def connect(sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Give a function that starts the application and connects to it."""
    opened: list[TestClient] = []

    def start(why_not: str = "", threads: int = 1, **changes: Any) -> TestClient:
        desks: Any = Desks(sqlite, why_not)
        metrics = Metrics()
        settings = Settings(**{"data_dir": tmp_path, **changes})
        made = app.make(settings, desks, Worker(sqlite, desks.choose, metrics, threads, poll=0.02, pause=0.01), metrics)
        client = TestClient(made, raise_server_exceptions=False)
        opened.append(client)
        client.__enter__()
        return client

    yield start
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def client(connect: Connect) -> TestClient:
    return connect()


def send(client: TestClient, raw: bytes, wait: int = 20) -> Any:
    return client.post(f"/v1/emails?wait={wait}", content=raw, headers=RAW)


def test_an_email_sent_with_time_to_wait_comes_back_as_its_ticket(client: TestClient) -> None:
    response = send(client, fakes.mail())
    assert response.status_code == 201
    assert response.json()["status"] == "answered"
    assert response.headers["location"] == f"/v1/tickets/{response.json()['id']}"


def test_an_email_sent_without_waiting_is_accepted_and_finished_later(connect: Connect) -> None:
    client = connect(threads=0)
    response = client.post("/v1/emails", content=fakes.mail(), headers=RAW)
    assert (response.status_code, response.json()["status"], response.json()["ticket"]) == (202, "processing", None)
    assert client.get(response.headers["location"]).json() == response.json()
    later = connect(threads=1)
    assert send(later, fakes.mail()).json()["status"] == "answered"


def test_waiting_ends_with_its_seconds(connect: Connect) -> None:
    assert send(connect(threads=0), fakes.mail(), wait=1).status_code == 202


def test_the_same_email_again_gets_the_earlier_ticket(client: TestClient) -> None:
    sent = fakes.mail(message_id="a@x")
    first, again = send(client, sent), send(client, b"Received: by relay.example; Wed, 14 Oct 2026 09:13:00 +0000\n" + sent)
    assert (again.status_code, again.json()) == (200, first.json())


def test_another_email_under_the_same_id_gets_a_ticket_of_its_own(client: TestClient) -> None:
    first, other = send(client, fakes.mail(message_id="a@x")), send(client, fakes.mail("another subject", message_id="a@x"))
    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]


def test_an_email_given_field_by_field_becomes_a_ticket(client: TestClient) -> None:
    given = {"from": "Ana López <ana@x.example>", "to": "help@y.example", "subject": "Charged twice ✓", "text": "Grüße\n\nAna",
             "html": "<p>Grüße</p>", "messageId": "<m1@x>", "date": "2026-10-14T09:12:00+01:00"}  # fmt: skip
    first, again = client.post("/v1/emails?wait=20", json=given), client.post("/v1/emails?wait=20", json=given)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["email"] == {"messageId": "m1@x", "from": "Ana López <ana@x.example>", "subject": "Charged twice ✓"}
    raw = client.get(f"{first.headers['location']}/email").content
    assert b"Date: Wed, 14 Oct 2026 09:12:00 +0100" in raw


def test_the_same_fields_without_a_message_id_are_a_duplicate(client: TestClient) -> None:
    given = {"from": "ana@x.example", "subject": "Charged twice", "text": "Twice!"}
    ids = [client.post("/v1/emails", json=body).json()["id"] for body in (given, given, {**given, "text": "Thrice!"})]
    assert ids[0] == ids[1] != ids[2]


def test_an_idempotency_key_stands_for_one_email(client: TestClient) -> None:
    headers = {**RAW, "Idempotency-Key": "k1"}
    first, again, other = (client.post("/v1/emails?wait=20", content=fakes.mail(subject), headers=headers) for subject in ("one", "one", "two"))
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
    assert other.json()["errors"] == [{"field": "Idempotency-Key", "message": "this Idempotency-Key was used for another request"}]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream", ""])
def test_other_kinds_of_body_are_refused_with_the_kinds_that_are_taken(client: TestClient, content_type: str) -> None:
    response = client.post("/v1/emails", content=fakes.mail(), headers={"content-type": content_type})
    assert (response.status_code, response.headers["content-type"]) == (415, PROBLEM)
    assert "message/rfc822" in response.json()["detail"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"subject": "x", "text": "y"}, "from"),
        ({"from": "a@b.c", "text": 5}, "text"),
        ({"from": "a@b.c", "text": "y", "date": "yesterday"}, "date"),
        ({"from": "a@b.c", "text": "y", "txt": "z"}, "txt"),
        ({"from": "a@b.c\r\nBcc: x@y.z", "text": "y"}, "from"),
        ({"from": "a@b.c", "subject": "a\x00b"}, "subject"),
        ({"from": "a@b.c"}, "body"),
        ({"from": "a@b.c", "text": "y", "date": "2026-10-14T09:12:00"}, "body"),
        ([], "body"),
    ],
)
def test_a_field_that_is_wrong_is_named(client: TestClient, given: object, field: str) -> None:
    response = client.post("/v1/emails", json=given)
    assert (response.status_code, response.headers["content-type"]) == (422, PROBLEM)
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("body", [b"{", b'{"from": "a@b.c", "text": "\\ud800"}', b"\xff\xfe", b""])
def test_a_body_that_is_not_json_is_refused(client: TestClient, body: bytes) -> None:
    response = client.post("/v1/emails", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.headers["content-type"]) == (422, PROBLEM)


@pytest.mark.parametrize("body", [b"no mail at all", b"", b"\x00\x01\x02" * 50])
def test_bytes_that_are_no_email_are_refused(client: TestClient, body: bytes) -> None:
    response = client.post("/v1/emails", content=body, headers=RAW)
    assert (response.status_code, response.json()["type"]) == (422, "urn:proofdesk:problem:not-an-email")


def test_an_email_of_the_largest_size_is_taken_and_one_byte_more_is_not(connect: Connect) -> None:
    client = connect(max_email_bytes=2000)
    raw = fakes.mail()
    raw += b"x" * (2000 - len(raw))
    assert client.post("/v1/emails", content=raw, headers=RAW).status_code == 202
    response = client.post("/v1/emails", content=raw + b"x", headers=RAW)
    assert (response.status_code, response.headers["content-type"]) == (413, PROBLEM)
    assert "2,000 bytes" in response.json()["detail"]


def test_a_body_without_a_stated_length_is_counted_while_it_comes(connect: Connect) -> None:
    client = connect(max_email_bytes=2000)
    response = client.post("/v1/emails", content=iter([fakes.mail(), b"x" * 1500, b"x" * 1500]), headers=RAW)
    assert (response.status_code, response.headers["content-type"]) == (413, PROBLEM)


def test_bodies_of_other_calls_are_limited_too(client: TestClient) -> None:
    response = client.post(
        "/v1/questions", content=b'{"question": "' + b"x" * bodies.OTHER_BODY_BYTES + b'"}', headers={"content-type": "application/json"}
    )
    assert (response.status_code, response.headers["content-type"]) == (413, PROBLEM)


@pytest.mark.parametrize("path", ["/v1/tickets/nope", "/v1/tickets/nope/trace", "/v1/tickets/nope/email", "/nowhere"])
def test_what_is_not_there_is_a_problem(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["content-type"], response.json()["status"]) == (404, PROBLEM, 404)


def test_a_method_that_is_not_possible_is_a_problem(client: TestClient) -> None:
    response = client.delete("/v1/tickets")
    assert (response.status_code, response.headers["content-type"], response.headers["allow"]) == (405, PROBLEM, "GET")


def test_an_error_of_ours_is_a_problem_without_its_words(client: TestClient) -> None:
    response = client.get("/v1/search", params={"query": "x"})
    assert response.status_code == 200
    client.app.state.house.desks.choose = lambda: 1 / 0  # type: ignore[attr-defined]
    response = client.get("/v1/search", params={"query": "x"})
    assert (response.status_code, response.headers["content-type"]) == (500, PROBLEM)
    assert "division" not in response.text


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=x", "limit"), ("status=lost", "status"), ("cursor=abc", "cursor"), ("receivedAfter=now", "receivedAfter"),
     ("receivedAfter=2026-10-14T09:12:00", "receivedAfter"), ("receivedBefore=0.5", "receivedBefore"), ("receivedAfter=20261014", "receivedAfter")],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_named(client: TestClient, query: str, field: str) -> None:
    response = client.get(f"/v1/tickets?{query}")
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (422, [field])


def test_tickets_are_listed_filtered_and_paged(client: TestClient) -> None:
    for subject in ("Charged twice", "thanks", "how to export", "Charged twice again"):
        send(client, fakes.mail(subject))
    listed = client.get("/v1/tickets", params={"status": "answered", "limit": 2}).json()
    assert [ticket["email"]["subject"] for ticket in listed["tickets"]] == ["Charged twice again", "how to export"]
    rest = client.get("/v1/tickets", params={"status": "answered", "limit": 2, "cursor": listed["next"]}).json()
    assert ([ticket["email"]["subject"] for ticket in rest["tickets"]], rest["next"]) == (["Charged twice"], None)
    found = client.get("/v1/tickets", params={"q": "EXPORT", "urgency": "low", "release": "r1", "receivedAfter": "2026-01-01T00:00:00Z"}).json()
    assert [ticket["email"]["subject"] for ticket in found["tickets"]] == ["how to export"]


def test_the_raw_email_comes_as_an_attachment_that_no_browser_opens(client: TestClient) -> None:
    raw = fakes.mail(text="<script>alert(1)</script>")
    location = send(client, raw).headers["location"]
    response = client.get(f"{location}/email")
    assert response.content == raw
    assert response.headers["content-type"] == "message/rfc822"
    assert response.headers["content-disposition"].startswith("attachment")
    assert response.headers["x-content-type-options"] == "nosniff"


def test_the_trace_names_stages_and_attempts(client: TestClient) -> None:
    location = send(client, fakes.mail()).headers["location"]
    trace = client.get(f"{location}/trace").json()
    assert [span["stage"] for span in trace["spans"]] == list(STAGES)
    assert trace["spans"][3]["attempts"][0]["usd"] == "0.00042"


def test_a_ticket_can_be_approved_edited_and_rejected(client: TestClient) -> None:
    location = send(client, fakes.mail()).headers["location"]
    approved = client.post(f"{location}/review", json={"verdict": "approve", "reviewer": "Bo"}).json()
    fields = {"customerName": "Ana", "issueSummary": "Charged twice for October.", "urgency": "high"}
    edited = client.post(f"{location}/review", json={"verdict": "edit", "ticket": fields, "answer": "Write to us."}).json()
    rejected = client.post(f"{location}/review", json={"verdict": "reject", "reason": "not our customer"}).json()
    assert [one["status"] for one in (approved, edited, rejected)] == ["approved", "approved", "rejected"]
    assert [one["review"] for one in (approved, edited, rejected)] == ["approved", "edited", "rejected"]
    assert [one["outcome"] for one in (approved, edited, rejected)] == ["answered"] * 3
    assert (edited["ticket"], edited["answer"]["text"]) == (fields, "Write to us.")
    assert [(one["text"], one["doubt"]["link"]) for one in edited["answer"]["sentences"]] == [("Write to us.", "quote")]
    reviews = client.get(f"{location}/trace").json()["reviews"]
    assert [(review["verdict"], review["reason"], review["reviewer"]) for review in reviews] == [
        ("approve", None, "Bo"), ("edit", None, None), ("reject", "not our customer", None)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (("Ana \u202e\x1b[31m", "Card 4111 1111 1111 1111 was charged.\x07"), ("Ana [31m", "Card [card] was charged.")),
        (("Ana\u2028Bcc: x", "Pays\nwith\tIBAN DE89 3704 0044 0532 0130 00."), ("Ana Bcc: x", "Pays with IBAN [iban].")),
        (("\u2066Ana 5500-0000-0000-0004\u200b", None), ("Ana [card]", None)),
        ((None, "\x9b2JAsks for\x00 her invoice."), (None, "2JAsks for her invoice.")),
    ],
)
def test_the_fields_that_a_person_corrects_are_kept_without_secrets_on_one_plain_line(
    client: TestClient, typed: tuple[str | None, str | None], kept: tuple[str | None, str | None]
) -> None:
    location = send(client, fakes.mail()).headers["location"]
    fields = dict(zip(("customerName", "issueSummary"), typed, strict=True))
    answer = client.post(f"{location}/review", json={"verdict": "edit", "ticket": {**fields, "urgency": "low"}})
    assert answer.status_code == 200
    shown = client.get(location).json()["ticket"]
    assert (shown["customerName"], shown["issueSummary"]) == kept


@pytest.mark.parametrize(
    ("name", "field"), [("\u202e\u200b", "ticket"), ("Ana\nLopez", "ticket.customerName"), ("a" * 100 + " pin: 1234" * 2, "ticket")]
)
def test_corrected_fields_that_are_no_ticket_once_they_are_clean_are_refused_by_name(client: TestClient, name: str, field: str) -> None:
    location = send(client, fakes.mail()).headers["location"]
    answer = client.post(f"{location}/review", json={"verdict": "edit", "ticket": {"customerName": name, "issueSummary": None, "urgency": None}})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert "customerName must be one line" in answer.json()["detail"]


def test_a_decision_about_another_state_of_the_ticket_is_refused(client: TestClient) -> None:
    location = send(client, fakes.mail()).headers["location"]
    etag = client.get(location).headers["etag"]
    assert client.get(location).headers["etag"] == etag
    approved = client.post(f"{location}/review", json={"verdict": "approve"}, headers={"If-Match": etag})
    assert approved.status_code == 200
    assert approved.headers["etag"] == client.get(location).headers["etag"] != etag

    late = client.post(f"{location}/review", json={"verdict": "reject", "reason": "no"}, headers={"If-Match": etag})
    assert (late.status_code, late.headers["content-type"], late.json()["type"]) == (412, "application/problem+json", "urn:proofdesk:problem:changed")
    assert client.get(location).json()["review"] == "approved"
    assert client.post(f"{location}/review", json={"verdict": "approve"}, headers={"If-Match": f"W/{etag}"}).status_code == 412
    for wanted in ("*", f'"x", {approved.headers["etag"]}'):
        assert client.post(f"{location}/review", json={"verdict": "approve"}, headers={"If-Match": wanted}).status_code == 200


def test_a_ticket_without_an_answer_is_closed(client: TestClient) -> None:
    location = send(client, fakes.mail("unknown thing")).headers["location"]
    closed = client.post(f"{location}/review", json={"verdict": "close"}).json()
    assert (closed["status"], closed["outcome"], closed["review"]) == ("approved", "handedOver", "closed")
    assert client.get(f"{location}/trace").json()["reviews"][0]["verdict"] == "close"
    answered = send(client, fakes.mail()).headers["location"]
    assert client.post(f"{answered}/review", json={"verdict": "close"}).status_code == 409


@pytest.mark.parametrize(
    "decision",
    [{"verdict": "reject"}, {"verdict": "edit"}, {"verdict": "approve", "answer": "x"}, {"verdict": "maybe"},
     {"verdict": "edit", "ticket": {"customerName": None, "issueSummary": "w " * 30, "urgency": "low"}}],
)  # fmt: skip
def test_half_a_decision_is_refused(client: TestClient, decision: dict[str, Any]) -> None:
    location = send(client, fakes.mail()).headers["location"]
    assert client.post(f"{location}/review", json=decision).status_code == 422


def test_an_unfinished_ticket_cannot_be_reviewed(connect: Connect) -> None:
    client = connect(threads=0)
    location = client.post("/v1/emails", content=fakes.mail(), headers=RAW).headers["location"]
    assert client.post(f"{location}/review", json={"verdict": "approve"}).status_code == 409
    assert client.post("/v1/tickets/nope/review", json={"verdict": "approve"}).status_code == 404


def test_a_question_is_answered_with_citations(client: TestClient) -> None:
    answered = client.post("/v1/questions", json={"question": "Who pays a second charge back?"}).json()
    assert list(answered) == ["question", "outcome", "answer", "handedOver", "latencyMs", "struck"]
    assert (answered["outcome"], answered["answer"]["citations"][0]["article"]) == ("answered", "billing.md")


def test_a_secret_in_a_question_is_neither_searched_with_nor_kept(client: TestClient, sqlite: Engine) -> None:
    question = "Why was my card 4111 1111 1111 1111 charged twice?"
    assert client.post("/v1/questions", json={"question": question}).json()["question"] == question
    with database.reading(sqlite) as session:
        kept = session.scalars(select(Question)).one()
    assert kept.question == "Why was my card [card] charged twice?"


def test_a_question_that_the_help_centre_does_not_answer_is_handed_over(client: TestClient) -> None:
    refused = client.post("/v1/questions", json={"question": "unknown matter"}).json()
    assert (refused["outcome"], refused["answer"], refused["handedOver"]["reason"]) == ("handedOver", None, "nothing_found")


@pytest.mark.parametrize("question", ["", "   ", "x" * 4001, "a\x00b"])
def test_a_question_that_is_none_is_refused(client: TestClient, question: str) -> None:
    response = client.post("/v1/questions", json={"question": question})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "question")


def test_a_question_can_be_followed_event_by_event(client: TestClient) -> None:
    response = client.post("/v1/questions", json={"question": "Who pays a second charge back?"}, headers={"accept": "text/event-stream"})
    assert response.headers["content-type"].startswith("text/event-stream")
    events = [dict(line.split(": ", 1) for line in block.splitlines()) for block in response.text.strip().split("\n\n")]
    assert [event["event"] for event in events] == ["passages", "sentence", "done"]
    assert json.loads(events[0]["data"])["passages"][0]["article"] == "billing.md"
    assert json.loads(events[1]["data"]) == {
        "text": fakes.PASSAGE.text,
        "citations": ["p1"],
        "support": 1.0,
        "quotes": [{"passage": "p1", "text": fakes.PASSAGE.text, "start": 0, "end": len(fakes.PASSAGE.text)}],
        "doubt": None,
    }
    assert json.loads(events[2]["data"])["outcome"] == "answered"


def test_a_stream_that_breaks_says_so(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("service.asking.conclude", fail)
    response = client.post("/v1/questions", json={"question": "Who pays?"}, headers={"accept": "text/event-stream"})
    assert response.text.strip().split("\n\n")[-1].startswith("event: problem\n")


def test_passages_are_found_with_their_scores(client: TestClient) -> None:
    found = client.get("/v1/search", params={"query": "second charge", "k": 3}).json()
    assert found["query"] == "second charge"
    assert list(found["passages"][0]) == ["id", "article", "title", "heading", "text", "score"]


def test_without_a_help_centre_mail_is_taken_and_everything_else_says_what_to_do(connect: Connect) -> None:
    client = connect("there is no help centre yet: run `proofdesk ingest PATH`")
    assert client.post("/v1/emails", content=fakes.mail(), headers=RAW).status_code == 202
    assert client.get("/healthz").status_code == 200
    for response in (client.get("/readyz"), client.get("/v1/search?query=x"), client.post("/v1/questions", json={"question": "x"})):
        assert (response.status_code, response.headers["content-type"]) == (503, PROBLEM)
        assert "proofdesk ingest PATH" in response.json()["detail"]


def test_a_ready_service_says_with_what_it_works(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ready", "release": "r1", "snapshot": Desks.snapshot, "pending": 0}


def test_measures_add_up_what_happened(client: TestClient) -> None:
    for subject in ("Charged twice", "unknown thing", "thanks", "costly"):
        send(client, fakes.mail(subject))
    measured = client.get("/v1/measures?window=1h").json()
    assert measured["emails"]["byStatus"] == {"answered": 2, "handedOver": 1, "discarded": 1}
    assert (measured["emails"]["usd"], measured["emails"]["unpricedCalls"]) == ("0.00126", 1)
    assert measured["emails"]["latencyMs"]["count"] == 4
    assert {stage["stage"]: stage["errors"] for stage in measured["stages"]}["extract"] == {}
    assert [(route["task"], route["attempts"]) for route in measured["routes"]] == [("answer", 2), ("extract", 4)]
    assert measured["breakers"] == [{"provider": "fake", "model": "fake-1", "state": "open"}]
    assert client.get("/v1/measures?release=r2").json()["emails"]["byStatus"] == {}


def test_prometheus_finds_what_was_counted(client: TestClient) -> None:
    send(client, fakes.mail())
    text = client.get("/metrics").text
    assert 'proofdesk_emails_finished_total{release="r1",status="answered"} 1.0' in text
    assert 'proofdesk_attempts_total{error="",model="fake-1",provider="fake",release="r1",task="extract"} 1.0' in text


def test_a_token_is_asked_for_by_everything_but_the_pulse(connect: Connect) -> None:
    client = connect(api_token=SecretStr("s3cret"))
    assert client.get("/healthz").status_code == 200
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic s3cret"}):
        refused = client.get("/v1/tickets", headers=headers)
        assert (refused.status_code, refused.headers["content-type"]) == (401, PROBLEM)
        assert {"Basic", "Bearer"} <= {word.strip() for word in refused.headers["www-authenticate"].replace(",", " ").split()}
    assert client.get("/v1/tickets", headers={"authorization": "bearer s3cret"}).status_code == 200
    assert client.get("/v1/tickets", auth=("anyone", "s3cret")).status_code == 200  # as a browser asks for it
    assert client.get("/docs").status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/v1/tickets", "/nowhere", "/docs"])
def test_every_answer_keeps_browsers_careful(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert (headers["x-content-type-options"], headers["x-frame-options"], headers["referrer-policy"]) == ("nosniff", "DENY", "no-referrer")
    assert "default-src 'none'" in headers["content-security-policy"]


def test_the_reference_lists_every_call_without_any_script(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    paths = client.get("/openapi.json").json()["paths"]
    assert all(path.replace("{", "&#123;").replace("}", "&#125;") in page.text or path in page.text for path in paths)
    assert "<script" not in page.text
    assert "http://" not in page.text.replace("http://127.0.0.1", "").replace("http://localhost", "")


def test_openapi_describes_every_call_of_the_design_with_its_shapes(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    calls = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert calls >= {
        ("POST", "/v1/emails"), ("GET", "/v1/tickets"), ("GET", "/v1/tickets/{id}"), ("GET", "/v1/tickets/{id}/trace"), ("GET", "/v1/tickets/{id}/email"),
        ("POST", "/v1/tickets/{id}/review"), ("POST", "/v1/questions"), ("GET", "/v1/search"), ("GET", "/v1/releases"),
        ("POST", "/v1/releases/{name}/activate"), ("POST", "/v1/releases/rollback"), ("GET", "/v1/measures"), ("GET", "/healthz"), ("GET", "/readyz"),
        ("GET", "/metrics"),
    }  # fmt: skip
    text = json.dumps(described)
    wanted = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert wanted <= set(described["components"]["schemas"])
    assert described["components"]["schemas"]["TicketView"]["examples"]
    assert set(described["paths"]["/v1/emails"]["post"]["requestBody"]["content"]) == {"message/rfc822", "application/json"}
    assert {"200", "201", "202", "413", "415", "422"} <= set(described["paths"]["/v1/emails"]["post"]["responses"])


def test_nothing_that_a_customer_wrote_is_logged(client: TestClient) -> None:
    stream = io.StringIO()
    logs.set_up("DEBUG", stream)
    secret = "XYZZY-PLUGH"
    try:
        send(client, fakes.mail(f"explode {secret}", text=f"my word is {secret}"))
        send(client, fakes.mail(f"Charged {secret}", text=f"my word is {secret}"))
        client.get("/v1/search", params={"query": secret})
        client.get("/v1/tickets", params={"q": secret})
        client.get(f"/v1/tickets/{secret}")
        client.get(f"/{secret}")
        client.post("/v1/questions", json={"question": secret})
    finally:
        logs.set_up("INFO")
    events = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert {"email.failed", "email.finished", "http"} <= set(events)
    assert secret not in stream.getvalue()


def test_many_senders_at_once_each_get_their_own_ticket(client: TestClient) -> None:
    found: dict[int, Any] = {}

    def one(number: int) -> None:
        found[number] = send(client, fakes.mail(f"number {number}")).json()

    threads = [threading.Thread(target=one, args=[number]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: view["ticket"]["issueSummary"] for number, view in found.items()} == {number: f"number {number}" for number in range(12)}


@pytest.mark.parametrize("address", ["a%1E@b.example", "%C3%9A%1Ex@b.example", "a@b%07.example", "a%0E@b.example%0E"])
def test_an_address_with_control_characters_is_refused_and_no_failure(client: TestClient, address: str) -> None:
    assert client.delete(f"/v1/people/{address}?mentions=true").status_code == 422
