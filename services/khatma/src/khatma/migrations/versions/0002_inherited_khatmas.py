"""Whether who is named as a khatma's creator made it, or inherited it."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    "alter table khatma add column inherited boolean not null default false",
    # Who made a khatma joined it in the same instant; an heir had joined it later.
    """
    update khatma set inherited = true
    where exists (
        select from member
        where khatma_id = khatma.id and person_id = khatma.creator_id
            and joined_at > khatma.created_at
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
