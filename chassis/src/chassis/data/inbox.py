"""Events taken in: each takes effect once, however often it is delivered."""

from collections.abc import Callable
from uuid import UUID

from psycopg2.errors import UniqueViolation
from sqlalchemy import text

from chassis.data.database import Database, Transaction

_TAKE_IN = text("insert into inbox (handler, event_id) values (:handler, :event_id)")


def take_in(tx: Transaction, handler: str, event_id: UUID) -> None:
    """Note, in the transaction of its effect, that `handler` takes in the event.

    Where it has done so before, the transaction fails, and its effect with it; see `once`.
    """
    tx.tell(_TAKE_IN, handler=handler, event_id=str(event_id))


def take_in_with_effect(tx: Transaction, handler: str, event_id: UUID) -> None:
    """The same, before the transaction's effect; where it has none, nothing is to be noted.

    What has no effect the first time has none the second time.
    """
    tx.provide(_TAKE_IN, handler=handler, event_id=str(event_id))


def once(db: Database, work: Callable[[Transaction], None]) -> bool:
    """Do `work`, which takes in an event, in a transaction; do nothing where it was taken in.

    Returns:
        Whether it took effect now.
    """
    try:
        db.transact(work)
    except UniqueViolation as error:
        if error.diag.constraint_name != "inbox_pkey":
            raise
        return False
    return True
