"""Published events leave the outbox."""

from alembic import op

from chassis.data.tables import VERSION_2

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for statement in VERSION_2:
        op.execute(statement)
