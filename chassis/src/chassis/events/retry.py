"""Where a failed event goes: to wait for another try, or to the parking place."""

from typing import Any

import amqp

from chassis.amqp.guards import headers_of
from chassis.amqp.refused import REASON
from chassis.events.arrival import ATTEMPT
from chassis.process import clock

QUEUE = "x-queue"
PARKED_AT = "x-parked-at"
_DROPPED = ("content_type", "content_encoding", "delivery_mode", "application_headers")


def again(message: Any, attempt: int) -> Any:
    """Return a copy of `message` for its `attempt`-th retry."""
    return _copy(message, {ATTEMPT: attempt})


def afresh(message: Any) -> Any:
    """Return a copy of `message` as if it had never failed, for a replay."""
    return _copy(message, {}, without=(ATTEMPT, REASON, QUEUE, PARKED_AT))


def parked(message: Any, queue: str, reason: str, attempt: int) -> Any:
    """Return a copy of `message` to be kept until somebody replays it to `queue`."""
    return _copy(
        message,
        {QUEUE: queue, REASON: reason, ATTEMPT: attempt, PARKED_AT: clock.now().isoformat()},
    )


def _copy(message: Any, headers: dict[str, Any], without: tuple[str, ...] = ()) -> Any:
    # The broker's own account of earlier deaths must not travel on: by it the broker takes the
    # next way back for a cycle and drops the message.
    kept = {
        name: value
        for name, value in headers_of(message).items()
        if not name.startswith(("x-death", "x-first-death", "x-last-death", "x-delivery-count"))
        and name not in without
    }
    properties = {k: v for k, v in message.properties.items() if k not in _DROPPED}
    # What expired in a waiting queue lost its expiration there; none may come along.
    properties.pop("expiration", None)
    # user_id is checked against who publishes now.
    properties.pop("user_id", None)
    return amqp.Message(
        message.body or b"",  # an empty one comes as a text, which has to have an encoding
        application_headers={**kept, **headers},
        delivery_mode=2,
        content_type=message.properties.get("content_type"),
        content_encoding=message.properties.get("content_encoding"),
        **properties,
    )
