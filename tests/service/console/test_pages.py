"""Tests of the console's pages over HTTP, without a browser."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

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
from service.storage import emails, incidents, leases
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


def _named(client: TestClient, name: str = "Bo") -> None:
    client.post("/name", data={"csrf": _token(client), "name": name})


def _version(client: TestClient, id: str) -> str:
    _named(client)
    found = re.search(r'name="version" value="([^"]+)"', client.get(f"/tickets/{id}").text)
    assert found
    return html.unescape(found[1])


def _decide(client: TestClient, id: str, what: str, version: str | None = None, **typed: str) -> Any:
    version = version or _version(client, id)
    return client.post(f"/tickets/{id}/{what}", data={"csrf": _token(client), "version": version, **typed})


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
    assert _decide(client, id, "approve").status_code == 303
    assert "Approved" in client.get(f"/tickets/{id}").text


def test_a_rejection_without_a_reason_says_so(client: TestClient, worker: Worker) -> None:
    id = _mail(client, worker, "Subject: Charged twice\n\nI was charged twice. What now?")

    answer = _decide(client, id, "reject")

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


def test_a_search_is_an_address_and_finds_words_names_ids_and_message_ids(client: TestClient, worker: Worker) -> None:
    raw = "From: Zelda Quint <zq@x.example>\nSubject: Zebra\nMessage-ID: <zebra.1@x.example>\nDate: Wed, 14 Oct 2026 09:12:00 +0000\n\nA stripe was charged twice. What now?\n"
    id = _mail(client, worker, raw)
    _mail(client, worker, "Subject: Zebroids\n\nMy lion was charged twice. What now?")

    for q in ("zebra", "A stripe", "zelda quint", id, id.upper(), "zebra.1@x.example", "<zebra.1@x.example>"):
        text = client.get("/", params={"q": q}).text
        assert re.findall(r'href="/tickets/([0-9a-f-]{36})"', text) == [id], q
        assert "1 ticket matches" in text
    assert "2 tickets match" in client.get("/", params={"q": "zebr"}).text
    assert "No ticket matches" in client.get("/", params={"q": "giraffe"}).text
    assert client.post("/search", data={"q": "zebra"}).status_code == 404


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
        session.execute(insert(Ticket), [{"email_id": id, "status": "answered", "urgency": "low", "finished_at": NOW} for id in rows])

    pages, address = [], "/?status=answered"
    while True:
        text = client.get(address).text
        pages.append(re.findall(r'href="/tickets/([0-9a-f-]{36})"', text))
        if not (found := re.search(r'rel="next" href="([^"]+)"', text)):
            break
        address = html.unescape(found[1])
    back = []
    while found := re.search(r'rel="prev" href="([^"]+)"', text):
        text = client.get(html.unescape(found[1])).text
        back.insert(0, re.findall(r'href="/tickets/([0-9a-f-]{36})"', text))

    assert [one for page in pages for one in page] == sorted(rows, reverse=True)
    assert [one for page in back for one in page] == sorted(rows, reverse=True)[:100]
    assert back[0] == pages[0]


def test_a_name_is_asked_for_once_and_stands_on_every_decision(client: TestClient, desks: Desks, worker: Worker) -> None:
    id = _mail(client, worker, "Subject: Charged twice\n\nI was charged twice for October. Can I have the second charge returned?\n\nAna López")
    first = client.get(f"/tickets/{id}").text
    assert 'action="/name"' in first
    assert "/approve" not in first

    answer = client.post("/name", data={"csrf": _token(client), "name": " Bo\u202e  Zoë ", "back": f"/tickets/{id}"})
    assert answer.headers["location"] == f"/tickets/{id}"
    assert "as Bo Zoë" in client.get(f"/tickets/{id}").text
    version = html.unescape(re.search(r'name="version" value="([^"]+)"', client.get(f"/tickets/{id}").text)[1])  # type: ignore[index]
    assert _decide(client, id, "reject", version, reason="It is not what was asked.").status_code == 303
    assert client.get(f"/v1/tickets/{id}/trace").json()["reviews"][0]["reviewer"] == "Bo Zoë"
    assert client.post("/name", data={"csrf": _token(client), "name": "x", "back": "//evil.example"}).headers["location"] == "/"


def test_of_two_edits_the_second_sees_the_first_and_loses_nothing(client: TestClient, worker: Worker) -> None:
    id = _mail(client, worker, "Subject: Charged twice\n\nI was charged twice for October. Can I have the second charge returned?\n\nAna López")
    version, fields = _version(client, id), {"customer_name": "Ana López", "issue_summary": "Charged twice.", "urgency": "high"}
    assert _decide(client, id, "edit", version, answer="Write to us within 60 days.", **fields).status_code == 303

    late = _decide(client, id, "edit", version, answer="We will call you tomorrow.", **fields)
    assert late.status_code == 412
    assert "Write to us within 60 days." in late.text
    assert ">We will call you tomorrow.</textarea>" in late.text
    assert client.get(f"/v1/tickets/{id}").json()["answer"]["text"] == "Write to us within 60 days."
    for what in ("approve", "reject"):
        assert client.post(f"/tickets/{id}/{what}", data={"csrf": _token(client), "reason": "x"}).status_code == 412


def test_an_edited_answer_shows_what_the_check_lets_pass_and_what_stands_on_the_reviewers_word(client: TestClient, worker: Worker) -> None:
    id = _mail(client, worker, "Subject: Charged twice\n\nI was charged twice for October. Can I have the second charge returned?\n\nAna López")
    text = "The second charge is returned in full to the card that was used.\nWe also add a voucher for £500."
    _decide(client, id, "edit", answer=text, issue_summary="Charged twice.", urgency="high")

    told = client.get(f"/v1/tickets/{id}").json()
    assert [(one["text"], one["doubt"] is None) for one in told["answer"]["sentences"]] == list(zip(text.split("\n"), (True, False), strict=True))
    assert (told["status"], told["outcome"], told["review"]) == ("approved", "answered", "edited")
    page = client.get(f"/tickets/{id}").text
    assert "1 of 2 sentences pass the check" in page
    assert "On Bo’s word" in page


def test_an_emptied_answer_is_empty_and_its_ticket_closed(client: TestClient, worker: Worker) -> None:
    id = _mail(client, worker, "Subject: Charged twice\n\nI was charged twice for October. Can I have the second charge returned?\n\nAna López")
    _decide(client, id, "edit", answer="", issue_summary="Charged twice.", urgency="high")

    told = client.get(f"/v1/tickets/{id}").json()
    assert (told["answer"], told["outcome"], told["review"]) == (None, "answered", "closed")
    assert "second charge is returned" not in client.get(f"/tickets/{id}").text


def test_no_count_moves_because_somebody_decided(client: TestClient, worker: Worker) -> None:
    answered = _mail(client, worker, "Subject: Charged twice\n\nI was charged twice for October. Can I have the second charge returned?\n\nAna López")
    handed = _mail(client, worker, "Subject: Octopus\n\nWhich wine goes with grilled octopus in Lisbon?\n\nBo")
    tabs = re.compile(r'<nav class="tabs".*?</nav>', re.DOTALL)

    def standing() -> tuple[Any, ...]:
        measured = client.get("/v1/measures?window=1h").json()
        return measured["emails"]["byStatus"], tabs.findall(client.get("/").text), re.findall(r"<b>(\d+)</b>", client.get("/operations").text)

    before = standing()
    _decide(client, answered, "approve")
    _decide(client, handed, "approve")

    assert standing() == before
    assert [client.get(f"/v1/tickets/{id}").json()["review"] for id in (answered, handed)] == ["approved", "closed"]
    assert [one["id"] for one in client.get("/v1/tickets?review=closed").json()["tickets"]] == [handed]
    assert [one["id"] for one in client.get("/v1/tickets?outcome=answered").json()["tickets"]] == [answered]


def test_a_ticket_shows_how_much_of_a_long_mail_no_model_was_given(client: TestClient, worker: Worker) -> None:
    long = "I was charged twice.\n" + "The statement is below, line by line.\n" * 1000
    shown = [client.get(f"/tickets/{_mail(client, worker, text)}").text for text in (long, "I was charged twice.")]
    assert [bool(re.search(r"\d\d,\d{3} characters in the middle", page)) for page in shown] == [True, False]


def test_a_mail_that_no_worker_came_to_the_end_of_is_shown_and_decided_by_a_person(client: TestClient, desks: Desks, worker: Worker) -> None:
    id = client.post("/inbox/new", data={"csrf": _token(client), "text": "I was charged twice. What now?"}).headers["location"].rsplit("/", 1)[1]
    for number in range(leases.MOST_LOST):
        assert leases.take(desks.engine, f"elsewhere {number} x", datetime.now(UTC), 0)
    assert worker.run(id)

    assert "Its workers ended before it was done" in client.get("/").text
    shown = client.get(f"/tickets/{id}")
    assert shown.status_code == 200
    assert "I was charged twice" in shown.text
    _named(client)
    assert client.post(f"/v1/tickets/{id}/review", json={"verdict": "edit", "answer": "Write to us."}).json()["review"] == "edited"
