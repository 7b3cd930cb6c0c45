"""Public khatmas that are active, and those that are completed, each by an index."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    "create index khatma_public_active on khatma (id) where is_public and completed_at is null",
    """
    create index khatma_public_completed on khatma (id)
        where is_public and completed_at is not null
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
