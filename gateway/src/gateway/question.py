"""A question to a service: its body, and its properties, written as AMQP has them.

All questions have the same eight properties, so they are written by one format; pika would look at
all fourteen that there may be, and at the type of each value: a tenth of the gateway's work.
"""

import struct

from pika import BasicProperties

from contracts.models import Request
from contracts.rpc import Actor, Command
from gateway.trace import Trace

REPLY_TO = "amq.rabbitmq.reply-to"


def _short(text: bytes) -> bytes:
    return bytes([len(text)]) + text


_FLAGS = (
    BasicProperties.FLAG_CONTENT_TYPE
    | BasicProperties.FLAG_CONTENT_ENCODING
    | BasicProperties.FLAG_HEADERS
    | BasicProperties.FLAG_CORRELATION_ID
    | BasicProperties.FLAG_REPLY_TO
    | BasicProperties.FLAG_EXPIRATION
)
_START = struct.pack(">H", _FLAGS) + _short(b"application/json") + _short(b"utf-8")
_REQUEST_ID = _short(b"nameko.request_id") + b"S"
_TRACEPARENT = _short(b"nameko.traceparent") + b"S"
_DEADLINE = _short(b"nameko.deadline") + b"l"
_REPLY_TO = _short(REPLY_TO.encode())


def question(body: Request, actor: Actor | bytes | None, command: Command | None) -> bytes:
    """Return the body of a question, of which only the fields that were named travel."""
    # Joined by hand: the actor's JSON is made once for each token, not for each call.
    who = actor.__pydantic_serializer__.to_json(actor) if isinstance(actor, Actor) else actor
    what = body.__pydantic_serializer__.to_json(body, exclude_unset=True)
    which = b"null" if command is None else command.__pydantic_serializer__.to_json(command)
    return b'{"args":[],"kwargs":{"request":{"actor":%b,"command":%b,"body":%b}}}' % (
        who or b"null",
        which,
        what,
    )


class QuestionProperties(BasicProperties):
    """Who waits for the answer, until when, and of what request the question is a part.

    Args:
        correlation_id: By which the answer is known, ASCII.
        trace: The request's.
        seconds: How long the answer is waited for; then the broker may drop the question.
        deadline: The same as a moment, in Unix seconds.
    """

    def __init__(self, correlation_id: str, trace: Trace, seconds: float, deadline: float) -> None:
        super().__init__(correlation_id=correlation_id)
        request_id, traceparent = trace.request_id.encode(), trace.traceparent.encode()
        headers = b"%b%b%b%b%b%b%b%b" % (
            _REQUEST_ID,
            struct.pack(">I", len(request_id)),
            request_id,
            _TRACEPARENT,
            struct.pack(">I", len(traceparent)),
            traceparent,
            _DEADLINE,
            struct.pack(">q", int(deadline * 1000)),
        )
        self._written = b"%b%b%b%b%b%b" % (
            _START,
            struct.pack(">I", len(headers)),
            headers,
            _short(correlation_id.encode()),
            _REPLY_TO,
            _short(b"%d" % (seconds * 1000)),
        )

    def encode(self) -> list[bytes]:
        """Return them as they travel."""
        return [self._written]
