"""Secrets before the former one, shares of webhooks, and what was asked for while it was sent."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS = (
    # `former_secret` is the latest of those that were replaced; these were replaced before it, the
    # latest first, and each signs until its own time.
    """
    alter table webhook
        add column older_secrets bytea[] not null default '{}',
        add column older_secrets_until timestamptz[] not null default '{}',
        add constraint webhook_older_secrets
            check (cardinality(older_secrets) = cardinality(older_secrets_until))
    """,
    # How often its owner had it sent again: what comes of a try from before that is not its end.
    "alter table delivery add column redelivered integer not null default 0",
    # A webhook has only so many of its person's under way.
    "create index delivery_line_webhook on delivery_line (webhook_id, due_at)",
    "create index delivery_line_webhook_leased on delivery_line (webhook_id) where leased",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("migrations only add; an older release leaves these columns alone")
