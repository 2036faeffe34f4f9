"""A person is forgotten: no row and no file holds them any more, the others' do, and what it cost stays on record."""

import base64
import json
import re
import zlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, String, cast, func, insert, select, text

from service.asking import Enquiries
from service.intake import Intake
from service.storage import audit, database, emails, erasure, eval_candidates, incidents, leases, reviews, stored_files
from service.storage.audit import Who
from service.storage.database import reading, writing
from service.storage.erasure import NobodyNamed
from service.storage.tables import Attempt, AuditEvent, Base, Email, KeptReply, Question, Span
from service.telemetry.prometheus import Metrics
from service.trace import Trace
from service.wire import NewReview
from service.worker import Worker
from tests.service import fakes

ANA, BO = "ana@x.example", "bo@y.example"
WHO, KEY = Who("olga", "operator"), b"k"
NOW = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)


class House:
    """A database and a data directory in which two people's mail was handled."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        self.worker = Worker(engine, lambda key: fakes.desk(), Metrics(), 0)
        self.intake = Intake(engine, Metrics(), self.worker)
        self.ana = [self.mail(fakes.mail("Charged twice", f"{n}@ana", f"Mail {n}, call Zebulon.", f"Zebulon <{ANA}>")) for n in range(2)]
        self.bo = self.mail(fakes.mail("A bill", "1@bo", "My bill is wrong.", f"Bo <{BO}>"))
        Enquiries(engine, None).ask(f"What did {ANA} write?", fakes.desk())
        Enquiries(engine, None).ask("What did he write?", fakes.desk())
        reviews.review(engine, self.ana[0], NewReview(verdict="reject", reason=f"{ANA} says so"), NOW)
        reviews.review(engine, self.bo, NewReview(verdict="reject", reason=f"see {self.ana[0]} of {ANA}"), NOW)
        incident, _ = incidents.open_or_add(engine, "k", "high", "r1", "title", NOW, "runbook", {"mails": [self.ana[0], self.bo]})
        incidents.note(engine, incident, f"Write to {ANA} about {self.ana[1]}, and to {BO}.")
        for id in (self.ana[0], self.bo):
            eval_candidates.make(engine, folder, id, "why")
        self.put("incidents/note.md", f"- {self.ana[0]}: answered\n- {self.bo}: answered\n")
        self.put("reports/r/report.json", f'{{"mail": "From: {ANA.upper()}", "other": "{BO}"}}')

    def mail(self, raw: bytes) -> str:
        id = self.intake.take(raw, key=f"key-{zlib.crc32(raw)}").id
        self.worker.run(id)
        return id

    def put(self, name: str, content: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")

    def rows(self, word: str) -> list[str]:
        """The tables with a row that holds a word."""
        with reading(self.engine) as session:
            tables = [
                (table.name, [cast(column, String) for column in table.columns]) for table in Base.metadata.sorted_tables if table.name != "raws"
            ]
            found = [
                name for name, columns in tables for row in session.execute(select(*columns)) if any(word in str(value).lower() for value in row)
            ]
            return found + ["raws" for (raw,) in session.execute(text("SELECT content FROM raws")) if word.encode() in bytes(raw).lower()]

    def files(self, word: str) -> list[str]:
        """The files, the database's own among them, that hold a word."""
        self.engine.dispose()
        return [str(path) for path in self.folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes().lower()]


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> House:
    folder = tmp_path if engine.dialect.name == "sqlite" else tmp_path / "data"
    folder.mkdir(exist_ok=True)
    return House(engine, folder)


def test_nothing_holds_a_forgotten_person_and_everything_holds_the_other_one(house: House) -> None:
    words = [ANA, *house.ana, "zebulon", "/ana>", "@ana>"]
    assert all(house.rows(word) for word in (ANA, house.ana[0], "zebulon"))
    assert all(house.files(word) for word in (ANA, house.ana[0], "zebulon"))
    before = {table: house.rows(BO).count(table) for table in set(house.rows(BO))}
    receipt = erasure.forget(house.engine, house.folder, KEY, f" {ANA.title()} ", WHO, NOW)
    assert {word: house.rows(word) for word in words} == {word: [] for word in words}
    assert {word: house.files(word) for word in words} == {word: [] for word in words}
    assert {table: house.rows(BO).count(table) for table in set(house.rows(BO))} == before
    assert house.files(house.bo)
    assert (receipt.rows["emails"], receipt.rows["tickets"], receipt.rows["questions"], receipt.mentioned_in, receipt.left) == (2, 2, 1, [], [])
    assert receipt.files == sorted(receipt.files)
    assert {"incidents/note.md", "reports/r/report.json"} <= set(receipt.files)
    assert len(receipt.files) == 4


def test_what_it_cost_stays_on_record_without_a_name(house: House) -> None:
    def spent() -> Decimal:
        return emails.spent_since(house.engine, datetime(2020, 1, 1, tzinfo=UTC))

    with writing(house.engine) as session:  # a reply that was paid for in a try that was lost
        kept = {
            "task": "answer",
            "provider": "p",
            "model": "m",
            "release": "r1",
            "ms": 1.0,
            "repair": 0,
            "booked": False,
            "text": "for Zebulon",
            "usd": 2,
        }
        session.execute(insert(KeptReply).values(owner_id=house.ana[0], email_id=house.ana[0], prompt="h", run=1, at=NOW, **kept))
    before = spent()
    erasure.forget(house.engine, house.folder, KEY, ANA, WHO, NOW)
    assert spent() == before > 2
    with reading(house.engine) as session:
        assert session.scalar(select(func.count()).select_from(Attempt).where(Attempt.owner_id == "erased", Attempt.detail.is_(None))) == 6


LOST = [{"text": f"Write to {ANA}"}, {"text": None, "error": "BadJson", "detail": f"no object in: {ANA}"}, {"text": "the lost words"}]


def lose(engine: Engine, at: datetime, id: str = "lost", **said: str | None) -> None:
    """Keep a reply to a question that was never stored."""
    call = {"task": "answer", "provider": "p", "model": "m", "release": "r1", "ms": 1.0, "repair": 0, "booked": False, "run": 1, "usd": 2}
    with writing(engine) as session:
        session.execute(insert(KeptReply).values(owner_id=id, question_id=id, prompt="h", at=at, **call, **said))


@pytest.mark.parametrize("said", LOST, ids=["named in it", "named in what was wrong with it", "not named"])
def test_the_reply_to_a_question_that_was_never_stored_goes_with_whoever_is_forgotten(house: House, said: dict[str, str | None]) -> None:
    lose(house.engine, NOW, **said)
    before = emails.spent_since(house.engine, datetime(2020, 1, 1, tzinfo=UTC))
    receipt = erasure.forget(house.engine, house.folder, KEY, ANA, WHO, NOW)
    assert receipt.rows["kept_replies"] == 1
    assert [house.rows(word) + house.files(word) for word in (ANA, "lost words")] == [[], []]
    assert emails.spent_since(house.engine, datetime(2020, 1, 1, tzinfo=UTC)) == before >= 2
    again = erasure.forget(house.engine, house.folder, KEY, ANA, WHO, NOW)
    assert again.rows == {}


@pytest.mark.parametrize("said", LOST, ids=["text", "fault", "other text"])
def test_the_reply_to_a_question_that_was_never_stored_goes_by_its_age(house: House, said: dict[str, str | None]) -> None:
    lose(house.engine, NOW - timedelta(days=40), "old", **said)
    lose(house.engine, NOW - timedelta(days=20), "young", **said)
    assert erasure.expire(house.engine, house.folder, NOW - timedelta(days=30), NOW) == 0  # neither a mail nor a question
    with reading(house.engine) as session:
        assert list(session.scalars(select(KeptReply.owner_id))) == ["young"]
        assert [(one.usd, one.detail) for one in session.scalars(select(Attempt).where(Attempt.owner_id == "old"))] == [(2, None)]
        assert session.scalars(select(AuditEvent.detail).where(AuditEvent.action == "retention")).one()["rows"] == {"kept_replies": 1}


def test_the_log_keeps_a_keyed_hash_and_forgetting_again_finds_nothing(house: House) -> None:
    first = erasure.forget(house.engine, house.folder, KEY, ANA, WHO, NOW)
    again = erasure.forget(house.engine, house.folder, KEY, ANA, WHO, NOW + timedelta(days=1))
    assert (again.rows, again.files, again.subject) == ({}, [], first.subject)
    assert first.subject == audit.person(KEY, ANA.upper()) != audit.person(b"another", ANA)
    with reading(house.engine) as session:
        lines = session.scalars(select(AuditEvent).where(AuditEvent.action == "forget").order_by(AuditEvent.id)).all()
    assert [(one.id, one.who, one.subject) for one in lines] == [(one.id, "olga", first.subject) for one in (first, again)]


def test_one_mail_is_forgotten_by_its_ticket(house: House) -> None:
    receipt = erasure.forget(house.engine, house.folder, KEY, house.ana[0], WHO, NOW)
    assert receipt.rows["emails"] == 1
    assert house.rows(house.ana[0]) == ["audit_events"]  # what was erased is told by its id
    assert house.rows(house.ana[1])


@pytest.mark.parametrize("named", ["nobody", "", "%", "a b@c", "019ab2f4-7d3e-7c41-9a55-0d8a6f0b2c11"])
def test_what_names_nobody_is_refused(house: House, named: str) -> None:
    with pytest.raises(NobodyNamed):
        erasure.forget(house.engine, house.folder, KEY, named, WHO, NOW)
    assert house.rows(ANA)


@pytest.mark.parametrize("other", ["na@x.example", "ana@x.example.org", "xana@x.example", "ana_@x.example", "%@x.example"])
def test_a_like_address_is_another_person(house: House, other: str) -> None:
    receipt = erasure.forget(house.engine, house.folder, KEY, other, WHO, NOW)
    assert (receipt.rows, receipt.files) == ({}, [])


ENCODED = base64.b64encode(f"Ask {ANA} about it".encode()).decode()
MENTIONS = [
    fakes.mail("Re: bill", text=f"Ana <{ANA}> told me.", sender=f"Bo <{BO}>"),
    f"From: Bo <{BO}>\nSubject: x\nContent-Transfer-Encoding: base64\nContent-Type: text/plain\n\n{ENCODED}\n".encode(),
    f"From: Bo <{BO}>\nSubject: =?utf-8?b?{base64.b64encode(ANA.encode()).decode()}?=\n\nHello\n".encode(),
]


@pytest.mark.parametrize("raw", MENTIONS, ids=["as it is", "base64 text", "encoded word"])
def test_others_mail_that_holds_the_address_is_named_and_goes_when_that_is_said(house: House, raw: bytes) -> None:
    id = house.mail(raw)
    assert erasure.forget(house.engine, house.folder, KEY, ANA, WHO, NOW).mentioned_in == [id]
    assert house.rows(id)
    receipt = erasure.forget(house.engine, house.folder, KEY, ANA, WHO, NOW, mentions=True)
    assert (receipt.rows["emails"], receipt.mentioned_in, house.rows(id), house.rows(ANA)) == (1, [], [], [])


OTHERS = ["ana@x.example.org", "ana@x.example-shop.com", "m.ana@x.example", "m+ana@x.example", "ana@x.examples"]
AT_THE_END = [f"write to {ANA}.", f"write to {ANA}...\nOr not.", f"- {ANA}: yes", f"-{ANA}--", f"'{ANA}'", f"({ANA})", f"{ANA}/Bo", f"a\n{ANA}\nb"]


@pytest.mark.parametrize("other", OTHERS)
def test_mail_notes_files_and_questions_of_a_longer_address_stay(house: House, other: str) -> None:
    house.mail(fakes.mail("A bill", "9@other", f"I am {other}.", f"Other <{other}>"))
    Enquiries(house.engine, None).ask(f"What did {other} write?", fakes.desk())
    incident, _ = incidents.open_or_add(house.engine, "k2", "high", "r1", "title", NOW, "runbook", {})
    incidents.note(house.engine, incident, f"Ask {other}.")
    house.put("reports/r/other.json", json.dumps({"mail": f"From:\n{other}.\n"}))
    before = {table: house.rows(other).count(table) for table in set(house.rows(other))}
    receipt = erasure.forget(house.engine, house.folder, KEY, ANA, WHO, NOW, mentions=True)
    assert {table: house.rows(other).count(table) for table in set(house.rows(other))} == before
    assert "reports/r/other.json" not in receipt.files
    gone = erasure.forget(house.engine, house.folder, KEY, other, WHO, NOW, mentions=True)
    assert (gone.rows["emails"], gone.rows["questions"]) == (1, 1)
    assert "reports/r/other.json" in gone.files


@pytest.mark.parametrize("words", AT_THE_END)
def test_an_address_is_found_wherever_a_sentence_or_a_json_text_ends_behind_it(house: House, words: str) -> None:
    id = house.mail(fakes.mail("Re: bill", "9@bo", words, f"Bo <{BO}>"))
    house.put("reports/r/other.json", json.dumps({"mail": words}))
    house.put("reports/r/other.txt", words)
    receipt = erasure.forget(house.engine, house.folder, KEY, ANA, WHO, NOW)
    assert receipt.mentioned_in == [id]
    assert {"reports/r/other.json", "reports/r/other.txt"} <= set(receipt.files)
    assert [name for name in ("json", "txt") if ANA in (house.folder / f"reports/r/other.{name}").read_text("utf-8")] == []


def test_a_mail_that_is_forgotten_while_it_is_in_hand_leaves_nothing_but_its_cost(house: House) -> None:
    id = house.intake.take(fakes.mail("late", text="late words", sender=f"A <{ANA}>")).id
    lease = leases.take(house.engine, "w", datetime.now(UTC), 60)
    assert lease
    erasure.forget(house.engine, house.folder, KEY, ANA, WHO, NOW)
    trace = Trace()
    trace("extract", lambda: None)
    emails.save_failure(house.engine, lease, "why", trace, "r1", NOW, None)
    assert house.rows(id) == []
    assert house.rows("late words") == []


def test_what_is_older_than_it_may_get_goes_and_the_rest_stays(house: House) -> None:
    with writing(house.engine) as session:
        session.execute(
            text("UPDATE tickets SET finished_at = :at WHERE email_id IN (:a, :b)"),
            {"at": NOW - timedelta(days=40), "a": house.ana[0], "b": house.ana[1]},
        )
        session.execute(text("UPDATE questions SET at = :at"), {"at": NOW - timedelta(days=40)})
    assert erasure.expire(house.engine, house.folder, NOW - timedelta(days=30), NOW) == 4
    assert erasure.expire(house.engine, house.folder, NOW - timedelta(days=30), NOW) == 0
    with reading(house.engine) as session:
        assert list(session.scalars(select(Email.id))) == [house.bo]
        assert session.scalars(select(Question)).all() == []
        assert set(session.scalars(select(Span.email_id))) == {house.bo}
        assert [one.who for one in session.scalars(select(AuditEvent))] == ["retention"]


def test_a_database_from_before_it_overwrote_what_it_deletes_is_written_anew(sqlite: Engine, tmp_path: Path) -> None:
    with sqlite.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw
        for words in (
            "PRAGMA secure_delete=OFF",
            "CREATE TABLE t (x)",
            f"INSERT INTO t VALUES ('{'old words ' * 9}')",
            "DELETE FROM t",
            "PRAGMA wal_checkpoint(FULL)",
        ):
            raw.execute(words).close()
    database_file = tmp_path / "proofdesk.db"
    assert b"old words" in database_file.read_bytes()
    assert database.scrub(sqlite) is None
    assert b"old words" not in database_file.read_bytes()


def test_nobody_else_reads_what_is_kept(sqlite: Engine, tmp_path: Path) -> None:
    made = eval_made(tmp_path)
    stored_files.close(tmp_path)
    modes = {path: path.stat().st_mode & 0o777 for path in (tmp_path, *made)}
    assert modes == {path: 0o700 if path.is_dir() else 0o600 for path in modes}


def eval_made(folder: Path) -> list[Path]:
    """Make what an earlier version left readable by all."""
    (folder / "candidates" / "mails").mkdir(parents=True)
    path = folder / "candidates" / "mails" / "x.eml"
    path.write_text("private")
    for one in (folder, path.parent.parent, path.parent):
        one.chmod(0o755)
    path.chmod(0o644)
    (folder / "proofdesk.db").chmod(0o644)
    return [path.parent.parent, path.parent, path, folder / "proofdesk.db"]


def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'new' / 'p.db'}")
    database.migrate(engine)
    with reading(engine) as session:
        session.execute(text("SELECT 1"))
        assert {path.stat().st_mode & 0o077 for path in (tmp_path / "new", *(tmp_path / "new").iterdir())} == {0}
    engine.dispose()
    assert re.fullmatch("[0-9a-f]{64}", audit.key(tmp_path / "d").decode())
    assert (tmp_path / "d" / "audit.key").stat().st_mode & 0o777 == 0o600
    assert audit.key(tmp_path / "d") == audit.key(tmp_path / "d") != audit.key(tmp_path / "d", "given")
