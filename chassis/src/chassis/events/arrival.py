"""An event as it came: its envelope checked, and how often it was tried before."""

from typing import Any

from pydantic import ValidationError

from chassis.amqp.guards import headers_of, json_object
from chassis.amqp.refused import Refused
from chassis.work.context import Handled
from contracts.events import Envelope, Event, EventType

ATTEMPT = "x-attempt"


class Arrival:
    """A delivered event.

    Attributes:
        message: As it was delivered.
    """

    service: Any
    said: Event[Any]
    late = False

    def __init__(self, message: Any, event_type: EventType) -> None:
        """Read `message`, which should be of `event_type`. Raises Refused where it is not."""
        self.message = message
        self._type = event_type
        self._envelope = _envelope(message)
        if self._envelope.type != event_type.wire_name:
            raise Refused("its type is not its routing key")
        self.handled = Handled(
            request_id=str(self._envelope.id),
            traceparent=self._envelope.traceparent,
            redelivered=bool(message.delivery_info["redelivered"]),
        )

    def read(self) -> Event[Any]:
        """Return the event. Raises Refused where its data does not fit its contract."""
        try:
            return self._type.heard(self._envelope)
        except ValidationError as error:
            raise _misfit(error, "data") from error

    def check(self, answer: Any) -> None:
        """Nobody is answered."""


def attempts(message: Any) -> int:
    """Return how many times a handler has failed with `message` already."""
    count = headers_of(message).get(ATTEMPT)
    return count if isinstance(count, int) and count > 0 else 0


def _envelope(message: Any) -> Envelope:
    try:
        return Envelope.model_validate(json_object(message))
    except ValidationError as error:
        raise _misfit(error, "envelope") from error


def _misfit(error: ValidationError, where: str) -> Refused:
    path = ".".join(str(step) for step in error.errors()[0]["loc"])
    return Refused(f"it does not fit its contract: {path or where}")
