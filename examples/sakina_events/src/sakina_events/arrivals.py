"""What came in a message, where an event did."""

import logging

from sakina_events.events import Event
from sakina_events.links import Delivery

log = logging.getLogger(__name__)


def event_in(delivery: Delivery) -> Event | None:
    """Return the event in a message; one that cannot be read is told to the log, and is None."""
    try:
        return Event.read(delivery.body)
    except ValueError as error:
        log.error("stepped over message %s: %s", delivery.event_id, error)
        return None
