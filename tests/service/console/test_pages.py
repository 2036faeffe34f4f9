"""Tests of the console's pages over HTTP, without a browser."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert
from starlette.testclient import TestClient

from evals import gate
from evals.gate import Verdict
from evals.mutations import adequacy
from evals.mutations.weakenings import Mutation
from service import app, bootstrap, ids, intake
from service.bootstrap import Desks
from service.console import inbox
from service.settings import Settings
from service.stages import extraction
from service.stages.extraction import Extracted
from service.storage import emails, incidents
from service.storage.database import writing
from service.storage.tables import Email, Ticket
from service.telemetry.prometheus import Metrics
from service.tickets import NOTHING
from service.worker import Worker

NASTY = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
KEPT: dict[str, gate.Decision] = {"rubric_removed": "fail", "slow_route": "fail", "names_dropped": "fail", "floor_zero": "pass"}
NOW = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)


@pytest.fixture
def desks(settings: Settings) -> Iterator[Desks]:
    """Give the desks of the small help centre, ready."""
    opened = bootstrap.open_desks(settings)
    opened.choose()
    yield opened
    opened.close()


@pytest.fixture
def worker(desks: Desks) -> Worker:
    """Give a worker that only works when it is told to."""
    return Worker(desks.engine, desks.choose, Metrics())


@pytest.fixture
def client(settings: Settings, desks: Desks, worker: Worker) -> TestClient:
    """Give a client whose worker never starts by itself."""
    return TestClient(app.make(settings, desks, worker, Metrics()), follow_redirects=False)


def _token(client: TestClient) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)
    assert found
    return found[1]


def _mail(client: TestClient, worker: Worker, text: str) -> str:
    answer = client.post("/inbox/new", data={"csrf": _token(client), "text": text})
    assert answer.status_code == 303
    id = answer.headers["location"].rsplit("/", 1)[1]
    worker.run(id)
    return id


@pytest.mark.parametrize("path", ["/", "/ask", "/releases", "/evals", "/operations", "/help-centre"])
def test_every_page_answers_an_empty_database_under_a_strict_policy(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script>|<style|\sstyle=|\son\w+=|https?://", answer.text)


def test_a_change_without_the_form_token_is_refused(client: TestClient) -> None:
    client.get("/")

    assert client.post("/inbox/new", data={"text": "Help me please"}).status_code == 403
    assert client.post("/inbox/new", data={"csrf": "x" * 43, "text": "Help me please"}).status_code == 403
    assert client.post("/releases/rollback", data={"why": "because"}).status_code == 403


def test_a_pasted_mail_becomes_a_ticket_that_can_be_approved(client: TestClient, worker: Worker) -> None:
    id = _mail(client, worker, "Subject: Charged twice\n\nI was charged twice for October. Can I have the second charge returned?\n\nAna López")

    page = client.get(f"/tickets/{id}")
    assert "Charged twice" in page.text
    assert 'class="cite"' in page.text
    assert client.post(f"/tickets/{id}/approve", data={"csrf": _token(client)}).status_code == 303
    assert "Approved" in client.get(f"/tickets/{id}").text


def test_a_rejection_without_a_reason_says_so(client: TestClient, worker: Worker) -> None:
    id = _mail(client, worker, "Subject: Charged twice\n\nI was charged twice. What now?")

    answer = client.post(f"/tickets/{id}/reject", data={"csrf": _token(client)})

    assert answer.status_code == 422
    assert "a rejection needs its reason" in answer.text


def test_markup_from_a_mail_stays_text_everywhere(client: TestClient, worker: Worker) -> None:
    raw = f'From: "{NASTY[2:]}" <a@example.com>\nTo: {NASTY}\nSubject: {NASTY}\nX: y\n\nHello, {NASTY} I was charged twice, {NASTY}?\n\n{NASTY}\n'
    id = _mail(client, worker, raw)

    for path in ("/", f"/tickets/{id}", "/help-centre", "/operations"):
        text = client.get(path).text
        assert "<script>alert" not in text
        assert "<img" not in text


def test_the_raw_source_is_plain_text(client: TestClient, worker: Worker) -> None:
    answer = client.get(f"/tickets/{_mail(client, worker, f'Subject: Hi there{NASTY}')}/source")

    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_ticket_can_be_kept_as_an_eval_case(client: TestClient, worker: Worker, settings: Settings) -> None:
    id = _mail(client, worker, "Subject: Charged twice\n\nI was charged twice. What now?")

    answer = client.post(f"/tickets/{id}/case", data={"csrf": _token(client), "why": "The urgency is wrong"})

    assert answer.status_code == 200
    assert len(list((settings.data_dir / "candidates").glob("*.yaml"))) == 1


def test_a_mail_that_is_still_worked_on_says_so(client: TestClient, desks: Desks) -> None:
    id = emails.receive(desks.engine, intake.arrival(b"From: a@example.com\nSubject: x\n\nHello", NOW), NOW).id

    assert "is being worked on" in client.get(f"/tickets/{id}").text


def test_what_is_not_there_is_a_page(client: TestClient) -> None:
    answer = client.get("/tickets/none")

    assert answer.status_code == 404
    assert "Not found" in answer.text


def test_a_search_is_not_in_the_address(client: TestClient, worker: Worker) -> None:
    _mail(client, worker, "Subject: Zebra\n\nMy zebra was charged twice. What now?")

    assert "Zebra" in client.post("/search", data={"q": "zebra"}).text
    assert "No ticket matches" in client.post("/search", data={"q": "giraffe"}).text


def test_a_question_is_answered_without_scripts(client: TestClient) -> None:
    answer = client.post("/ask", data={"csrf": _token(client), "question": "How long does a full charge of the battery take?"})

    assert "4 hours" in answer.text


def test_a_rollback_with_nothing_before_says_so(client: TestClient) -> None:
    answer = client.post("/releases/rollback", data={"csrf": _token(client), "why": "because"})

    assert answer.status_code == 409
    assert "no other release was in use before" in answer.text


def test_an_incident_is_closed_once_and_with_a_reason(client: TestClient, desks: Desks) -> None:
    id, _ = incidents.open_or_add(desks.engine, "drift", "medium", "r1", "words that nobody wrote about", NOW, "drift", {})
    send = {"csrf": _token(client)}

    assert "closed with what was found" in client.post(f"/incidents/{id}/close", data=send).text
    assert client.post(f"/incidents/{id}/close", data=send | {"why": "an article was added"}).status_code == 303
    assert "an article was added" in client.get("/operations").text
    assert client.post(f"/incidents/{id}/close", data=send | {"why": "again"}).status_code == 409
    assert incidents.get(desks.engine, id).closed_at


def test_the_gates_adequacy_is_shown_as_it_was_kept(client: TestClient, settings: Settings) -> None:
    tried = [adequacy.Tried(Mutation(name, "weakening", lambda lab: lab, ""), decision, (), 1.0) for name, decision in KEPT.items()]
    adequacy.keep(adequacy.Adequacy(tuple(tried), Verdict("pass", (), None), 2.0), settings.data_dir, NOW)

    page = client.get("/evals").text
    assert "3 of 4" in page
    assert "Missed: floor_zero" in page


def test_the_stages_of_a_mail_in_hand_are_told_before_it_is_finished(
    client: TestClient, desks: Desks, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[str]] = []
    id = client.post("/inbox/new", data={"csrf": _token(client), "text": "I was charged twice. What now?"}).headers["location"].rsplit("/", 1)[1]

    def extract(*args: object) -> Extracted:
        running = worker.running(id)
        assert running
        told.append([line.decode() for line in inbox._stages(list(running.spans), set())])
        return Extracted(NOTHING, {}, False)

    monkeypatch.setattr(extraction, "extract", extract)
    worker.run(id)

    assert [line.split("\n")[0] for line in told[0]] == ["event: stage"] * 3 + ["event: began"]
    assert '"extract"' in told[0][3]
    assert worker.running(id) is None
    stored = client.get(f"/inbox/{id}/progress").text
    assert [line for line in stored.splitlines() if line.startswith("event")] == ["event: stage"] * 6 + ["event: done"]


def test_the_pages_of_a_long_list_reach_every_ticket(client: TestClient, desks: Desks) -> None:
    rows = [ids.new(datetime.fromtimestamp(1_760_000_000 + at, UTC)) for at in range(120)]
    with writing(desks.engine) as session:
        head = {"received_at": NOW, "subject": "s", "sender": "a@example.com", "size": 1, "state": "done", "tries": 1, "digest": "d"}
        session.execute(insert(Email), [{"id": id, "key": id, **head} for id in rows])
        session.execute(insert(Ticket), [{"email_id": id, "status": "answered", "urgency": "low"} for id in rows])

    seen, before = set(), ""
    while True:
        text = client.get("/", params={"before": before, "status": "answered"}).text
        seen |= set(re.findall(r'href="/tickets/([0-9a-f-]{36})"', text))
        if not (found := re.search(r'name="before" value="([0-9a-f-]{36})"', text)):
            break
        before = found[1]

    assert seen == set(rows)


def test_a_ticket_shows_how_much_of_a_long_mail_no_model_was_given(client: TestClient, worker: Worker) -> None:
    long = "I was charged twice.\n" + "The statement is below, line by line.\n" * 1000
    shown = [client.get(f"/tickets/{_mail(client, worker, text)}").text for text in (long, "I was charged twice.")]
    assert [bool(re.search(r"\d\d,\d{3} characters in the middle", page)) for page in shown] == [True, False]
