"""What members intend with a khatma, and links by which they let others in."""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = (
    # Both go with the membership, by whichever way that ends: leaving, the khatma, the account.
    """
    create table intention (
        khatma_id bigint not null,
        person_id bigint not null,
        texts text[] not null check (cardinality(texts) <= 20),
        primary key (khatma_id, person_id),
        foreign key (khatma_id, person_id) references member on delete cascade
    )
    """,
    # The code itself is with those to whom it was given.
    """
    create table link (
        id bigint generated always as identity primary key,
        khatma_id bigint not null,
        person_id bigint not null,
        code_hash bytea not null unique,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        uses_left integer not null check (uses_left >= 0),
        foreign key (khatma_id, person_id) references member on delete cascade
    )
    """,
    "create index link_member on link (khatma_id, person_id, id)",
    "create index link_expires_at on link (expires_at)",
    # Until when the wrong codes of a person so far, spread evenly, would last.
    """
    create table guesser (
        person_id bigint primary key,
        spent_until timestamptz not null
    )
    """,
    "create index guesser_spent_until on guesser (spent_until)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
