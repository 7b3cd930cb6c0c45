"""What was told to whom in the last days, and which khatmas ended.

`person.timezone` and `person.day_starts_at` are neither read nor written any more; a later release
drops them, once none that writes them can run beside it.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    # A row for each notification that was made; by_id is who made it appear for another.
    # Rows go after a few days, so this never grows with a history.
    """
    create table told (
        person_id bigint not null,
        fact text not null,
        by_id bigint,
        at timestamptz not null
    )
    """,
    "create index told_fact on told (person_id, fact, at)",
    "create index told_by on told (person_id, by_id, at) where by_id is not null",
    "create index told_at on told (at)",
    # So that an invitation that comes after the end of its khatma is not told.
    """
    create table ended_khatma (
        id bigint primary key,
        ended_at timestamptz not null
    )
    """,
    "create index ended_khatma_ended_at on ended_khatma (ended_at)",
    # Built by one scan of the table, without sorting it: few notifications are of this kind.
    """
    create index notification_open_invitation on notification (khatma_id, person_id)
        where kind = 'khatma_invitation' and read_at is null
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("migrations only add; an older release leaves these tables alone")
