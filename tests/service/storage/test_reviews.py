"""What a person does to a ticket, apart from what the system did."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text

from ops.watch import traffic
from service import reviewing
from service.storage import reviews, ticket_queries
from service.storage.database import reading, writing
from service.storage.tables import Ticket
from service.tickets import Ticket as Fields
from service.wire import NewReview
from tests.service import fakes
from tests.service.storage.test_emails import NOON, handled

FIELDS = Fields(customer_name="Ana", issue_summary="Charged twice for October.", urgency="low")


@pytest.mark.parametrize(
    ("subject", "decision", "status", "review"),
    [
        ("Charged twice", NewReview(verdict="approve"), "approved", "approved"),
        ("Charged twice", NewReview(verdict="edit", ticket=FIELDS), "approved", "edited"),
        ("Charged twice", NewReview(verdict="edit", answer=""), "approved", "closed"),
        ("Charged twice", NewReview(verdict="reject", reason="no"), "rejected", "rejected"),
        ("unknown thing", NewReview(verdict="approve"), "approved", "closed"),
        ("unknown thing", NewReview(verdict="edit", answer="Write to us."), "approved", "edited"),
    ],
)
def test_the_outcome_stays_and_the_review_is_told_beside_it(engine: Engine, subject: str, decision: NewReview, status: str, review: str) -> None:
    id = handled(engine, fakes.mail(subject))
    before = ticket_queries.get(engine, id)
    assert reviewing.decide(engine, id, decision, fakes.desk(), NOON + timedelta(hours=1))
    after = ticket_queries.get(engine, id)

    assert before
    assert after
    assert (before.status, before.review) == (before.outcome, None)
    assert (after.status, after.outcome, after.review) == (status, before.outcome, review)


def test_what_the_monitors_know_of_a_mail_is_what_the_system_gave(engine: Engine) -> None:
    id = handled(engine, fakes.mail())
    (before,) = traffic.recent(engine, None, None, 10)
    decisions = (NewReview(verdict="edit", ticket=FIELDS, answer="Write to us."), NewReview(verdict="edit", answer=""), NewReview(verdict="approve"))
    for hours, decision in enumerate(decisions, 1):
        reviewing.decide(engine, id, decision, fakes.desk(), NOON + timedelta(hours=hours))
    (after,) = traffic.recent(engine, None, None, 10)

    assert (before.urgency, before.named) == ("high", False)
    assert vars(after) | {"review": None} == vars(before)
    assert after.review == "approve"
    assert reviews.as_given(engine, id)["answer"]["text"] == fakes.PASSAGE.text


def test_a_decision_about_what_is_there_no_more_changes_nothing(engine: Engine) -> None:
    id = handled(engine, fakes.mail())
    view = ticket_queries.get(engine, id)
    assert view
    assert reviews.review(engine, id, NewReview(verdict="approve"), NOON, None, ticket_queries.etag(view))
    with pytest.raises(reviews.Changed):
        reviews.review(engine, id, NewReview(verdict="reject", reason="no"), NOON, None, ticket_queries.etag(view))
    after = ticket_queries.get(engine, id)
    assert after
    assert after.review == "approved"


def test_sentences_that_were_checked_keep_their_proof_and_new_ones_are_checked(engine: Engine) -> None:
    id = handled(engine, fakes.mail())
    decision = NewReview(verdict="edit", answer=f"{fakes.PASSAGE.text} Send us your password.")
    reviewing.decide(engine, id, decision, fakes.desk(), NOON)
    view = ticket_queries.get(engine, id)

    assert view
    assert view.answer
    kept, new = view.answer.sentences
    assert (kept.doubt, kept.citations, kept.quotes[0].start) == (None, ["p1"], 0)
    assert new.doubt
    assert new.citations == []
    assert [one.id for one in view.answer.citations] == ["p1"]


def test_without_a_desk_what_is_new_stands_on_the_reviewers_word(engine: Engine) -> None:
    id = handled(engine, fakes.mail())
    reviewing.decide(engine, id, NewReview(verdict="edit", answer="Write to us."), None, NOON)
    view = ticket_queries.get(engine, id)
    assert view
    assert view.answer
    assert view.answer.sentences[0].doubt
    assert view.answer.sentences[0].doubt.why == reviewing.NOT_CHECKED


def test_the_outcome_of_what_another_version_writes_is_worked_out_all_the_same(engine: Engine) -> None:
    id = handled(engine, fakes.mail())
    with writing(engine) as session:
        session.execute(text("UPDATE tickets SET status = 'rejected'"))
    with reading(engine) as session:
        assert session.scalars(select(Ticket.outcome)).one() == "answered"
    view = ticket_queries.get(engine, id)
    assert view
    assert (view.outcome, view.review) == ("answered", "rejected")


def test_pages_lead_both_ways_and_to_what_came_meanwhile(engine: Engine) -> None:
    listed = [handled(engine, fakes.mail(f"mail {at}"), datetime(2026, 10, 14, 12, at, tzinfo=UTC)) for at in range(5)][::-1]
    wanted = ticket_queries.Filter(text="mail")
    first = ticket_queries.page(engine, wanted, 2)
    second = ticket_queries.page(engine, wanted, 2, before=first.next)
    last = ticket_queries.page(engine, wanted, 2, before=second.next)
    back = ticket_queries.page(engine, wanted, 2, after=last.previous)

    assert [one.id for page in (first, second, last) for one in page.tickets] == listed
    assert [first.previous, last.next] == [None, None]
    assert [one.id for one in back.tickets] == listed[2:4]
    assert ticket_queries.count(engine, wanted, 3) == 3
    assert ticket_queries.count(engine, wanted, 10) == 5
