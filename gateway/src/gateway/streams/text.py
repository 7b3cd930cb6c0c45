"""What a stream says, as text/event-stream has it (HTML Standard, section 9.2)."""

from typing import Any

import orjson

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = b":\n\n"
"""A comment, which readers pass over: the connection is alive, and proxies keep it."""


def opening(retry_ms: int, cursor: str) -> bytes:
    """Return what a stream begins with.

    Its cursor comes before anything has happened, so that who loses the connection until then goes
    on from there, too. It is an event, since a page sees the cursors of events alone.

    Args:
        retry_ms: How long a reader waits before it connects anew, in milliseconds.
        cursor: Where the stream begins.
    """
    said = orjson.dumps({"cursor": cursor})
    return b"retry: %d\nid: %b\nevent: opened\ndata: %b\n\n" % (retry_ms, cursor.encode(), said)


def happened(event: dict[str, Any]) -> bytes:
    """Return an event, which is one of the record's, without the line that says its cursor."""
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), orjson.dumps(event))


def placed(cursor: str, text: bytes) -> bytes:
    """Return the `text` of an event with the cursor by which its reader goes on after it."""
    return b"id: %b\n%b" % (cursor.encode(), text)


def last_words(name: str, said: dict[str, Any], retry_ms: int | None) -> bytes:
    """Return the event that a stream ends with.

    It leaves the cursor as it is.

    Args:
        name: The event's name.
        said: Its data.
        retry_ms: In how many milliseconds the reader is to come back, where it may.
    """
    retry = b"" if retry_ms is None else b"retry: %d\n" % retry_ms
    return b"%bevent: %b\ndata: %b\n\n" % (retry, name.encode(), orjson.dumps(said))
