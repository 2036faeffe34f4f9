"""Incidents."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from service.storage import audit, incidents
from service.storage.audit import Who
from service.storage.incidents import NoIncident

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def opened(engine: Engine, kind: str = "drift", release: str | None = "r1", title: str = "one") -> tuple[str, bool]:
    return incidents.open_or_add(engine, kind, "medium", release, title, NOON, kind, {"reading": 1})


def test_what_goes_on_is_one_incident_with_more_lines(engine: Engine) -> None:
    first, new = opened(engine)
    second, again = opened(engine, title="two")
    assert (second, new, again) == (first, True, False)
    assert [line.what for line in incidents.get(engine, first).timeline] == ["opened", "two"]


def test_another_kind_or_release_is_another_incident(engine: Engine) -> None:
    assert len({opened(engine)[0], opened(engine, kind="latency")[0], opened(engine, release="r2")[0], opened(engine, release=None)[0]}) == 4


def test_a_closed_one_is_not_opened_again(engine: Engine) -> None:
    id, _ = opened(engine)
    incidents.close(engine, id, NOON + timedelta(hours=1), "ana", "learned")
    assert opened(engine)[0] != id
    assert [one.id for one in incidents.listed(engine, open_only=True)] != [id]
    with pytest.raises(NoIncident, match="no open incident"):
        incidents.close(engine, id, NOON, "ana", "again")


@pytest.mark.parametrize(("by", "named"), [(None, "ana"), (Who("bo", "operator"), "bo")])
def test_one_that_is_closed_is_in_the_audit_log_once_without_the_reason(engine: Engine, by: Who | None, named: str) -> None:
    id, _ = opened(engine)
    incidents.close(engine, id, NOON + timedelta(hours=1), "ana", "bo@x.example wrote again", by)
    with pytest.raises(NoIncident):
        incidents.close(engine, id, NOON + timedelta(hours=2), "ana", "again", by)
    assert [(one.who, one.action, one.subject, one.detail) for one in audit.page(engine, 10)] == [(named, "incident close", id, None)]


def test_is_found_by_the_end_of_its_id(engine: Engine) -> None:
    id, _ = opened(engine)
    assert incidents.get(engine, id[-8:]).id == id
    with pytest.raises(NoIncident, match="no incident"):
        incidents.get(engine, "zzz")


def test_a_line_for_an_unknown_incident_is_refused(engine: Engine) -> None:
    with pytest.raises(NoIncident, match="nope"):
        incidents.tell(engine, "nope", NOON, "words")


def test_is_found_however_many_newer_ones_there_are(sqlite: Engine) -> None:
    id, _ = opened(sqlite)
    for number in range(210):
        incidents.open_or_add(sqlite, f"kind {number}", "low", None, "newer", NOON + timedelta(minutes=number + 1), "drift", {})
    assert incidents.get(sqlite, id).id == incidents.get(sqlite, id[-10:]).id == id
    assert len(incidents.get(sqlite, id).timeline) == 1


@pytest.mark.parametrize("end", ["", "%", "_"])
def test_an_end_that_names_none_or_many_is_refused(engine: Engine, end: str) -> None:
    opened(engine)
    opened(engine, kind="other")
    with pytest.raises(NoIncident):
        incidents.get(engine, end)
