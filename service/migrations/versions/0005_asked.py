"""Replies that were paid for are kept for questions too; and the audit log cannot be emptied: on PostgreSQL TRUNCATE passes triggers of rows by."""

import sqlalchemy as sa
from alembic import op

revision = "0005_asked"
down_revision = "0004_review"


def upgrade() -> None:
    """Add to the schema; the release before works on it as it did. What is kept by now is all of mails. SQLite knows no TRUNCATE, and refuses every DELETE."""
    op.add_column("kept_replies", sa.Column("question_id", sa.Text(), nullable=True))
    op.create_index(op.f("ix_kept_replies_question_id"), "kept_replies", ["question_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION audit_stands()")


def downgrade() -> None:
    """Take it away again. Of a question that was not stored the cost stays where the release before counts it, and no word."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_stays ON audit_events")
    op.execute("UPDATE kept_replies SET text = NULL, detail = NULL WHERE question_id IS NOT NULL")
    op.drop_index(op.f("ix_kept_replies_question_id"), "kept_replies")
    op.drop_column("kept_replies", "question_id")
