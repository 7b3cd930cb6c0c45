"""Events that the probe follows, and what its handlers are made to do with them."""

import uuid
from contextlib import contextmanager

import probe
from eventlet.event import Event
from sqlalchemy import text

NOTED, SLOW = probe.HANDLER_QUEUES
JSON = {"content_type": "application/json", "delivery_mode": 2}


def envelope(number=1, kind="khatma.noted.v1", **changes):
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "/sakina/khatma",
        "type": kind,
        "subject": "person/1",
        "time": "2026-03-01T06:00:00Z",
        "dataschema": f"/schemas/events/{kind}.json",
        "datacontenttype": "application/json",
        "sequence": 1,
        "actor": 1,
        "traceparent": "00-aa-bb-01",
        "data": {"number": number},
        **changes,
    }


@contextmanager
def held(behaviour):
    """Hold every slow handler until the block ends."""
    released = Event()
    behaviour.on_slow = lambda event: released.wait()
    try:
        yield
    finally:
        released.send(None)


def seen(db):
    return [row.note for row in db.reader.ask(text("select note from seen order by note"))]


def failing(times, error=None):
    left = [times]

    def fail(event):
        if left[0]:
            left[0] -= 1
            raise error or RuntimeError("not yet")

    return fail
