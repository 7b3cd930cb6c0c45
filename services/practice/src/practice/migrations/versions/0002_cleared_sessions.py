"""Sessions that their owner deleted all at once: hidden in that moment, swept afterwards."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    # A row lives from the command until its sessions are swept, so the table is all but empty.
    # Ids grow with time under the lock of their person: what is logged afterwards is above up_to.
    """
    create table cleared (
        person bigint primary key,
        up_to bigint not null
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
