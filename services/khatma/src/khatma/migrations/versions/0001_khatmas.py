"""People, khatmas with their parts and members, reading sessions, credit, achievements."""

from alembic import op

from chassis.data import tables
from person.columns import table

revision = "0001"
down_revision = None

STATEMENTS = (
    # A copy of what auth announced, or a token said, of a person. deleted_at is a tombstone.
    table("username", "fullname", "timezone", "day_starts_at"),
    # The counters move in the transaction of the part or member that they count,
    # so that a list reads a khatma and never its parts.
    """
    create table khatma (
        id bigint generated always as identity primary key,
        name text not null,
        description text not null,
        khatma_type text not null check (khatma_type in ('group', 'private')),
        target_days smallint not null check (target_days between 1 and 3650),
        is_public boolean not null,
        creator_id bigint not null,
        created_at timestamptz not null,
        starts_on date not null,
        completed_at timestamptz,
        open_parts smallint not null,
        done_parts smallint not null,
        member_count integer not null,
        constraint private_is_not_public check (khatma_type = 'group' or not is_public),
        constraint thirty_parts
            check (open_parts >= 0 and done_parts >= 0 and open_parts + done_parts <= 30),
        constraint completed_at_thirty check ((completed_at is not null) = (done_parts = 30))
    ) with (fillfactor = 80)
    """,
    "create index khatma_public on khatma (id) where is_public",
    "create index khatma_joinable on khatma (id) where is_public and open_parts > 0",
    # completed repeats the khatma's state, so that one's active and completed khatmas
    # are each read from an index.
    """
    create table member (
        khatma_id bigint not null references khatma on delete cascade,
        person_id bigint not null,
        joined_at timestamptz not null,
        completed boolean not null default false,
        primary key (khatma_id, person_id)
    )
    """,
    "create unique index member_khatmas on member (person_id, khatma_id)",
    "create index member_active on member (person_id, khatma_id) where not completed",
    "create index member_completed on member (person_id, khatma_id) where completed",
    # A row is a claimed or a done part; an open part has none. So the primary key lets nobody
    # hold or finish what another holds or has done. person_id is null for a former member
    # whose account is gone, and only done parts may be without a name.
    """
    create table part (
        khatma_id bigint not null references khatma on delete cascade,
        number smallint not null check (number between 1 and 30),
        person_id bigint,
        claimed_at timestamptz not null,
        done_at timestamptz,
        primary key (khatma_id, number),
        constraint claimed_by_someone check (person_id is not null or done_at is not null)
    )
    """,
    "create index part_person on part (person_id, khatma_id, number)",
    """
    create table invitation (
        khatma_id bigint not null references khatma on delete cascade,
        person_id bigint not null,
        invited_at timestamptz not null,
        primary key (person_id, khatma_id)
    )
    """,
    "create index invitation_khatma on invitation (khatma_id)",
    # No reference to the khatma: a session stays its reader's own when the khatma is deleted.
    """
    create table reading (
        id bigint generated always as identity primary key,
        person_id bigint not null,
        khatma_id bigint not null,
        number smallint not null,
        is_completed boolean not null,
        reading_date date not null,
        notes text not null,
        created_at timestamptz not null
    )
    """,
    "create index reading_own on reading (person_id, id)",
    "create index reading_own_khatma on reading (person_id, khatma_id, id)",
    "create index reading_khatma_day on reading (khatma_id, person_id, reading_date)",
    """
    create table khatma_day (
        khatma_id bigint not null references khatma on delete cascade,
        day date not null,
        chapters integer not null,
        readers integer not null,
        primary key (khatma_id, day)
    ) with (fillfactor = 80)
    """,
    # Credit for finished reading, which outlives leaving and deleted khatmas.
    # juz_done holds juz n in bit n - 1.
    """
    create table reader (
        person_id bigint primary key,
        active_khatmas integer not null default 0 check (active_khatmas >= 0),
        completed_khatmas integer not null default 0,
        chapters integer not null default 0,
        achievements smallint not null default 0,
        juz_done integer not null default 0
    ) with (fillfactor = 70)
    """,
    """
    create table reader_day (
        person_id bigint not null,
        day date not null,
        chapters integer not null,
        primary key (person_id, day)
    ) with (fillfactor = 80)
    """,
    # Runs of days with a finished chapter; they never touch one another.
    """
    create table streak (
        person_id bigint not null,
        first_day date not null,
        last_day date not null,
        primary key (person_id, last_day),
        check (first_day <= last_day)
    )
    """,
    """
    create table achievement (
        id bigint generated always as identity primary key,
        person_id bigint not null,
        achievement text not null,
        earned_at timestamptz not null,
        khatma_id bigint,
        khatma_name text,
        constraint earned_once unique (person_id, achievement)
    )
    """,
)


def upgrade() -> None:
    for statement in (*tables.VERSION_1, *STATEMENTS):
        op.execute(statement)
