"""Kept replies, heartbeats, and what keeps long histories quick."""

import sqlalchemy as sa
from alembic import op

revision = "0002_kept"
down_revision = "0001_first"


def upgrade() -> None:
    """Add to the first schema; the release before works on it as it did."""
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "kept_replies",
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("ms", sa.Float(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=True),
        sa.Column("cached_tokens", sa.Integer(), nullable=True),
        sa.Column("output_tokens", sa.Integer(), nullable=True),
        sa.Column("reasoning_tokens", sa.Integer(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("price_source", sa.Text(), nullable=True),
        sa.Column("repair", sa.Integer(), nullable=False),
        sa.Column("booked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "prompt", name=op.f("pk_kept_replies")),
    )
    op.create_index(op.f("ix_kept_replies_at"), "kept_replies", ["at"], unique=False)
    op.create_table(
        "monitor_states",
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("monitor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tripped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("release", "monitor", name=op.f("pk_monitor_states")),
    )
    op.execute(
        "INSERT INTO monitor_states (release, monitor, at, tripped) SELECT release, monitor, at, tripped FROM monitor_readings "
        "WHERE id IN (SELECT max(id) FROM monitor_readings GROUP BY release, monitor)"
    )
    op.create_table(
        "locks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_locks")),
    )
    op.create_index(op.f("ix_monitor_readings_at"), "monitor_readings", ["at"], unique=False)
    op.create_index(op.f("ix_tickets_finished_at_email_id"), "tickets", ["finished_at", "email_id"], unique=False)
    op.create_index(op.f("ix_tickets_release_finished_at_email_id"), "tickets", ["release", "finished_at", "email_id"], unique=False)
    op.create_index(op.f("ix_attempts_at_cost"), "attempts", ["at", "cost"], unique=False)
    op.create_index(op.f("ix_emails_due_at_state_received_at"), "emails", ["due_at", "state", "received_at"], unique=False)
    op.add_column("emails", sa.Column("faults", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("emails", sa.Column("lost", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Take it away again."""
    for column in ("lost", "faults"):
        op.drop_column("emails", column)
    op.drop_index(op.f("ix_emails_due_at_state_received_at"), "emails")
    op.drop_index(op.f("ix_attempts_at_cost"), "attempts")
    op.drop_index(op.f("ix_tickets_release_finished_at_email_id"), "tickets")
    op.drop_index(op.f("ix_tickets_finished_at_email_id"), "tickets")
    op.drop_index(op.f("ix_monitor_readings_at"), "monitor_readings")
    for table in ("locks", "monitor_states", "kept_replies", "heartbeats"):
        op.drop_table(table)
