"""Incidents on their way out."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from ops.drills.receiver import Receiver
from ops.watch import webhook
from ops.watch.webhook import NotDelivered
from service.storage import incidents

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def open_one(engine: Engine, now: datetime = NOON) -> str:
    return incidents.open_or_add(engine, "drift", "medium", "r1", "drift on r1", now, "drift", {"monitor": "below_floor"})[0]


def test_an_incident_arrives_signed_once_though_the_first_tries_fail(sqlite: Engine) -> None:
    now = datetime.now(UTC)
    receiver = Receiver("secret", fail_first=2).start()
    try:
        id = open_one(sqlite, now)
        arrived = [webhook.deliver_due(sqlite, receiver.url, "secret", now + timedelta(seconds=after)) for after in (0, 1, 2, 3, 6, 60)]
    finally:
        receiver.stop()
    assert arrived == [0, 0, 0, 0, 1, 0]
    assert [one["id"] for one in receiver.received] == [id]
    assert receiver.refused == 0


def test_a_receiver_refuses_what_is_signed_with_another_secret(sqlite: Engine) -> None:
    receiver = Receiver("secret").start()
    try:
        open_one(sqlite)
        assert webhook.deliver_due(sqlite, receiver.url, "other", datetime.now(UTC)) == 0
    finally:
        receiver.stop()
    assert receiver.refused == 1
    assert receiver.received == []


def test_a_server_that_is_away_is_noted_and_tried_less_and_less_often_and_not_for_ever(sqlite: Engine) -> None:
    tries: list[datetime] = []

    def away(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        tries.append(now)
        raise NotDelivered("ConnectError: refused")

    open_one(sqlite)
    for second in range(0, 3600, 2):
        now = NOON + timedelta(seconds=second)
        webhook.deliver_due(sqlite, "http://127.0.0.1:9/", None, now, away)
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(tries)]
    assert len(tries) == webhook.MOST_TRIES
    assert gaps == sorted(gaps)
    assert [line.what for line in incidents.listed(sqlite)[0].timeline].count(webhook.UNDELIVERED) == webhook.MOST_TRIES


def test_nothing_is_sent_without_an_address(sqlite: Engine) -> None:
    open_one(sqlite)
    assert webhook.deliver_due(sqlite, None, "secret", NOON) == 0


@pytest.mark.parametrize("spoilt", ["body", "time", "signature", "nothing"])
def test_a_signature_holds_for_its_body_its_time_and_its_secret(spoilt: str) -> None:
    body, header, now = b'{"id": 1}', webhook.sign("secret", b'{"id": 1}', NOON), NOON
    if spoilt == "body":
        body = b'{"id": 2}'
    if spoilt == "time":
        now = NOON + timedelta(minutes=10)
    if spoilt == "signature":
        header = header[:-1] + ("0" if header[-1] != "0" else "1")
    assert webhook.is_signed("secret", body, header, now) is (spoilt == "nothing")


def test_what_is_sent_holds_no_email_text(sqlite: Engine) -> None:
    open_one(sqlite)
    message = webhook.message(incidents.listed(sqlite)[0])
    assert set(message) == {"id", "kind", "severity", "title", "release", "runbook", "openedAt", "timeline"}
