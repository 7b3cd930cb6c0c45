"""The open khatmas are found by khatma_public_active, which is the same index."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("drop index khatma_open")
