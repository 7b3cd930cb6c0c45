"""Events taken in: each takes effect once, however often it is delivered."""

from uuid import UUID

from sqlalchemy import text

from chassis.data.database import Connection

_TAKE_IN = text(
    """
    insert into inbox (handler, event_id) values (:handler, cast(:event_id as uuid))
    on conflict do nothing returning 1
    """
)


def first_time(tx: Connection, handler: str, event_id: UUID) -> bool:
    """Note, in the transaction of its effect, that `handler` takes in the event.

    Returns:
        False where it has done so before; then there is nothing left to do.
    """
    row = tx.execute(_TAKE_IN, {"handler": handler, "event_id": str(event_id)}).first()
    return row is not None
