"""Sessions, their totals, people, the leader."""

from alembic import op

from chassis.data.tables import VERSION_1
from person.columns import table

revision = "0001"
down_revision = None

TABLES = (
    # A copy of what auth says. Its row is the lock of what a person owns, and outlives them.
    table("username", "timezone", "day_starts_at"),
    # Always asked for by person, so the primary key is also the index of the newest first.
    """
    create table session (
        person bigint not null,
        id bigint generated always as identity,
        meditation_type text not null,
        duration smallint not null check (duration between 1 and 1440),
        notes text not null check (length(notes) <= 2000),
        date date not null check (date >= '2000-01-01'),
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (person, id)
    )
    """,
    # An index for each ordering: equal keys are in the order of id either way.
    "create index session_date on session (person, date, id)",
    "create index session_date_down on session (person, date desc, id)",
    "create index session_duration on session (person, duration, id)",
    "create index session_duration_down on session (person, duration desc, id)",
    "create index session_type on session (person, meditation_type, id)",
    # A row for each window that a person has practised in; `period` is what the API calls window,
    # a reserved word here. Of all time starts on 2000-01-01.
    """
    create table total (
        person bigint not null,
        period text not null check (period in ('all', 'month', 'week', 'day')),
        starts date not null,
        minutes bigint not null check (minutes > 0),
        sessions bigint not null check (sessions > 0),
        reached_at timestamptz not null,
        primary key (person, period, starts)
    )
    """,
    "create index total_board on total (period, starts, minutes desc, reached_at, person)",
    """
    create table type_total (
        person bigint not null,
        meditation_type text not null,
        minutes bigint not null check (minutes > 0),
        sessions bigint not null check (sessions > 0),
        primary key (person, meditation_type)
    )
    """,
    # Who was last announced as the first of the all-time board: always exactly one row.
    """
    create table leader (
        board text primary key default 'all' check (board = 'all'),
        person bigint
    )
    """,
    "insert into leader (person) values (null)",
)


def upgrade() -> None:
    for statement in (*VERSION_1, *TABLES):
        op.execute(statement)
