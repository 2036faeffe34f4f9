"""Named tokens, the audit log, and keys that bind spans, attempts and kept replies to their email or question."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_doors"
down_revision = "0002_kept"

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OWNED = {"spans": ("email", "question"), "attempts": ("email", "question"), "kept_replies": ("email",)}
STANDS = "the audit log is only added to"


def upgrade() -> None:
    """Add to the schema; the release before works on it as it did, and what it writes without these keys is found by its owner."""
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("name", name=op.f("uq_tokens_name")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("detail", DOCUMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index(op.f("ix_audit_events_subject"), "audit_events", ["subject"], unique=False)
    for table, owners in OWNED.items():
        with op.batch_alter_table(table) as batch:  # SQLite adds no key to a table that is there: it is copied, once
            for owner in owners:
                batch.add_column(sa.Column(f"{owner}_id", sa.Text(), nullable=True))
                batch.create_foreign_key(op.f(f"fk_{table}_{owner}_id"), f"{owner}s", [f"{owner}_id"], ["id"], ondelete="CASCADE")
        for owner in owners:
            op.execute(f"UPDATE {table} SET {owner}_id = owner_id WHERE owner_id IN (SELECT id FROM {owner}s)")
            op.create_index(op.f(f"ix_{table}_{owner}_id"), table, [f"{owner}_id"], unique=False)
    _let_stand()


def _let_stand() -> None:
    """Refuse every change of a line of the audit log, whoever asks the database for it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE FUNCTION audit_stands() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{STANDS}'; END $$ LANGUAGE plpgsql")
        op.execute("CREATE TRIGGER audit_stands BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_stands()")
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER audit_stands_{change.lower()} BEFORE {change} ON audit_events BEGIN SELECT RAISE(ABORT, '{STANDS}'); END")


def downgrade() -> None:
    """Take it away again."""
    for table, owners in OWNED.items():
        for owner in owners:
            op.drop_index(op.f(f"ix_{table}_{owner}_id"), table)
        with op.batch_alter_table(table) as batch:
            for owner in owners:
                batch.drop_constraint(op.f(f"fk_{table}_{owner}_id"), type_="foreignkey")
                batch.drop_column(f"{owner}_id")
    op.drop_table("audit_events")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_stands()")
    op.drop_table("tokens")
