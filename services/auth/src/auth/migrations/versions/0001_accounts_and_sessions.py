"""Accounts, sessions, refresh tokens, failed logins."""

from alembic import op

from chassis.data.tables import VERSION_1

revision = "0001"
down_revision = None

TABLES = (
    """
    create table account (
        id bigint generated always as identity primary key,
        email text not null,
        email_key text not null,
        username text not null,
        username_key text not null,
        fullname text not null,
        gender text check (gender in ('male', 'female')),
        phone text,
        bio text not null default '',
        timezone text not null default 'UTC',
        day_starts_at smallint not null default 0 check (day_starts_at between 0 and 720),
        version integer not null default 1,
        password_hash text not null,
        joined_at timestamptz not null,
        constraint account_email_key unique (email_key),
        constraint account_username_key unique (username_key)
    )
    """,
    # An id that was deleted. Nothing else is left of the account, and its id never comes back.
    """
    create table tombstone (
        id bigint primary key,
        deleted_at timestamptz not null
    )
    """,
    """
    create table session (
        sid text primary key,
        user_id bigint not null references account on delete cascade,
        begun_at timestamptz not null,
        expires_at timestamptz not null
    )
    """,
    "create index session_user_id on session (user_id)",
    "create index session_expires_at on session (expires_at)",
    # A spent token stays until it would have expired, so that its reuse is recognised.
    """
    create table refresh_token (
        digest bytea primary key,
        sid text not null references session on delete cascade,
        expires_at timestamptz not null,
        spent_at timestamptz
    )
    """,
    "create index refresh_token_sid on refresh_token (sid)",
    "create index refresh_token_expires_at on refresh_token (expires_at)",
    # Sessions whose access tokens are dead before they expire; without a sid, all of the user's.
    """
    create table ended_session (
        id bigint generated always as identity primary key,
        user_id bigint not null,
        sid text,
        ended_at timestamptz not null
    )
    """,
    "create index ended_session_ended_at on ended_session (ended_at)",
    """
    create table failure (
        id bigint generated always as identity primary key,
        account bytea not null,
        origin text not null,
        failed_at timestamptz not null
    )
    """,
    # An account's failures from an origin are among the origin's hundred at most.
    "create index failure_origin on failure (origin, failed_at)",
    "create index failure_failed_at on failure (failed_at)",
)


def upgrade() -> None:
    for statement in (*VERSION_1, *TABLES):
        op.execute(statement)
