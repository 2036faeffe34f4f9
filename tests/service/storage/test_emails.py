import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select, update

from service import intake, pipeline
from service.storage import emails, leases, measures, ticket_queries
from service.storage.database import reading, writing
from service.storage.emails import Idempotency, KeyReused
from service.storage.tables import Attempt, Email, Span, Ticket
from service.storage.ticket_queries import Filter
from service.trace import Trace
from tests.service import fakes

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)


def received(engine: Engine, raw: bytes, at: datetime = NOON) -> str:
    return emails.receive(engine, intake.arrival(raw, at), at).id


def handled(engine: Engine, raw: bytes, at: datetime = NOON) -> str:
    id = received(engine, raw, at)
    lease = leases.take(engine, "host 1 a", at, 60, id)
    assert lease
    trace = Trace()
    outcome = pipeline.handle(raw, fakes.desk(), trace)
    assert emails.save(engine, lease, outcome, trace, "r1", at, at)
    return id


def count(engine: Engine, table: type) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_an_accepted_email_is_there_byte_by_byte_and_processing(engine: Engine) -> None:
    raw = fakes.mail(message_id="a@x")
    id = received(engine, raw)
    view = ticket_queries.get(engine, id)
    assert emails.raw(engine, id) == raw
    assert view
    assert (view.status, view.ticket, view.cost, view.received_at) == ("processing", None, None, NOON)
    assert view.email.model_dump(by_alias=True) == {"messageId": "a@x", "from": "Ana <ana@x.example>", "subject": "Charged twice"}


def test_a_mail_that_is_sent_again_finds_the_earlier_one(engine: Engine) -> None:
    sent = fakes.mail("one", "a@x")
    first = emails.receive(engine, intake.arrival(sent, NOON), NOON)
    again = emails.receive(engine, intake.arrival(b"Received: by relay.example; Mon, 5 Oct 2026 12:00:00 +0000\n" + sent, NOON), NOON)
    assert (first.new, again.new, again.id) == (True, False, first.id)


def test_other_mail_under_the_same_message_id_is_another_email(engine: Engine) -> None:
    sent = fakes.mail("one", "a@x")
    others = (fakes.mail("two", "a@x"), sent.replace(b"ana@x.example", b"bo@x.example"), sent + b"\nAnd the lid is cracked.\n")
    found = {emails.receive(engine, intake.arrival(raw, NOON), NOON).id for raw in (sent, *others)}
    assert len(found) == 4


def test_without_a_message_id_the_same_bytes_are_a_duplicate_and_others_are_not(engine: Engine) -> None:
    first, again, other = (emails.receive(engine, intake.arrival(fakes.mail(subject), NOON), NOON) for subject in ("one", "one", "two"))
    assert (again.id == first.id, again.new, other.new) == (True, False, True)


def test_a_mail_sent_many_times_at_once_is_one_email(engine: Engine) -> None:
    arriving, found = intake.arrival(fakes.mail(message_id="a@x"), NOON), []
    threads = [threading.Thread(target=lambda: found.append(emails.receive(engine, arriving, NOON))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.id for one in found}) == 1
    assert sum(one.new for one in found) == 1
    assert count(engine, Email) == 1


def test_an_idempotency_key_finds_its_email_and_is_refused_for_another(engine: Engine) -> None:
    first = emails.receive(engine, intake.arrival(fakes.mail("one"), NOON), NOON, Idempotency("k", "fp1"))
    again = emails.receive(engine, intake.arrival(fakes.mail("one"), NOON), NOON, Idempotency("k", "fp1"))
    assert (again.id, again.new) == (first.id, False)
    with pytest.raises(KeyReused):
        emails.receive(engine, intake.arrival(fakes.mail("two"), NOON), NOON, Idempotency("k", "fp2"))
    assert count(engine, Email) == 1


def test_a_finished_email_shows_fields_answer_citations_and_cost(engine: Engine) -> None:
    view = ticket_queries.get(engine, handled(engine, fakes.mail()))
    assert view
    assert view.model_dump(by_alias=True, mode="json") == {
        "id": view.id,
        "status": "answered",
        "receivedAt": "2026-10-14T12:00:00Z",
        "email": {"messageId": None, "from": "Ana <ana@x.example>", "subject": "Charged twice"},
        "ticket": {"customerName": None, "issueSummary": "Charged twice", "urgency": "high"},
        "answer": {
            "text": fakes.PASSAGE.text,
            "sentences": [
                {
                    "text": fakes.PASSAGE.text,
                    "citations": ["p1"],
                    "support": 1.0,
                    "quotes": [{"passage": "p1", "text": fakes.PASSAGE.text, "start": 0, "end": len(fakes.PASSAGE.text)}],
                    "doubt": None,
                }
            ],
            "citations": [
                {
                    "id": "p1",
                    "article": "billing.md",
                    "title": "Billing questions",
                    "heading": "Charged twice",
                    "quote": fakes.PASSAGE.text,
                    "score": 0.71,
                    "updated": None,
                    "version": None,
                }
            ],
        },
        "handedOver": None,
        "discarded": None,
        "release": "r1",
        "degraded": False,
        "latencyMs": view.latency_ms,
        "cost": {"usd": "0.00042", "unpricedCalls": 0, "inputTokens": 1624, "cachedTokens": 0, "outputTokens": 192},
        "unread": 0,
        "struck": [],
        "outcome": "answered",
        "review": None,
    }


def test_a_cost_that_nobody_knows_is_counted_and_not_zero(engine: Engine) -> None:
    view = ticket_queries.get(engine, handled(engine, fakes.mail("costly thanks")))
    assert view
    assert view.cost
    assert (view.cost.usd, view.cost.unpriced_calls) == (None, 1)


def test_the_three_outcomes_are_told_apart(engine: Engine) -> None:
    ids = [handled(engine, fakes.mail(subject)) for subject in ("Charged twice", "unknown thing", "thanks")]
    views = [ticket_queries.get(engine, id) for id in ids]
    traces = [ticket_queries.trace(engine, id) for id in ids]
    assert [view.status for view in views if view] == ["answered", "handedOver", "discarded"]
    assert [view.handed_over.reason if view and view.handed_over else None for view in views] == [None, "nothing_found", None]
    assert [trace.discarded for trace in traces if trace] == [None, None, "this is thanks"]


def test_the_trace_has_every_stage_with_its_attempts(engine: Engine) -> None:
    trace = ticket_queries.trace(engine, handled(engine, fakes.mail()))
    assert trace
    assert [span.stage for span in trace.spans] == ["parse", "screen", "extract", "events", "retrieve", "answer", "check", "policy", "store"]
    assert [(one.provider, one.usd, one.input_tokens) for span in trace.spans for one in span.attempts] == [
        ("fake", "0.00042", 812),
        ("fake", "0", 812),
    ]


def test_saving_twice_is_saving_once(engine: Engine) -> None:
    raw = fakes.mail()
    id = received(engine, raw)
    lease = leases.take(engine, "host 1 a", NOON, 60)
    assert lease
    trace = Trace()
    outcome = pipeline.handle(raw, fakes.desk(), trace)
    assert [emails.save(engine, lease, outcome, trace, "r1", NOON, NOON) for _ in range(2)] == [True, False]
    assert (count(engine, Span), count(engine, Attempt)) == (9, 2)  # the stages of the path and `store`, once each
    assert leases.take(engine, "host 1 a", NOON + timedelta(days=1), 60, id) is None


def test_a_worker_that_lost_its_lease_changes_nothing_but_what_was_spent(engine: Engine) -> None:
    raw = fakes.mail()
    id = received(engine, raw)
    slow = leases.take(engine, "host 1 a", NOON, 60)
    quick = leases.take(engine, "host 2 b", NOON + timedelta(minutes=2), 60)
    assert slow
    assert quick
    trace = Trace()
    outcome = pipeline.handle(raw, fakes.desk(), trace)
    assert emails.save(engine, slow, outcome, trace, "slow", NOON, NOON) is False
    view = ticket_queries.get(engine, id)
    assert view
    assert view.status == "processing"
    assert emails.spent_since(engine, NOON - timedelta(hours=1)) == Decimal("0.00042")
    assert emails.save(engine, quick, outcome, trace, "quick", NOON, NOON) is True


def test_what_was_spent_counts_from_a_moment_on(engine: Engine) -> None:
    handled(engine, fakes.mail("one"), NOON - timedelta(days=1))
    handled(engine, fakes.mail("two"), NOON)
    handled(engine, fakes.mail("three"), NOON)
    assert emails.spent_since(engine, NOON - timedelta(hours=12)) == Decimal("0.00084")
    assert emails.spent_since(engine, NOON + timedelta(hours=12)) == 0


def test_a_failed_try_is_due_again_later_and_its_calls_stay_paid(engine: Engine) -> None:
    id = received(engine, fakes.mail())
    lease = leases.take(engine, "host 1 a", NOON, 60)
    assert lease
    trace = Trace()
    pipeline.handle(fakes.mail(), fakes.desk(), trace)
    emails.save_failure(engine, lease, "KeyError in stage check", trace, "r1", NOON, NOON + timedelta(seconds=4))
    assert leases.take(engine, "host 1 a", NOON + timedelta(seconds=3), 60) is None
    again = leases.take(engine, "host 1 a", NOON + timedelta(seconds=4), 60)
    assert again
    assert (again.id, again.tries) == (id, 2)
    assert emails.spent_since(engine, NOON) == Decimal("0.00042")


def test_an_email_given_up_says_why_and_a_duplicate_tries_it_again(engine: Engine) -> None:
    raw = fakes.mail()
    id = received(engine, raw)
    lease = leases.take(engine, "host 1 a", NOON, 60)
    assert lease
    emails.save_failure(engine, lease, "KeyError in stage check", Trace(), "r1", NOON, None)
    trace, view = ticket_queries.trace(engine, id), ticket_queries.get(engine, id)
    assert trace
    assert view
    assert (trace.failed, view.status, view.ticket) == ("KeyError in stage check", "failed", None)
    assert leases.take(engine, "host 1 a", NOON + timedelta(days=1), 60) is None
    assert emails.receive(engine, intake.arrival(raw, NOON), NOON).id == id
    again = leases.take(engine, "host 1 a", NOON, 60)
    assert again
    assert (again.tries, again.faults, again.lost) == (2, 0, 1)  # numbered on, so that what the first tries cost stays on record


def test_text_that_no_database_takes_is_kept_with_a_mark_in_its_place(engine: Engine) -> None:
    raw = fakes.mail()
    id = received(engine, raw)
    lease = leases.take(engine, "host 1 a", NOON, 60)
    assert lease
    trace = Trace()
    outcome = pipeline.handle(raw, fakes.desk(), trace)
    outcome.evidence = {"says": "a\x00b\ud800", "share": float("nan")}
    assert emails.save(engine, lease, outcome, trace, "r1", NOON, NOON)
    kept = ticket_queries.trace(engine, id)
    assert kept
    assert kept.evidence == {"says": "a\ufffdb\ufffd", "share": None}


@pytest.fixture
def inbox(engine: Engine) -> list[str]:
    """Seven emails, a minute apart, the newest first."""
    subjects = ["Charged twice", "how to export", "thanks", "Charged twice again", "unknown thing", "how to 100% cancel", "last one"]
    return [handled(engine, fakes.mail(subject), NOON + timedelta(minutes=number)) for number, subject in enumerate(subjects)][::-1]


def test_pages_follow_each_other_without_gap_or_repetition(engine: Engine, inbox: list[str]) -> None:
    listed, cursor = [], None
    while True:
        page = ticket_queries.page(engine, Filter(), 3, cursor)
        listed += [ticket.id for ticket in page.tickets]
        cursor = page.next
        if cursor is None:
            break
    assert listed == inbox


def test_a_page_that_ends_with_the_last_ticket_has_no_next(engine: Engine, inbox: list[str]) -> None:
    assert ticket_queries.page(engine, Filter(), len(inbox)).next is None


@pytest.mark.parametrize(
    ("wanted", "subjects"),
    [
        (Filter(status="discarded"), ["thanks"]),
        (Filter(urgency="high"), ["Charged twice again", "Charged twice"]),
        (Filter(release="r2"), []),
        (Filter(text="EXPORT"), ["how to export"]),
        (Filter(text="100%"), ["how to 100% cancel"]),
        (Filter(text="_"), []),
        (Filter(received_after=NOON + timedelta(minutes=5)), ["last one", "how to 100% cancel"]),
        (Filter(received_before=NOON + timedelta(minutes=1)), ["Charged twice"]),
        (Filter(status="answered", text="again", received_after=NOON + timedelta(minutes=1)), ["Charged twice again"]),
    ],
)
def test_lists_what_is_asked_for(engine: Engine, inbox: list[str], wanted: Filter, subjects: list[str]) -> None:
    assert [ticket.email.subject for ticket in ticket_queries.page(engine, wanted, 50).tickets] == subjects


def test_what_is_not_there_is_none(engine: Engine) -> None:
    assert [ticket_queries.get(engine, "nope"), ticket_queries.trace(engine, "nope"), emails.raw(engine, "nope")] == [None, None, None]


def test_struck_sentences_are_measured_by_link(engine: Engine) -> None:
    handled(engine, fakes.mail())
    with writing(engine) as session:
        session.execute(update(Ticket).values(sentences=3, struck={"agreement": 1, "policy": 1}))
    found = measures.measure(engine, "24h", NOON + timedelta(hours=1), None, {}).checked
    assert (found.sentences, {link: count for link, count in found.struck.items() if count}) == (3, {"agreement": 1, "policy": 1})
