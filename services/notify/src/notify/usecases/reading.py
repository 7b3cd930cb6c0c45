"""What a person does with their notifications: list, read, read all, count."""

from typing import Any

from chassis.data import outbox
from chassis.data.database import Reader, Transaction
from chassis.process import clock
from contracts.models import Nothing
from contracts.notify.methods import ListNotifications, OneNotification
from contracts.refusals import NotFound, Unauthenticated
from contracts.rpc import Call
from notify import events
from notify.domain.wording import words
from notify.store import lists
from notify.store.lists import Kept

# Each notification read is an event; more of them than this would keep a caller waiting.
MOST_AT_ONCE = 2000


def page(reader: Reader, call: Call[ListNotifications]) -> dict[str, Any]:
    """Answer a page of the asker's notifications, newest first.

    Raises:
        NotFound: The page is past the end.
        Unauthenticated: The asker's account was deleted.
    """
    asked = call.body
    offset = (asked.page - 1) * asked.page_size
    found = lists.page(
        reader, call.asker.id, unread=asked.unread, limit=asked.page_size, offset=offset
    )
    _refuse_if(gone=found.gone)
    if asked.page > 1 and offset >= found.count:
        raise NotFound(f"There is no page {asked.page}. Begin with page 1.")
    return {"count": found.count, "results": [_shown(kept) for kept in found.found]}


def unread(reader: Reader, call: Call[Nothing]) -> dict[str, int]:
    """Answer how many notifications the asker has not read."""
    return {"unread": lists.unread(reader, call.asker.id)}


def mark_read(tx: Transaction, call: Call[OneNotification]) -> dict[str, Any]:
    """Note that the asker read a notification, and answer it. Once read, it stays as it is.

    No answer is kept for a repeat: it would name people who may have been erased since.

    Raises:
        NotFound: It is not there, or another's.
        Unauthenticated: The asker's account was deleted.
    """
    person = call.asker.id
    marked = lists.mark_read(tx, person, call.body.id, clock.now())
    _refuse_if(gone=marked.gone)
    kept = marked.kept
    if kept is None:
        raise NotFound("There is no such notification of yours.")
    if marked.newly:
        outbox.announce(tx, events.read(person, kept.id, kept.code))
    return _shown(kept)


def mark_all_read(tx: Transaction, call: Call[Nothing]) -> dict[str, Any]:
    """Note that the asker read everything: the newest `MOST_AT_ONCE` with each call.

    Raises:
        Unauthenticated: The asker's account was deleted.
    """
    person = call.asker.id
    marked = lists.mark_newest_read(tx, person, clock.now(), MOST_AT_ONCE)
    _refuse_if(gone=marked.gone)
    outbox.announce(tx, *(events.read(person, each.id, each.kind) for each in marked.found))
    return _all_read(len(marked.found), marked.left)


def _refuse_if(*, gone: bool) -> None:
    if gone:
        raise Unauthenticated("This account was deleted. Register to start anew.")


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
