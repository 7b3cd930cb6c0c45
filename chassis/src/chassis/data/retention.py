"""Forgetting what is no longer needed, in batches that hold no lock for long."""

from datetime import timedelta

from sqlalchemy import TextClause, text

from chassis.data.away import Contention
from chassis.data.database import Database, Transaction
from chassis.data.statements import by_value
from chassis.process import clock

BATCH = 1000
# How long things are kept is stated in docs/events/README.md.
INBOX_DAYS = 30
OUTBOX_DAYS = 1

_AS_SEEN = text("set transaction isolation level repeatable read")


def _batched(table: str, key: str, column: str) -> TextClause:
    # The names are constants of this module; nothing from outside is put into the statement.
    # Planned for its values: not knowing that few are so old, the server would read all the table.
    return by_value(
        f"delete from {table} where {key} in "  # noqa: S608
        f"(select {key} from {table} where {column} < :before limit :batch) returning 1"
    )


_COMMANDS = _batched("command", "id", "expires_at")
_INBOX = _batched("inbox", "ctid", "received_at")
_PUBLISHED = _batched("published", "ctid", "published_at")
# Marked where they were, by a release that does not move them.
_OUTBOX = _batched("outbox", "id", "published_at")


def sweep(db: Database) -> int:
    """Delete expired commands, old inbox rows and events published a day ago.

    Returns:
        How many rows went.
    """
    now = clock.now()
    return (
        delete_in_batches(db, _COMMANDS, before=now)
        + delete_in_batches(db, _INBOX, before=now - timedelta(days=INBOX_DAYS))
        + delete_in_batches(db, _PUBLISHED, before=now - timedelta(days=OUTBOX_DAYS))
        + delete_in_batches(db, _OUTBOX, before=now - timedelta(days=OUTBOX_DAYS))
    )


def delete_in_batches(db: Database, statement: TextClause, **values: object) -> int:
    """Run a delete until nothing is left for it.

    It takes `:batch`, returns a row for each row gone, and is best planned `by_value`.

    Beside others that delete or renew the same rows, too: what a batch sees is what it deletes. A
    batch that waited for rows that are then gone would find fewer than there are, and look like the
    last one, or delete what was renewed; it is taken back instead, and the next one sees what is
    left.

    Returns:
        How many rows went.
    """

    def batch(tx: Transaction) -> int:
        tx.tell(_AS_SEEN)
        return len(tx.ask(statement, **values, batch=BATCH))

    gone = 0
    while True:
        try:
            found = db.transact(batch)
        except Contention as lost:
            if not lost.transient:
                raise
            continue
        gone += found
        if found < BATCH:
            return gone
