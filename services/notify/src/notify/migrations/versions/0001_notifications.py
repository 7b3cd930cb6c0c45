"""People, notifications, and the chassis's own tables."""

from alembic import op

from chassis.data import tables
from person.columns import table

revision = "0001"
down_revision = None

STATEMENTS = (
    # A person as auth announces them, and how many notifications they have: counting a million
    # rows for each page would not do. A row may come before auth's event, without names;
    # one with deleted_at stays for ever, so that nothing late brings the person back.
    table("username", "fullname", "timezone", "day_starts_at"),
    """
    alter table person
        alter username drop not null, alter fullname drop not null,
        alter timezone drop not null, alter day_starts_at drop not null,
        alter version set default 0,
        add total integer not null default 0,
        add unread integer not null default 0,
        add check (unread between 0 and total),
        set (fillfactor = 80)
    """,
    # created_at is the time of the event, so the list is the same in whatever order events came.
    """
    create table notification (
        id bigint generated always as identity primary key,
        person_id bigint not null references person (id),
        event_id uuid not null,
        created_at timestamptz not null,
        read_at timestamptz,
        kind text not null,
        about bigint,
        khatma_id bigint,
        khatma_name text,
        facts jsonb not null,
        unique (event_id, person_id)
    )
    """,
    """
    create index notification_newest on notification
        (person_id, created_at desc, event_id desc)
    """,
    """
    create index notification_unread on notification
        (person_id, created_at desc, event_id desc) where read_at is null
    """,
    "create index notification_read on notification (read_at) where read_at is not null",
)


def upgrade() -> None:
    for statement in (*tables.VERSION_1, *STATEMENTS):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the first version has nothing before it")
