"""The tables that the chassis keeps in each service's own schema."""

VERSION_1: tuple[str, ...] = (
    # A request that was carried out, so that a repeat is answered and not done again.
    """
    create table command (
        id text primary key,
        actor bigint,
        fingerprint text not null,
        result text not null,
        expires_at timestamptz not null
    )
    """,
    "create index command_expires_at on command (expires_at)",
    "create index command_actor on command (actor)",
    # The last sequence number of each subject; its row lock puts a subject's events in order.
    """
    create table subject (
        name text primary key,
        last bigint not null
    ) with (fillfactor = 70)
    """,
    """
    create table outbox (
        id bigint generated always as identity primary key,
        event_id uuid not null,
        type text not null,
        subject text not null,
        sequence bigint not null,
        occurred_at timestamptz not null,
        actor bigint,
        traceparent text,
        data text not null,
        published_at timestamptz,
        unique (subject, sequence)
    )
    """,
    "create index outbox_unpublished on outbox (id) where published_at is null",
    "create index outbox_published on outbox (published_at) where published_at is not null",
    # An event that a handler has taken in.
    """
    create table inbox (
        handler text not null,
        event_id uuid not null,
        received_at timestamptz not null default now(),
        primary key (handler, event_id)
    )
    """,
    "create index inbox_received_at on inbox (received_at)",
)

VERSION_2: tuple[str, ...] = (
    # What the broker has confirmed, for a day, in case it is to be published again. Moved here, it
    # leaves the outbox as small as what waits: a mark in the same index made each look slower for
    # as long as anybody, such as a dump, held a snapshot. Columns in the order of the outbox's.
    """
    create table published (
        id bigint not null,
        event_id uuid not null,
        type text not null,
        subject text not null,
        sequence bigint not null,
        occurred_at timestamptz not null,
        actor bigint,
        traceparent text,
        data text not null,
        published_at timestamptz not null
    )
    """,
    "create index published_published_at on published (published_at)",
    # Rows come and go: vacuumed by how many went, not by their share of the few that are there.
    "alter table outbox"
    " set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500)",
)
