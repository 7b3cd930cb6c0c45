"""Whose members nobody was told of: the khatmas that were there before anybody could follow them.

What is made from now on says who is in it by its own events.
"""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("create table unlisted (khatma_id bigint primary key)")
    op.execute("insert into unlisted select id from khatma")


def downgrade() -> None:
    raise NotImplementedError("migrations only add; an older release leaves this table alone")
