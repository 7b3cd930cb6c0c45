"""Webhooks, and what is on its way to them."""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = (
    # Where a person has events sent. `matches` is a regular expression of `types`; null for all.
    # The secrets are kept as they are, since they sign (docs/adr/0038). One with deleted_at is
    # nobody's any more, and goes once its deliveries are swept.
    """
    create table webhook (
        id bigint generated always as identity primary key,
        person_id bigint not null references person (id),
        url text not null,
        types text[] not null,
        matches text,
        description text not null,
        secret bytea not null,
        former_secret bytea,
        former_secret_until timestamptz,
        disabled_reason text,
        disabled_at timestamptz,
        succeeded_at timestamptz,
        tests bigint not null default 0,
        deleted_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        check ((disabled_reason is null) = (disabled_at is null)),
        check ((former_secret is null) = (former_secret_until is null))
    )
    """,
    "create index webhook_person on webhook (person_id, id) where deleted_at is null",
    "create index webhook_deleted on webhook (id) where deleted_at is not null",
    # A person with webhooks, and when the first of their lines is due. Whoever plans, takes or
    # settles anything of a person's deliveries locks this row first.
    """
    create table delivery_queue (
        person_id bigint primary key references person (id),
        due_at timestamptz not null
    )
    """,
    "create index delivery_queue_due on delivery_queue (due_at)",
    # What waits for one webhook about one subject goes one after the other: the first that waits
    # is tried when its line is due. While it is, the line is leased, until `due_at` at most.
    """
    create table delivery_line (
        webhook_id bigint not null,
        subject text not null,
        person_id bigint not null,
        due_at timestamptz not null,
        leased boolean not null default false,
        primary key (webhook_id, subject)
    )
    """,
    "create index delivery_line_due on delivery_line (person_id, due_at)",
    "create index delivery_line_leased on delivery_line (person_id) where leased",
    # An event for a webhook. `position` is that of the event in `activity`; a test has none, and
    # its own body.
    """
    create table delivery (
        id bigint generated always as identity primary key,
        webhook_id bigint not null,
        person_id bigint not null,
        position bigint,
        event_id uuid not null,
        type text not null,
        subject text not null,
        body text,
        state text not null default 'waiting',
        tries smallint not null default 0,
        created_at timestamptz not null,
        first_try_at timestamptz,
        last_try_at timestamptz,
        response_code smallint,
        latency_ms integer,
        problem text,
        unique (webhook_id, event_id)
    )
    """,
    """
    create index delivery_waiting on delivery (webhook_id, subject, position)
        where state = 'waiting'
    """,
    "create index delivery_newest on delivery (webhook_id, id)",
    "create index delivery_person on delivery (person_id)",
    "create index delivery_created_at on delivery (created_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("migrations only add; an older release leaves these tables alone")
