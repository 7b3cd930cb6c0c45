"""What is kept of a message that was refused: everything about it but its body."""

from typing import Any

import orjson
from uuid_utils.compat import uuid7

from chassis.amqp.confirms import persistent
from chassis.process import clock

REASON = "x-reason"
_LONGEST = 500


class Refused(Exception):
    """A message breaks the protocol; the text says how."""


def refusal_notice(message: Any, reason: str) -> Any:
    """Return an `amqp.Message` that tells of `message` and why it was refused.

    The body stays out of it: a request may hold a password.
    """
    delivery = message.delivery_info
    known = {
        "reason": reason,
        "exchange": _shown(delivery["exchange"]),
        "routing_key": _shown(delivery["routing_key"]),
        "size": len(message.body),
        "properties": {
            name: _shown(value)
            for name, value in message.properties.items()
            if name != "application_headers"
        },
        "headers": {
            _shown(name): _shown(value)
            for name, value in (message.properties.get("application_headers") or {}).items()
        },
    }
    return persistent(
        orjson.dumps(known),
        {REASON: f"refused: {reason}"},
        message_id=str(uuid7()),
        timestamp=int(clock.now().timestamp()),
    )


def _shown(value: Any) -> str:
    return str(value)[:_LONGEST].encode("utf-8", "replace").decode()
