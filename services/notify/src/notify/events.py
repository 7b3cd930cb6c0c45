"""What notify announces: from a fact of its own to an event of the contract."""

from datetime import datetime
from uuid import UUID

from contracts.events import Announcement, Envelope
from contracts.notify.events import (
    DATA_ERASED,
    NOTIFICATION_CREATED,
    NOTIFICATION_READ,
    NOTIFICATION_WITHDRAWN,
    WEBHOOK_TESTED,
    DataErasedData,
    NotificationData,
    WebhookTestedData,
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


def webhook_tested(
    webhook: int, id: UUID, *, sequence: int, actor: int, time: datetime
) -> Envelope:
    """Return the event that a test sends to a webhook, and that nobody else gets."""
    kind = WEBHOOK_TESTED
    return Envelope(
        id=id,
        source=f"/sakina/{kind.source}",
        type=kind.wire_name,
        subject=f"{kind.subject}/{webhook}",
        time=time,
        dataschema=kind.schema_path,
        sequence=sequence,
        actor=actor,
        data=WebhookTestedData(webhook_id=webhook).model_dump(),
    )
