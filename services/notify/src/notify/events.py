"""What notify announces: from a fact of its own to an event of the contract."""

from contracts.events import Announcement
from contracts.notify.events import (
    DATA_ERASED,
    NOTIFICATION_CREATED,
    NOTIFICATION_READ,
    NOTIFICATION_WITHDRAWN,
    DataErasedData,
    NotificationData,
)


def created(person: int, notification: int, kind: str, actor: int | None) -> Announcement:
    """A notification was made for `person`, by what `actor` did."""
    data = NotificationData(notification_id=notification, notification_type=kind)
    return NOTIFICATION_CREATED.about(person, data, actor)


def read(person: int, notification: int, kind: str) -> Announcement:
    """`person` read a notification."""
    data = NotificationData(notification_id=notification, notification_type=kind)
    return NOTIFICATION_READ.about(person, data, person)


def withdrawn(person: int, notification: int, kind: str, actor: int | None) -> Announcement:
    """An unread notification of `person` went, since `actor` ended what it told of."""
    data = NotificationData(notification_id=notification, notification_type=kind)
    return NOTIFICATION_WITHDRAWN.about(person, data, actor)


def data_erased(person: int) -> Announcement:
    """Nothing of `person` is held any more."""
    return DATA_ERASED.about(person, DataErasedData(), person)
