"""Who sees a person's figures; the liveliest khatmas; the words of completed ones."""

from alembic import op

from person.columns import added

revision = "0008"
down_revision = "0007"

STATEMENTS = (
    added("visibility"),
    # What else moves a khatma in it, as who joins does, moves it in others already.
    """
    create index khatma_liveliest on khatma (member_count desc, id desc)
        where is_public and completed_at is null
    """,
    """
    create index khatma_completed_words on khatma using gin (words)
        where is_public and completed_at is not null
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
