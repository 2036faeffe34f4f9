"""The rows that everything ends in: emails, tickets, spans, attempts, reviews, and the operation around them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Computed, Dialect, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, Text, TypeDecorator
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine

PICO = Decimal(10) ** 12
OUTCOME = (  # worked out by the database itself, so that no review can move it
    "CASE WHEN failed IS NOT NULL THEN 'failed' WHEN finished_at IS NULL THEN 'processing' WHEN discarded IS NOT NULL THEN 'discarded' "
    "WHEN handed_over_reason IS NOT NULL THEN 'handedOver' ELSE 'answered' END"
)


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC: SQLite would forget the zone."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Usd(TypeDecorator[Decimal]):
    """US dollars as whole millionths of a millionth: SQLite has no decimals, and sums must be exact on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value * PICO)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)) / PICO


class Document(TypeDecorator[Any]):
    """A JSON document, kept as JSONB where there is such a type."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON(none_as_null=True))
        from sqlalchemy.dialects.postgresql import JSONB  # slow to import, and most databases are a file

        return dialect.type_descriptor(JSONB(none_as_null=True))


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it from the class)
        datetime: Moment(),
        Decimal: Usd(),
        dict[str, Any]: Document(),
        list[Any]: Document(),
        str: Text(),
        float: Float(),
        bool: Boolean(),
    }


class Email(Base):
    """One accepted email. `due_at` is when a worker may take it up: at once, after a failed try, or when a lease runs out; None when finished.

    `tries` numbers its runs, `faults` counts those that failed, `lost` those in a row whose worker was never heard of again.
    """

    __tablename__ = "emails"
    __table_args__ = (Index(None, "due_at", "state", "received_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    message_id: Mapped[str | None] = mapped_column(index=True)
    received_at: Mapped[datetime]
    subject: Mapped[str]
    sender: Mapped[str]
    size: Mapped[int]
    state: Mapped[str]  # pending, processing, done, failed
    worker: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    faults: Mapped[int] = mapped_column(default=0, server_default="0")
    lost: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[datetime | None] = mapped_column(index=True)


class Heartbeat(Base):
    """When a process last showed, by the database's clock, that it lives and that something can be written."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Raw(Base):
    """The bytes of an email, in a table of their own so that a change of state does not rewrite them."""

    __tablename__ = "raws"

    email_id: Mapped[str] = mapped_column(ForeignKey("emails.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Ticket(Base):
    """What became of one email. Made with it, as `processing`.

    `outcome` is what the system did, `review` what a person did with it (approved, edited, rejected, closed; None: nothing yet), `status` the one word
    of both. `sentences` were checked, and `struck` counts those that did not pass, by link; None where nothing was drafted.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        Index(None, "status", "email_id"),
        Index(None, "outcome", "email_id"),
        Index(None, "review", "email_id"),
        Index(None, "urgency", "email_id"),
        Index(None, "release", "email_id"),
        Index(None, "finished_at", "email_id"),
        Index(None, "release", "finished_at", "email_id"),
    )

    email_id: Mapped[str] = mapped_column(ForeignKey("emails.id", ondelete="CASCADE"), primary_key=True)
    status: Mapped[str]
    outcome: Mapped[str | None] = mapped_column(Computed(OUTCOME))
    review: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    customer_name: Mapped[str | None]
    issue_summary: Mapped[str | None]
    urgency: Mapped[str | None]
    question: Mapped[str | None]
    answer: Mapped[dict[str, Any] | None]
    handed_over_reason: Mapped[str | None]
    handed_over_detail: Mapped[str | None]
    discarded: Mapped[str | None]
    failed: Mapped[str | None]
    draft: Mapped[dict[str, Any] | None]
    sentences: Mapped[int | None]
    struck: Mapped[dict[str, Any] | None]
    evidence: Mapped[dict[str, Any] | None]
    masks: Mapped[list[Any] | None]
    findings: Mapped[list[Any] | None]
    language: Mapped[str | None]
    search: Mapped[dict[str, Any] | None]
    release: Mapped[str | None]
    degraded: Mapped[bool] = mapped_column(default=False)
    latency_ms: Mapped[float | None]
    usd: Mapped[Decimal | None] = mapped_column("cost")
    unpriced_calls: Mapped[int] = mapped_column(default=0)
    input_tokens: Mapped[int] = mapped_column(default=0)
    cached_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)


class Span(Base):
    """One stage of an email's or a question's path; `owner_id` is the id of either, and stands once more in the key that binds it to one of them."""

    __tablename__ = "spans"
    __table_args__ = (Index(None, "at", "stage"),)

    owner_id: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stage: Mapped[str]
    at: Mapped[datetime]
    started_ms: Mapped[float]
    ms: Mapped[float]
    error: Mapped[str | None]
    notes: Mapped[dict[str, Any] | None]
    release: Mapped[str]
    email_id: Mapped[str | None] = mapped_column(ForeignKey("emails.id", ondelete="CASCADE"), index=True)
    question_id: Mapped[str | None] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), index=True)


class Attempt(Base):
    """One call to one model. `run` tells the tries of one email apart: a try that failed later on has still cost its money.

    The call stays on record when its email is erased, with nothing of that: its owner is `erased` then.
    """

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "owner_id", "run"), Index(None, "at", "provider", "model"), Index(None, "at", "cost"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    owner_id: Mapped[str]
    run: Mapped[int]
    place: Mapped[int]
    at: Mapped[datetime]
    task: Mapped[str]
    provider: Mapped[str]
    model: Mapped[str]
    ms: Mapped[float]
    error: Mapped[str | None]
    detail: Mapped[str | None]
    input_tokens: Mapped[int | None]
    cached_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    reasoning_tokens: Mapped[int | None]
    usd: Mapped[Decimal | None] = mapped_column("cost")
    price_source: Mapped[str | None]
    repair: Mapped[int]
    release: Mapped[str]
    email_id: Mapped[str | None] = mapped_column(ForeignKey("emails.id", ondelete="CASCADE"), index=True)
    question_id: Mapped[str | None] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), index=True)


class KeptReply(Base):
    """What a hosted model replied for a mail or question that is not finished: kept, with what it cost, before it was used.

    `prompt` is the hash of all that was asked, and of whom. `run` is the last try that used it; `booked` tells that its cost is in an attempt.
    `question_id` is the key of no row yet: a question has one only when it is finished.
    """

    __tablename__ = "kept_replies"

    owner_id: Mapped[str] = mapped_column(primary_key=True)
    prompt: Mapped[str] = mapped_column(primary_key=True)
    run: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)
    task: Mapped[str]
    provider: Mapped[str]
    model: Mapped[str]
    release: Mapped[str]
    text: Mapped[str | None]
    error: Mapped[str | None]
    detail: Mapped[str | None]
    ms: Mapped[float]
    input_tokens: Mapped[int | None]
    cached_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    reasoning_tokens: Mapped[int | None]
    usd: Mapped[Decimal | None] = mapped_column("cost")
    price_source: Mapped[str | None]
    repair: Mapped[int]
    booked: Mapped[bool]
    email_id: Mapped[str | None] = mapped_column(ForeignKey("emails.id", ondelete="CASCADE"), index=True)
    question_id: Mapped[str | None] = mapped_column(index=True)


class Review(Base):
    """What a person decided about a ticket. Rows are only added; the newest counts."""

    __tablename__ = "reviews"

    id: Mapped[str] = mapped_column(primary_key=True)
    email_id: Mapped[str] = mapped_column(ForeignKey("emails.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    verdict: Mapped[str]  # approve, edit, reject
    reason: Mapped[str | None]
    reviewer: Mapped[str | None]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any] | None]


class IdempotencyKey(Base):
    """A key that a client sent with an email, and the email it stands for."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    email_id: Mapped[str] = mapped_column(ForeignKey("emails.id", ondelete="CASCADE"))
    at: Mapped[datetime]


class Question(Base):
    """A question asked without an email, and how it ended."""

    __tablename__ = "questions"

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    question: Mapped[str]
    outcome: Mapped[str]  # answered, handedOver
    answer: Mapped[dict[str, Any] | None]
    handed_over_reason: Mapped[str | None]
    handed_over_detail: Mapped[str | None]
    search: Mapped[dict[str, Any] | None]
    release: Mapped[str]
    degraded: Mapped[bool]
    latency_ms: Mapped[float]
    usd: Mapped[Decimal | None] = mapped_column("cost")
    unpriced_calls: Mapped[int]
    input_tokens: Mapped[int]
    cached_tokens: Mapped[int]
    output_tokens: Mapped[int]


class ReleaseMove(Base):
    """A move of a release from one state to another. Rows are only added, so they tell what was in production at any time."""

    __tablename__ = "release_moves"

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    release: Mapped[str] = mapped_column(index=True)
    who: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]  # draft, gated, canary, active, retired
    percent: Mapped[int | None]
    why: Mapped[str]


class EvalRun(Base):
    """One run of the evals, with its report."""

    __tablename__ = "eval_runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    release: Mapped[str] = mapped_column(index=True)
    suite: Mapped[str]
    verdict: Mapped[str | None]
    seconds: Mapped[float]
    report: Mapped[dict[str, Any]]


class MonitorReading(Base):
    """What a monitor measured over a window, and whether that tripped it."""

    __tablename__ = "monitor_readings"
    __table_args__ = (Index(None, "monitor", "at"), Index(None, "at"))

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    monitor: Mapped[str]
    release: Mapped[str]
    window_s: Mapped[float]
    sample: Mapped[int]
    value: Mapped[float | None]
    baseline: Mapped[float | None]
    threshold: Mapped[float | None]
    p_value: Mapped[float | None]
    tripped: Mapped[bool]


class MonitorState(Base):
    """The newest that a monitor said of a release: what the watcher has to know again every few seconds, without its history."""

    __tablename__ = "monitor_states"

    release: Mapped[str] = mapped_column(primary_key=True)
    monitor: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    tripped: Mapped[bool]


class StretchTotal(Base):
    """What the rows of one table add up to over a stretch of time that is over, as `service.storage.totals` reads it. Gone when a row of it changes."""

    __tablename__ = "stretch_totals"

    source: Mapped[str] = mapped_column(primary_key=True)
    stretch: Mapped[str] = mapped_column(primary_key=True)
    groups: Mapped[list[Any]]
    ms: Mapped[bytes] = mapped_column(LargeBinary)


class Lock(Base):
    """Something that only one process does at a time, who does it, and until when without another word."""

    __tablename__ = "locks"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]


class Incident(Base):
    """Something that went wrong and was noticed. `closed_at` is None while it is open."""

    __tablename__ = "incidents"

    id: Mapped[str] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]
    kind: Mapped[str]
    severity: Mapped[str]
    release: Mapped[str | None]
    title: Mapped[str]
    runbook: Mapped[str | None]
    note: Mapped[str | None]


class IncidentEvent(Base):
    """One line of an incident's timeline."""

    __tablename__ = "incident_events"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    what: Mapped[str]
    detail: Mapped[dict[str, Any] | None]


class Token(Base):
    """What somebody signs in with, known by its hash alone. Its name is never given again, so that the audit log names one thing by it."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]  # intake, agent, operator
    digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]


class AuditEvent(Base):
    """Who did what to what. Rows are only added: the database itself refuses to change or delete one."""

    __tablename__ = "audit_events"

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str]
    role: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str | None] = mapped_column(index=True)
    detail: Mapped[dict[str, Any] | None]
