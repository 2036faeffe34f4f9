"""The audit log cannot be emptied either: on PostgreSQL TRUNCATE passes triggers of rows by."""

from alembic import op

revision = "0006_truncate"
down_revision = "0005_asked"


def upgrade() -> None:
    """Add to the schema; the release before works on it as it did. SQLite knows no TRUNCATE, and refuses every DELETE already."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION audit_stands()")


def downgrade() -> None:
    """Take it away again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_stays ON audit_events")
