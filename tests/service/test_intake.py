import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ingestion.mail import message
from ingestion.mail.message import NotAnEmail
from ops.cli import submit
from service import intake
from service.intake import Intake, TooLarge
from service.settings import Settings
from service.storage import emails, ticket_queries
from service.storage.emails import KeyReused
from service.telemetry.prometheus import Metrics
from service.wire import NewEmail
from tests.service import fakes

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
FIELDS = NewEmail.model_validate({"from": "Ana <ana@x.example>", "subject": "Charged twice", "text": "Twice!"})
RAW = [*sorted((ROOT / "service" / "sample_inbox").glob("*.eml")), *sorted((ROOT / "evals" / "golden" / "mails").glob("*.eml"))]


class Workers:
    """Remembers how often it was woken."""

    woken = 0

    def wake(self) -> None:
        self.woken += 1


def door(engine: Engine) -> tuple[Intake, Metrics, Workers]:
    metrics, workers = Metrics(), Workers()
    return Intake(engine, metrics, workers, lambda: NOON), metrics, workers


def counted(metrics: Metrics) -> dict[str, float]:
    lines = [line.split() for line in metrics.text().decode().splitlines() if line.startswith("proofdesk_emails_accepted_total")]
    return {name.split('"')[1]: float(value) for name, value in lines}


@pytest.mark.parametrize("given", [fakes.mail(), fakes.mail(message_id="a@x"), FIELDS], ids=["raw", "with an id", "fields"])
def test_mail_is_stored_counted_and_told_to_a_worker(engine: Engine, given: bytes | NewEmail) -> None:
    taking, metrics, workers = door(engine)
    first, again = taking.take(given), taking.take(given)
    assert (first.new, again.new, first.id) == (True, False, again.id)
    assert counted(metrics) == {"new": 1.0, "duplicate": 1.0}
    assert workers.woken == 2
    view = ticket_queries.get(engine, first.id)
    assert view
    assert (view.status, view.email.subject) == ("processing", "Charged twice")


def test_a_key_that_came_with_other_fields_is_refused(sqlite: Engine) -> None:
    taking, metrics, workers = door(sqlite)
    taking.take(FIELDS, "k")
    with pytest.raises(KeyReused):
        taking.take(FIELDS.model_copy(update={"text": "Thrice!"}), "k")
    assert (counted(metrics), workers.woken) == ({"new": 1.0}, 1)


@pytest.mark.parametrize("raw", [b"", b"no mail at all", b"\x89PNG\r\n\x1a\n\x00\x00", "¿Qué tal?\n\nSin cabeceras".encode()])
def test_what_is_no_email_is_refused_before_it_is_stored(sqlite: Engine, raw: bytes) -> None:
    taking, metrics, workers = door(sqlite)
    with pytest.raises(NotAnEmail):
        taking.take(raw)
    assert (counted(metrics), workers.woken) == ({}, 0)
    assert not ticket_queries.page(sqlite, ticket_queries.Filter(), 5).tickets


@pytest.mark.parametrize("path", RAW, ids=lambda path: path.stem)
def test_the_headers_alone_say_what_the_whole_mail_says(path: Path) -> None:
    raw = path.read_bytes()
    head, whole = message.head(raw), message.parse(raw)
    assert head == message.Head(whole.message_id, whole.sender, whole.subject, whole.digest)


@pytest.mark.parametrize(
    "raw",
    [
        "From: Ana <ana@x.example>\nSubject: Größe\n\nHallo".encode("utf-16"),
        b"X-Junk\nSubject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\nnot a header\nFrom: =?utf-8?b?QW5h?= <a@x.example>\n\nx",
        b"Subject: one\nSubject: two\nMessage-ID: <a b@x>\nContent-Type: multipart/mixed; boundary=b\n\n--b\nSubject: inner\n\nx\n--b--\n",
    ],
    ids=["utf-16", "broken lines", "twice"],
)
def test_the_headers_of_a_broken_mail_are_mended_alike(raw: bytes) -> None:
    head, whole = message.head(raw), message.parse(raw)
    assert head == message.Head(whole.message_id, whole.sender, whole.subject, whole.digest)


def test_nothing_receives_mail_but_the_intake() -> None:
    """Every door that is built calls it: what stores mail by itself would forget to count, or to wake."""
    found = set()
    for package in ("service", "ops", "evals"):
        for path in (ROOT / package).rglob("*.py"):
            calls = (node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
            if any(isinstance(call, ast.Attribute) and ast.unparse(call) == f"emails.{emails.receive.__name__}" for call in calls):
                found.add(path.relative_to(ROOT).as_posix())
    assert found == {"service/intake.py"}


def test_the_command_line_takes_mail_in_by_the_same_door(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bytes | NewEmail] = []
    take = Intake.take
    monkeypatch.setattr(intake.Intake, "take", lambda self, given, key=None: (taken.append(given), take(self, given, key))[1])
    from service import bootstrap

    path = tmp_path / "one.eml"
    path.write_bytes(fakes.mail("thanks"))
    desks = bootstrap.open_desks(settings)
    assert [isinstance(one, submit.Done) for one in submit.run(settings, desks, [str(path)])] == [True]
    assert taken == [path.read_bytes()]
    desks.close()


@pytest.mark.parametrize("given", [fakes.mail(), FIELDS], ids=["raw", "fields"])
def test_no_door_takes_more_than_the_largest_mail_in(sqlite: Engine, given: bytes | NewEmail) -> None:
    metrics, workers = Metrics(), Workers()
    size = len(given) if isinstance(given, bytes) else len(intake.compose(given, NOON))
    with pytest.raises(TooLarge, match=f"it has {size:,} bytes, and {size - 1:,} are the most"):
        Intake(sqlite, metrics, workers, lambda: NOON, largest=size - 1).take(given)
    assert (counted(metrics), workers.woken) == ({}, 0)
    assert Intake(sqlite, metrics, workers, lambda: NOON, largest=size).take(given).new
