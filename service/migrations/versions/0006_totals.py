"""What closed stretches of time add up to, and the triggers that drop a stretch when a row of it is written, changed or erased."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_totals"
down_revision = "0005_asked"

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ID, HOUR = "substr({row}.email_id, 1, 6)", "substr({row}.at, 1, 13)"  # of SQLite, which keeps moments as text, in UTC
HOUR_POSTGRESQL = "to_char({row}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"
STRETCHES = {"tickets": (ID, ID), "spans": (HOUR, HOUR_POSTGRESQL), "attempts": (HOUR, HOUR_POSTGRESQL)}
ROWS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


def upgrade() -> None:
    """Add to the schema; the release before works on it as it did, and what that writes drops stretches too. The watcher adds up what is there."""
    op.create_table(
        "stretch_totals",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stretch", sa.Text(), nullable=False),
        sa.Column("groups", DOCUMENT, nullable=False),
        sa.Column("ms", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source", "stretch", name=op.f("pk_stretch_totals")),
    )
    for table, (sqlite, postgres) in STRETCHES.items():
        if op.get_bind().dialect.name == "postgresql":
            _on_postgresql(table, postgres)
        else:
            for change, rows in ROWS.items():
                body = " ".join(_dropped(table, sqlite, row) for row in rows)
                op.execute(f"CREATE TRIGGER totals_{table}_{change.lower()} AFTER {change} ON {table} BEGIN {body} END")


def _on_postgresql(table: str, stretch: str) -> None:
    old = f"IF TG_OP <> 'INSERT' THEN {_dropped(table, stretch, 'OLD')} END IF;"
    new = f"IF TG_OP <> 'DELETE' THEN {_dropped(table, stretch, 'NEW')} END IF;"
    op.execute(f"CREATE FUNCTION totals_{table}() RETURNS trigger AS $$ BEGIN {old} {new} RETURN NULL; END $$ LANGUAGE plpgsql")
    op.execute(f"CREATE TRIGGER totals AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION totals_{table}()")


def _dropped(table: str, stretch: str, row: str) -> str:
    return f"DELETE FROM stretch_totals WHERE source = '{table}' AND stretch = {stretch.format(row=row)};"


def downgrade() -> None:
    """Take it away again."""
    for table in STRETCHES:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER totals ON {table}")
            op.execute(f"DROP FUNCTION totals_{table}()")
        else:
            for change in ROWS:
                op.execute(f"DROP TRIGGER totals_{table}_{change.lower()}")
    op.drop_table("stretch_totals")
