"""An event as it came: its envelope checked, and how often it was tried before."""

from typing import Any

from pydantic import ValidationError

from chassis.amqp.guards import headers_of, json_object
from chassis.amqp.refused import Refused
from chassis.work import context as request
from contracts.events import Envelope, EventType

ATTEMPT = "x-attempt"


class Arrival:
    """A delivered event.

    Attributes:
        event: Its envelope; the data fits the contract.
        handled: What logs and outbox may know of it.
    """

    def __init__(self, message: Any, event_type: EventType) -> None:
        """Read `message`, which should be of `event_type`. Raises Refused where it is not."""
        self.message = message
        self.event = _envelope(message, event_type)
        self.handled = request.Handled(
            request_id=str(self.event.id),
            traceparent=self.event.traceparent,
            redelivered=bool(message.delivery_info["redelivered"]),
        )


def attempts(message: Any) -> int:
    """Return how many times a handler has failed with `message` already."""
    count = headers_of(message).get(ATTEMPT)
    return count if isinstance(count, int) and count > 0 else 0


def _envelope(message: Any, event_type: EventType) -> Envelope:
    body = json_object(message)
    try:
        event = Envelope.model_validate(body)
        event_type.data.model_validate(event.data)
    except ValidationError as error:
        path = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise Refused(f"it does not fit its contract: {path or 'envelope'}") from error
    if event.type != event_type.wire_name:
        raise Refused("its type is not its routing key")
    return event
