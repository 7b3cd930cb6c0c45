"""What happened, for those who may see it, and who is in which khatma."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    # Where the recorder is: the last position that it gave, and the message of the stream that it
    # took last. One row, which it locks for each batch: so there is one writer of what follows.
    """
    create table recorder (
        id boolean primary key default true check (id),
        position bigint not null default 0,
        stream_offset bigint,
        message_id text,
        stepped_over bigint not null default 0
    )
    """,
    "insert into recorder default values",
    # Positions are 1, 2, 3 … in the order of recording; rows go with age, a person or a khatma.
    # `place` is the position again: a list is in its order, which the primary key does not have, so
    # no plan reads everybody's rows in the order of the key to find those of one.
    """
    create table activity (
        position bigint primary key,
        event_id uuid not null unique,
        person_id bigint,
        khatma_id bigint,
        type text not null,
        recorded_at timestamptz not null,
        event text not null,
        place bigint not null generated always as (position) stored,
        check (num_nonnulls(person_id, khatma_id) = 1)
    )
    """,
    "create index activity_person on activity (person_id, place) where person_id is not null",
    "create index activity_khatma on activity (khatma_id, place) where khatma_id is not null",
    # Who was in it stays a while, out of it: an event of before that comes late brings nobody back.
    """
    create table member (
        khatma_id bigint not null,
        person_id bigint not null,
        is_in boolean not null,
        sequence bigint not null,
        changed_at timestamptz not null,
        primary key (khatma_id, person_id)
    )
    """,
    "create index member_person on member (person_id, khatma_id)",
    "create index member_out on member (changed_at) where not is_in",
    # What somebody saw of a khatma as they went out of it: that they left, or that it was deleted.
    """
    create table farewell (
        position bigint not null,
        person_id bigint not null,
        primary key (position, person_id)
    )
    """,
    "create index farewell_person on farewell (person_id, position)",
    # Whether the recorder has come to the end of it, too: what it records before is still seen.
    "alter table ended_khatma add is_recorded boolean not null default false",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("migrations only add; an older release leaves these tables alone")
