"""Replies: where to, and as which bytes."""

from typing import Any

import orjson

from chassis.amqp.frames import put
from chassis.amqp.guards import headers_of
from chassis.amqp.refused import Refused
from chassis.work.encoding import Encoded
from contracts.refusals import Refusal

DIRECT = "amq.rabbitmq.reply-to."
_LONGEST_NAME = 255


def reply_queue(message: Any) -> str:
    """Return the queue, by the default exchange, in which the caller of `message` waits.

    The gateway waits by direct reply-to. A stock nameko caller gives the key of its reply queue
    on the exchange `nameko-rpc`, where services may write nothing; but that queue is named after
    the caller, who is the last of its call stack.

    Raises:
        Refused: No reply can reach the caller.
    """
    reply_to = message.properties.get("reply_to")
    if not reply_to:
        raise Refused("it has no reply_to")
    if reply_to.startswith(DIRECT):
        return str(reply_to)
    stack = headers_of(message).get("nameko.call_id_stack")
    if not isinstance(stack, list) or not stack or str(stack[-1]).count(".") < 2:
        raise Refused("its reply_to is neither direct nor that of a nameko caller")
    caller = str(stack[-1]).rsplit(".", 2)[0]
    queue = f"rpc.reply-{caller}-{reply_to}"
    if len(queue.encode("utf-8", "replace")) > _LONGEST_NAME:
        raise Refused("the name of its reply queue is too long")
    return queue


def result_body(result: Encoded) -> bytes:
    """Return the reply that holds `result`. The gateway slices these bytes: keep their order."""
    return b'{"error":null,"result":' + result + b"}"


def refusal_body(refusal: Refusal) -> bytes:
    """Return the reply that says no."""
    return orjson.dumps({"error": refusal.to_wire(), "result": None})


def reply(message: Any, queue: str, body: bytes) -> None:
    """Send `body` to the caller of `message`, on the channel that it came by, without a confirm.

    A lost reply is a time-out to a caller that can ask again.

    Raises:
        Exception: The connection is lost.
    """
    put(message.channel, queue, body, message.properties.get("correlation_id"))
