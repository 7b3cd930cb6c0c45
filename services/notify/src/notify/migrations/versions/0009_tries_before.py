"""How many tries a delivery had before its owner had it sent again."""

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS = (
    # `tries` are those since then, by which the next wait and the end are found.
    "alter table delivery add column tries_before integer not null default 0",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("migrations only add; an older release leaves this column alone")
