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


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("heartbeats")
