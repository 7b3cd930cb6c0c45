"""Whom a member invited, among what happened in their khatma, told members who has an account."""

from alembic import op

revision = "0008"
down_revision = "0007"

# What of it waits for a webhook finds nothing any more that it may show, and is withheld.
STATEMENTS = ("delete from activity where type = 'khatma.member_invited.v1'",)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("migrations only add; an older release leaves these columns alone")
