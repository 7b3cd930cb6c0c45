"""What notify announces."""

from contracts.events import EventType
from contracts.fields import Id
from contracts.models import Answer


class NotificationData(Answer):
    """A notification, by id and type; its words are for its reader alone."""

    notification_id: Id
    notification_type: str


class DataErasedData(Answer):
    """Everything held about the person is gone."""


class WebhookTestedData(Answer):
    """A test of a webhook: no fact, and sent to that webhook alone, by no exchange."""

    webhook_id: Id


_EXAMPLE = {"notification_id": 88, "notification_type": "chapter_completed"}

NOTIFICATION_CREATED = EventType(
    "notify",
    "notification_created",
    "person",
    "Somebody was told something; the words are for them alone.",
    NotificationData,
    _EXAMPLE,
)
NOTIFICATION_READ = EventType(
    "notify",
    "notification_read",
    "person",
    "Somebody read a notification.",
    NotificationData,
    _EXAMPLE,
)
NOTIFICATION_WITHDRAWN = EventType(
    "notify",
    "notification_withdrawn",
    "person",
    "A notification is gone: what it asked for is no longer possible.",
    NotificationData,
    {"notification_id": 88, "notification_type": "khatma_invitation"},
)
DATA_ERASED = EventType(
    "notify",
    "data_erased",
    "person",
    "notify holds nothing of this person any more.",
    DataErasedData,
    {},
)
WEBHOOK_TESTED = EventType(
    "notify",
    "webhook_tested",
    "webhook",
    "Somebody asked for a test of their webhook, which alone is told of it.",
    WebhookTestedData,
    {"webhook_id": 3},
)
