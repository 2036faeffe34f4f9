import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service import app, intake
from service.api import guard, probes
from service.pipeline import Desk
from service.settings import Settings
from service.storage import database, emails, ticket_queries, tokens
from service.storage.audit import Who
from service.telemetry.prometheus import Metrics
from service.worker import Worker
from tests.service import fakes
from tests.service.storage.test_database import moved_ahead
from tests.service.test_app import Desks
from tests.service.test_worker import now, received, until

PATHS = ("/healthz", "/startupz", "/readyz")


class Served:
    """An application that is connected to, and what it stands on."""

    def __init__(self, engine: Engine, data_dir: Path, **changes: Any) -> None:
        self.engine = engine
        self.desks: Any = Desks(engine)
        self.worker = Worker(engine, self.desks.choose, Metrics(), 0)
        made = app.make(Settings(**{"data_dir": data_dir, **changes}), self.desks, self.worker, Metrics())
        self.client = TestClient(made, raise_server_exceptions=False)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let probes wait for a machine that is busy, in tests that are about something else than time."""
    monkeypatch.setattr(probes, "ANSWER_S", 30.0)


@pytest.fixture
def served(sqlite: Engine, tmp_path: Path) -> Iterator[Served]:
    made = Served(sqlite, tmp_path / "data")
    with made.client:
        yield made


def broken(engine: Engine) -> None:
    """Break pages in the middle of a database file."""
    for number in range(40):
        emails.receive(engine, intake.arrival(fakes.mail(f"mail {number}", text="word " * 2000), now()), now())
    engine.dispose()
    path = Path(str(engine.url.database))
    content = bytearray(path.read_bytes())
    content[-8 * 4096 : -4 * 4096] = b"\xa5" * (4 * 4096)
    path.write_bytes(content)


def detail(served: Served, path: str = "/readyz") -> str:
    answer = served.client.get(path)
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: str = answer.json()["detail"]
    return found


def test_all_is_well_when_all_is_there(served: Served) -> None:
    assert [served.client.get(path).status_code for path in PATHS] == [200, 200, 200]


def test_every_probe_answers_while_a_desk_is_built_and_everybody_waits_for_it(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    built = threading.Event()

    def choose(key: str = "") -> Desk:
        assert built.wait(60), "a probe was answered only when those who wait for the desk had given up"
        return fakes.desk()

    monkeypatch.setattr(probes, "ANSWER_S", 3.0)
    served.desks.choose = choose
    served.desks.is_starting = True
    with ThreadPoolExecutor(60) as pool:
        waiting = [pool.submit(served.client.get, "/v1/search?query=refund") for _ in range(50)]  # more than the pool of the server has threads
        probed = [pool.submit(served.client.get, "/readyz") for _ in range(5)]
        assert served.client.get("/healthz").json()["status"] == "alive"
        assert detail(served, "/startupz") == "the first desk is being prepared"
        assert [served.client.get(path).status_code for path in ("/nothing", "/v1/search?query=")] == [404, 422]
        assert all("the desk has not answered" in one.result(60).json()["detail"] for one in probed)
        built.set()
        assert {one.result(60).status_code for one in waiting} == {200}
    until(lambda: served.client.get("/readyz").status_code == 200)


def test_a_database_that_hangs_is_said_to(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "ANSWER_S", 0.8)
    back = threading.Event()
    version = database.version
    monkeypatch.setattr(database, "version", lambda engine: back.wait(60) and version(engine))
    assert "the database has not answered" in detail(served)
    assert "the database has not answered" in detail(served)  # and no second check waits behind the first
    assert served.client.get("/healthz").status_code == 200
    assert sum(thread.name == "readiness" for thread in threading.enumerate()) == 1
    back.set()
    until(lambda: served.client.get("/readyz").status_code == 200)


@pytest.mark.parametrize("signs_in", ["nobody", "a named token", "the token of the settings"])
def test_a_database_that_begins_to_hang_is_said_to_in_the_one_time_that_there_is(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signs_in: str
) -> None:
    token = tokens.add(sqlite, "probe", "intake", Who("root", "operator"), now()) if signs_in == "a named token" else "of-the-settings-1"
    made = Served(sqlite, tmp_path / "data", **({"api_token": SecretStr(token)} if signs_in == "the token of the settings" else {}))
    signed = {} if signs_in == "nobody" else {"authorization": f"Bearer {token}"}
    with made.client:
        assert made.client.get("/readyz", headers=signed).status_code == 200
        for name, limit in (("FRESH_S", 0.0), ("LOOK_S", 1.5)):
            monkeypatch.setattr(guard, name, limit)
        monkeypatch.setattr(probes, "ANSWER_S", 2.0)
        back = threading.Event()
        for module, name in ((tokens, "made"), (database, "version")):
            monkeypatch.setattr(module, name, lambda engine: back.wait(60) and None)
        began = time.monotonic()
        answer = made.client.get("/readyz", headers=signed)
        took = time.monotonic() - began
        monkeypatch.undo()
        back.set()
    assert answer.status_code == 503
    assert "the database has not answered for 0." in answer.json()["detail"]
    assert took < 3.0  # and not both times, one after the other


def test_a_database_that_takes_no_write_is_not_ready(served: Served) -> None:
    served.engine.dispose()
    event.listen(served.engine, "connect", lambda connection, record: connection.execute("PRAGMA query_only=ON").close())
    assert "does not take a write: attempt to write a readonly database" in detail(served)


def test_a_full_database_is_not_ready(served: Served) -> None:
    served.engine.dispose()
    event.listen(served.engine, "connect", lambda connection, record: connection.execute("PRAGMA max_page_count=1").close())
    with database.writing(served.engine) as session:
        session.execute(text("DROP TABLE heartbeats"))
    assert "does not take a write" in detail(served)


def test_a_data_directory_that_cannot_be_written_is_not_ready(sqlite: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    made = Served(sqlite, tmp_path / "file" / "data")
    with made.client:
        assert f"nothing can be written in {tmp_path}/file/data" in detail(made)


def test_broken_pages_are_not_ready(sqlite: Engine, tmp_path: Path) -> None:
    broken(sqlite)
    made = Served(sqlite, tmp_path / "data")
    with made.client:
        until(lambda: made.client.get("/readyz").status_code == 503)
        assert "damaged" in detail(made)


def test_a_server_looks_for_broken_pages_though_nobody_asks_whether_it_is_ready(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr("service.logs.warn", lambda event, **facts: warned.append(event))
    broken(sqlite)
    with Served(sqlite, tmp_path / "data").client:
        until(lambda: "database.damaged" in warned)


def test_a_look_for_broken_pages_that_takes_long_holds_up_nobody(sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, looked = threading.Event(), threading.Event()
    monkeypatch.setattr(database, "damage", lambda engine: begun.set() or (looked.wait(60) and None))
    made = Served(sqlite, tmp_path / "data")
    with made.client:
        assert begun.wait(20)
        assert [made.client.get(path).status_code for path in PATHS] == [200, 200, 200]
        assert not looked.is_set()
        looked.set()


def test_a_release_that_cannot_be_built_is_not_ready_though_the_one_before_is_served(served: Served) -> None:
    served.desks.behind = "prompt extract_ticket v9 is missing"
    assert detail(served) == "release r1 is served, for what is in use cannot be: prompt extract_ticket v9 is missing"


def test_a_server_whose_workers_all_died_is_not_ready(served: Served) -> None:
    served.worker._threads = [threading.Thread()]
    assert "no thread takes up mail" in detail(served)


def test_a_server_that_gives_no_signs_of_life_is_not_ready(served: Served) -> None:
    served.worker._threads = [threading.current_thread()]
    served.worker._heart = threading.Thread(target=lambda: None)
    assert served.client.get("/readyz").status_code == 200
    served.worker._heart.start()
    served.worker._heart.join()
    assert "none gives signs of life" in detail(served)
    served.worker._threads = []


@pytest.mark.parametrize("path", ["/v1/tickets", "/v1/tickets/x", "/v1/tickets/x/trace"])
def test_a_pool_without_a_free_connection_is_a_passing_trouble(served: Served, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*args: Any) -> None:
        raise PoolTimeout("QueuePool limit of size 20 overflow 20 reached")

    for name in ("get", "page", "trace"):
        monkeypatch.setattr(ticket_queries, name, busy)
    answer = served.client.get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_head_is_possible_wherever_get_is(served: Served) -> None:
    [id] = received(served.engine, "Charged twice")
    known = [path.format(id=id, name="r1") for path, calls in served.client.get("/openapi.json").json()["paths"].items() if "get" in calls]
    for path in (*known, "/", "/docs", "/openapi.json", "/static/console.css", "/nothing"):
        got, head = served.client.get(path, follow_redirects=False), served.client.head(path, follow_redirects=False)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        assert head.headers.get("content-type") == got.headers.get("content-type"), path
    assert served.client.head("/v1/emails").status_code == 405


@pytest.mark.parametrize(("steps", "status"), [(1, 200), (2, 503)])
def test_a_database_one_migration_ahead_is_ready_and_two_ahead_is_not(served: Served, steps: int, status: int) -> None:
    name = moved_ahead(served.engine, steps)
    answer = served.client.get("/readyz")
    assert answer.status_code == status
    assert status == 200 or f"the database is at {name}" in answer.json()["detail"]
