"""Incidents on their way out."""

import itertools
import json
import os
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


def test_a_server_that_is_away_is_noted_and_tried_less_and_less_often_for_a_day_and_not_for_ever(sqlite: Engine) -> None:
    tries: list[datetime] = []

    def away(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        tries.append(now)
        raise NotDelivered("ConnectError: refused")

    open_one(sqlite)
    for second in (*range(0, 3600, 2), *range(3600, 30 * 3600, 60)):
        now = NOON + timedelta(seconds=second)
        webhook.deliver_due(sqlite, "http://127.0.0.1:9/", None, now, away)
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(tries)]
    assert timedelta(hours=22) < tries[-1] - NOON <= webhook.GIVE_UP_AFTER
    assert gaps[:8] == [2, 4, 8, 16, 32, 64, 128, 256]
    assert max(gaps) <= 3660
    assert 30 <= len(tries) <= 40
    assert [line.what for line in incidents.listed(sqlite)[0].timeline].count(webhook.UNDELIVERED) == len(tries)


class Taking:
    """A receiver that is away, answers with a status, or takes what comes, as it is told."""

    def __init__(self, *answers: int | None) -> None:
        self.answers = list(answers)
        self.took: list[tuple[str, str]] = []
        self.keys: list[str] = []

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        answer = self.answers.pop(0) if self.answers else 204
        if answer is None:
            raise NotDelivered("ConnectError: refused")
        if answer == 204:
            said = json.loads(body)
            self.took.append((said["id"], said["event"]))
            self.keys.append(headers["Idempotency-Key"])
        return answer


@pytest.mark.parametrize("answers", [(None,), (503, None), (429, 500, 404)])
def test_an_incident_closed_while_the_receiver_was_away_arrives_all_the_same_and_in_order(sqlite: Engine, answers: tuple[int | None, ...]) -> None:
    id, receiver = open_one(sqlite), Taking(*answers)
    webhook.deliver_due(sqlite, "http://x/", None, NOON, receiver)
    incidents.close(sqlite, id, NOON + timedelta(seconds=1), "ana", "put right")
    for minute in range(1, 60):
        webhook.deliver_due(sqlite, "http://x/", None, NOON + timedelta(minutes=minute), receiver)
    assert receiver.took == [(id, "opened"), (id, "closed")]
    assert len(set(receiver.keys)) == 2


def test_a_closing_is_told_hours_after_the_opening_arrived(sqlite: Engine) -> None:
    id, receiver = open_one(sqlite), Taking()
    webhook.deliver_due(sqlite, "http://x/", None, NOON, receiver)
    incidents.close(sqlite, id, NOON + timedelta(hours=40), "ana", "put right")
    for hours in (40, 41, 42):
        webhook.deliver_due(sqlite, "http://x/", None, NOON + timedelta(hours=hours), receiver)
    assert receiver.took == [(id, "opened"), (id, "closed")]


def test_an_incident_that_a_receiver_refuses_holds_up_no_other(sqlite: Engine) -> None:
    first = open_one(sqlite)
    second, _ = incidents.open_or_add(sqlite, "latency", "medium", "r1", "slow", NOON + timedelta(seconds=1), "latency", {})
    receiver = Taking(422, 204)
    assert webhook.deliver_due(sqlite, "http://x/", None, NOON + timedelta(seconds=1), receiver) == 1
    assert receiver.took == [(second, "opened")]
    assert webhook.deliver_due(sqlite, "http://x/", None, NOON + timedelta(seconds=9), receiver) == 1
    assert receiver.took[-1] == (first, "opened")


def test_a_receiver_that_is_away_is_asked_once_a_look(sqlite: Engine) -> None:
    for number in range(4):
        incidents.open_or_add(sqlite, f"kind {number}", "medium", "r1", "x", NOON, "drift", {})
    receiver = Taking(None, None, None, None)
    webhook.deliver_due(sqlite, "http://x/", None, NOON, receiver)
    assert len(receiver.answers) == 3


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ALL_PROXY", "socks5://ana:hunter2@127.0.0.1:9", "ImportError"),
        ("ALL_PROXY", "nonsense://ana:hunter2@127.0.0.1:9", "ValueError"),
        ("SSL_CERT_FILE", "/nowhere/hunter2.pem", "FileNotFoundError"),
        ("SSL_CERT_FILE", __file__, "SSLError"),
    ],
)
def test_what_a_variable_of_the_machine_breaks_is_noted_by_its_kind_alone(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    for one in [one for one in os.environ if one.upper().endswith("_PROXY")]:
        monkeypatch.delenv(one)
    monkeypatch.setenv(name, value)
    open_one(sqlite)
    assert webhook.deliver_due(sqlite, "http://127.0.0.1:9/", None, NOON) == 0
    told = incidents.listed(sqlite)[0].timeline[-1]
    assert (told.what, told.detail) == (webhook.UNDELIVERED, {"why": why})


def test_an_address_that_is_none_is_not_told() -> None:
    with pytest.raises(NotDelivered, match=r"^InvalidURL$"):
        webhook.post("http://hook.example:hunter2/", b"", {})
