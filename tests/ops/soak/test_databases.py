"""What a soak reads in its database."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from ops.soak import databases, mails
from service import intake
from service.storage import emails, leases
from service.telemetry.prometheus import Metrics
from service.worker import Worker
from tests.service import fakes


def test_a_mail_that_restarts_alone_brought_to_a_person_is_lost_to_a_soak(sqlite: Engine) -> None:
    now = datetime.now(UTC)
    one, other = (emails.receive(sqlite, intake.arrival(raw, now), now).id for raw in mails.unique(2))
    for number in range(leases.MOST_LOST):
        assert leases.take(sqlite, f"elsewhere {number} x", datetime.now(UTC), 0, only=one)
    working = Worker(sqlite, lambda key: fakes.desk(), Metrics(), 0)
    assert all(working.run(id) for id in (one, other))
    outcomes = databases.ended(sqlite).outcomes
    assert outcomes[0] == [None]
    assert outcomes[1] != [None]
