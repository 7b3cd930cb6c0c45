"""Tickets that open a stream of activity."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    # What a ticket is made of is with the person whom it was given to. The two times of the access
    # token are Unix seconds, exactly as the token says them: which sessions ended goes by them.
    """
    create table ticket (
        hash bytea primary key,
        person_id bigint not null,
        session text not null,
        token_issued_at double precision not null,
        token_expires_at double precision not null,
        expires_at timestamptz not null
    )
    """,
    "create index ticket_person on ticket (person_id)",
    "create index ticket_expires_at on ticket (expires_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
