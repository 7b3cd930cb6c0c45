"""What a person does with their notifications: list, read, read all, count."""

from typing import Any

from chassis.data import commands
from chassis.data.database import Connection, Database
from chassis.data.outbox import announce
from chassis.process import clock
from chassis.work.encoding import Encoded
from contracts.models import Nothing
from contracts.notify import methods
from contracts.notify.methods import ListNotifications, OneNotification
from contracts.refusals import NotFound, Unauthenticated
from contracts.rpc import Call
from notify import events
from notify.domain.wording import words
from notify.store import notifications, people
from notify.store.notifications import Kept

# Each notification read is an event; more of them than this would keep a caller waiting.
MOST_AT_ONCE = 2000
_NOT_YOURS = "There is no such notification of yours."
_GONE = "This account was deleted. Register to start anew."


def page(db: Database, call: Call[ListNotifications]) -> dict[str, Any]:
    """Answer a page of the asker's notifications, newest first.

    Raises:
        NotFound: The page is past the end.
        Unauthenticated: The asker's account was deleted.
    """
    asked = call.body
    offset = (asked.page - 1) * asked.page_size
    found = notifications.page(
        db, call.asker.id, unread=asked.unread, limit=asked.page_size, offset=offset
    )
    if found.gone:
        raise Unauthenticated(_GONE)
    if asked.page > 1 and offset >= found.count:
        raise NotFound("There is no such page; the list is shorter.")
    return {"count": found.count, "results": [_shown(kept) for kept in found.found]}


def unread(db: Database, call: Call[Nothing]) -> dict[str, int]:
    """Answer how many notifications the asker has not read."""
    return {"unread": notifications.unread(db, call.asker.id)}


def mark_read(db: Database, call: Call[OneNotification]) -> Encoded:
    """Note that the asker read a notification, and answer it. Once read, it stays as it is.

    No answer is kept for a repeat: it would name people who may have been erased since.

    Raises:
        NotFound: It is not there, or another's.
        Unauthenticated: The asker's account was deleted.
    """
    return commands.once(db, methods.MARK_READ, call, lambda tx: _mark_read(tx, call))


def mark_all_read(db: Database, call: Call[Nothing]) -> Encoded:
    """Note that the asker read everything: the newest `MOST_AT_ONCE` with each call.

    Raises:
        Unauthenticated: The asker's account was deleted.
    """
    return commands.once(db, methods.MARK_ALL_READ, call, lambda tx: _mark_all_read(tx, call))


def _mark_read(tx: Connection, call: Call[OneNotification]) -> dict[str, Any]:
    reader = call.asker.id
    if not _take(tx, reader):
        raise NotFound(_NOT_YOURS)
    newly = notifications.mark_read(tx, reader, call.body.id, clock.now())
    kept = notifications.one(tx, reader, call.body.id)
    if kept is None:
        raise NotFound(_NOT_YOURS)
    if newly:
        announce(tx, events.read(reader, kept.id, kept.code))
    return _shown(kept)


def _mark_all_read(tx: Connection, call: Call[Nothing]) -> dict[str, Any]:
    reader = call.asker.id
    if not _take(tx, reader):
        return _all_read(0, 0)
    marked, left = notifications.mark_newest_read(tx, reader, clock.now(), MOST_AT_ONCE)
    announce(tx, *(events.read(reader, each.id, each.kind) for each in marked))
    return _all_read(len(marked), left)


def _take(tx: Connection, reader: int) -> bool:
    gone = people.take(tx, reader)
    if gone:
        raise Unauthenticated(_GONE)
    return gone is not None


def _all_read(updated: int, left: int) -> dict[str, Any]:
    if left:
        message = f"{updated} notifications are marked as read. Ask again for the other {left}."
    else:
        message = "All notifications are marked as read."
    return {"message": message, "updated": updated}


def _shown(kept: Kept) -> dict[str, Any]:
    told = words(kept.told)
    return {
        "id": kept.id,
        "notification_type": kept.told.kind,
        "notification_display": kept.told.kind.display,
        "title": told.title,
        "message": told.message,
        "is_read": kept.read_at is not None,
        "created_at": kept.created_at,
        "related_khatma": kept.khatma_id,
        "related_khatma_name": kept.told.khatma_name,
    }
