"""The words by which khatmas are found."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS = (
    # Null until the service has read the khatma, anew after each change of what it reads: so it
    # does not matter which release wrote it, nor that a migration knows no rules of spelling.
    "alter table khatma add column words tsvector",
    """
    create function read_anew() returns trigger language plpgsql as $$
    begin
        new.words := null;
        return new;
    end
    $$
    """,
    """
    create trigger read_anew before update of name, description, creator_id on khatma
    for each row when (
        (old.name, old.description, old.creator_id)
        is distinct from (new.name, new.description, new.creator_id)
    )
    execute function read_anew()
    """,
    "create index khatma_unread on khatma (id) where words is null",
    "create index khatma_creator on khatma (creator_id, id)",
    "create index khatma_open on khatma (id) where is_public and completed_at is null",
    "create index khatma_words on khatma using gin (words) "
    "where is_public and completed_at is null",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
