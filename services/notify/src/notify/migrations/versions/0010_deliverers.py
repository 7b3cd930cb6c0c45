"""Which instances deliver, and which of them has a line."""

from alembic import op

revision = "0010"
down_revision = "0009"

STATEMENTS = (
    # An instance is there while the server has its session: that of process `pid` which began at
    # `began_at`. Another one noted at `missed_at` that it has none.
    """
    create table deliverer (
        id uuid primary key,
        pid integer not null,
        began_at timestamptz not null,
        missed_at timestamptz
    )
    """,
    # Whose a line is while it is leased. None where an earlier release leased it: that is due when
    # its lease is over, and not before.
    "alter table delivery_line add column holder uuid",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("migrations only add; an older release leaves the table alone")
