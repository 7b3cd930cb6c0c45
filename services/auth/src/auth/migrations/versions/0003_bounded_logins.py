"""One row for a session's refresh tokens; what origins have used of their allowance."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    # A token names its session's family, by which a spent one is recognised without being kept.
    # Tokens of before have none, and a row each, until they expire.
    """
    alter table refresh_token
        add column family bytea,
        add column previous bytea,
        add column rotated_at timestamptz
    """,
    "create unique index refresh_token_family on refresh_token (family) where family is not null",
    # Until when the uses of an origin so far, spread evenly, would last.
    """
    create table allowance (
        kind text not null,
        origin text not null,
        spent_until timestamptz not null,
        primary key (kind, origin)
    )
    """,
    "create index allowance_spent_until on allowance (spent_until)",
    # Whose names are to leave what was published.
    "create index published_subject on published (subject)",
    "create index tombstone_deleted_at on tombstone (deleted_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
