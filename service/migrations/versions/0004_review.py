"""What the system did and what a person did, apart; and how many sentences each link of the check struck."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_review"
down_revision = "0003_doors"

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OUTCOME = (
    "CASE WHEN failed IS NOT NULL THEN 'failed' WHEN finished_at IS NULL THEN 'processing' WHEN discarded IS NOT NULL THEN 'discarded' "
    "WHEN handed_over_reason IS NOT NULL THEN 'handedOver' ELSE 'answered' END"
)
REVIEW = (
    "CASE WHEN status = 'rejected' THEN 'rejected' WHEN answer IS NULL THEN 'closed' "
    "WHEN (SELECT verdict FROM reviews WHERE reviews.email_id = tickets.email_id ORDER BY id DESC LIMIT 1) = 'edit' THEN 'edited' ELSE 'approved' END"
)


def upgrade() -> None:
    """Add to the schema; the release before works on it as it did, and the database works out the outcome of what that writes."""
    stored = True if op.get_bind().dialect.name == "postgresql" else None  # which indexes only what is stored, and SQLite adds only what is not
    op.add_column("tickets", sa.Column("outcome", sa.Text(), sa.Computed(OUTCOME, persisted=stored), nullable=True))
    op.add_column("tickets", sa.Column("review", sa.Text(), nullable=True))
    op.add_column("tickets", sa.Column("sentences", sa.Integer(), nullable=True))
    op.add_column("tickets", sa.Column("struck", DOCUMENT, nullable=True))
    op.execute(f"UPDATE tickets SET review = {REVIEW} WHERE status IN ('approved', 'rejected')")
    op.create_index(op.f("ix_tickets_outcome_email_id"), "tickets", ["outcome", "email_id"], unique=False)
    op.create_index(op.f("ix_tickets_review_email_id"), "tickets", ["review", "email_id"], unique=False)
    op.create_index(op.f("ix_emails_message_id"), "emails", ["message_id"], unique=False)


def downgrade() -> None:
    """Take it away again."""
    op.drop_index(op.f("ix_emails_message_id"), "emails")
    op.drop_index(op.f("ix_tickets_review_email_id"), "tickets")
    op.drop_index(op.f("ix_tickets_outcome_email_id"), "tickets")
    for column in ("struck", "sentences", "review", "outcome"):
        op.drop_column("tickets", column)
