"""Replies that were paid for are kept for questions too."""

import sqlalchemy as sa
from alembic import op

revision = "0005_asked"
down_revision = "0004_review"


def upgrade() -> None:
    """Add to the schema; the release before works on it as it did. What is kept by now is all of mails."""
    op.add_column("kept_replies", sa.Column("question_id", sa.Text(), nullable=True))
    op.create_index(op.f("ix_kept_replies_question_id"), "kept_replies", ["question_id"], unique=False)


def downgrade() -> None:
    """Take it away again. Of a question that was not stored the cost stays where the release before counts it, and no word."""
    op.execute("UPDATE kept_replies SET text = NULL, detail = NULL WHERE question_id IS NOT NULL")
    op.drop_index(op.f("ix_kept_replies_question_id"), "kept_replies")
    op.drop_column("kept_replies", "question_id")
