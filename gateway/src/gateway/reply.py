"""What a service replied: the result's bytes, or a refusal."""

from typing import Any

import orjson

from contracts.refusals import Late, Refusal, Unavailable, Unexpected

_START, _END = b'{"error":null,"result":', b"}"


def result_of(reply: bytes) -> bytes:
    """Return the JSON of the result inside `reply`.

    Sakina's own services write a success in one exact shape, so the result is cut out without
    parsing it. Raises the Refusal that the reply holds otherwise.
    """
    if reply.startswith(_START) and reply.endswith(_END):
        return reply[len(_START) : -len(_END)]
    return _parsed(reply)


def _parsed(reply: bytes) -> bytes:
    try:
        document: Any = orjson.loads(reply)
        error, result = document["error"], document["result"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as broken:
        raise Unexpected("The service answered in a way that nobody understands.") from broken
    if error is None:
        return orjson.dumps(result)
    refusal = Refusal.from_wire(error if isinstance(error, dict) else {})
    if isinstance(refusal, Late):
        # It says so itself, and has done nothing: unlike after silence, it can just be tried again.
        raise Unavailable(refusal.detail, retry_after=refusal.retry_after or 1)
    raise refusal
