"""Two hundred clients at once against a server of ours: nothing is refused but by its limits, nothing is lost or doubled, and it stays alive to all who ask."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import pytest
from sqlalchemy import Engine, select

from ops.benches import clients
from ops.soak import databases, run
from ops.soak.servers import Server
from service.storage.database import reading
from service.storage.tables import Email, Ticket

CLIENTS = 200
SECONDS = 20.0
TAKEN = {200, 201, 202}
LIMITS = {429, 503}  # too many calls, too much at the same time


@dataclass(frozen=True)
class Loaded:
    """What the clients saw, whether the server ended in peace, and the ids in its database then."""

    seen: clients.Measured
    exit_code: int | None
    mails: list[str]
    tickets: list[str]


@pytest.fixture(scope="module", params=get_args(databases.Kind))
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("clients")
    run.prepare(folder)
    with databases.opened(request.param, folder) as (url, engine):
        server = Server(1, run.free_port(), folder, {"PROOFDESK_DATA_DIR": str(folder), "PROOFDESK_DATABASE_URL": url})
        server.start()
        try:
            server.wait()
            seen = clients.measure("proofdesk serve", server.port, CLIENTS, SECONDS)
        finally:
            code = server.stop()
        yield Loaded(seen, code, _all(engine, Email.id), _all(engine, Ticket.email_id))


def _all(engine: Engine, column: object) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(column)))  # type: ignore[call-overload]


def test_no_call_ends_in_an_error_but_by_a_documented_limit(loaded: Loaded) -> None:
    asked = loaded.seen.asked
    assert set(asked.statuses) <= TAKEN | LIMITS, asked.errors
    assert asked.errors.total() == sum(asked.statuses[status] for status in LIMITS), asked.errors  # what is no status is a connection that broke
    assert loaded.exit_code == 0


def test_every_accepted_mail_has_one_ticket(loaded: Loaded) -> None:
    accepted = loaded.seen.asked.accepted
    assert len(accepted) >= CLIENTS
    assert sorted(accepted) == sorted(loaded.mails) == sorted(loaded.tickets)


@pytest.mark.parametrize(("path", "told"), [("/healthz", {200}), ("/readyz", {200, 503})])
def test_the_probes_answer_throughout(loaded: Loaded, path: str, told: set[int]) -> None:
    probe = loaded.seen.probes[path]
    assert probe.statuses[200]
    assert set(probe.statuses) <= told
    assert probe.errors.total() == probe.statuses[503], probe.errors  # what is no status is a connection that broke
