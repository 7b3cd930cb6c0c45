"""One turn of taking a stream in: where it goes on, and batch after batch from there."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic

import eventlet
from prometheus_client import Counter, Gauge
from psycopg2.errors import DataError

from chassis.amqp.stream import Delivered, Stream
from chassis.data.dedicated import Dedicated
from chassis.data.transaction import Reader, Transaction
from chassis.events.traced import followed, together
from telemetry.spans import Kind

log = logging.getLogger(__name__)

_TAKEN = Counter("sakina_stream_taken_total", "Messages of a stream that were taken in.")
_BATCHES = Counter("sakina_stream_batches_total", "Transactions in which they were.")
_SPOILT = Counter("sakina_stream_spoilt_total", "Messages that could not be digested.")
_OFFSET = Gauge("sakina_stream_offset", "Offset of the message that was taken last.")

# A batch is followed by the next one so long after it began: what happens meanwhile goes together.
# Each batch costs some 1.5 ms of CPU, however little is in it: with 20 ms between, recording alone
# cost an eighth of what the writes do.
LINGER_SECONDS = 0.100
IDLE_SECONDS = 5.0
# The message that was taken last is there at once, where the stream is the one that it was.
FOUND_SECONDS = 2.0
LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Mark:
    """The message of a stream that was taken last: its offset, and its message id."""

    offset: int
    id: str


class Overtaken(Exception):
    """Another instance has taken of the stream what this one was about to."""


Find = Callable[[Reader], Mark | None]
"""Returns the mark that was kept with what was taken; None where nothing was."""
Take = Callable[[Transaction, Mark | None, Sequence[Delivered]], bytes]
"""Takes messages in and keeps the last one's mark, in one transaction; returns what to say of it.

It is told the mark that they come after, and raises `Overtaken` where another one is kept. With no
messages it says how things stand. A message whose body is empty is one that it failed on.
"""


def goes_on(stream: Stream, mark: Mark) -> bool:
    """Say whether a stream that is read from `mark` on begins with its message, which is passed."""
    if not stream.wait(FOUND_SECONDS):
        return False
    return [Mark(found.offset, found.id) for found in stream.take(1)] == [mark]


class Taking:
    """Takes what arrives by one connection to the broker and one to the database.

    Args:
        stream: What comes after `mark`.
        database: The connection of its own.
        mark: What was taken last.
        take: See `Take`.
        saying: The exchange that is told of each batch.
    """

    def __init__(
        self, stream: Stream, database: Dedicated, mark: Mark | None, take: Take, saying: str
    ) -> None:
        self._stream = stream
        self._database = database
        self._mark = mark
        self._take = take
        self._saying = saying

    def go_on(self, lasts: Callable[[], bool]) -> None:
        """Take batch after batch while it `lasts`.

        Raises:
            Overtaken: Another one takes, too.
            Exception: A connection is lost.
        """
        self._say([])
        said_at = monotonic()
        while lasts():
            if self._stream.wait(LOOK_SECONDS):
                said_at = monotonic()
                self._round()
                # What arrives meanwhile goes together: a transaction for each would cost a write
                # a good part of what the write itself does.
                eventlet.sleep(max(0.0, said_at + LINGER_SECONDS - monotonic()))
            elif monotonic() >= said_at + IDLE_SECONDS:
                said_at = monotonic()
                self._say([])

    def _round(self) -> None:
        if batch := self._stream.take():
            self._take_in(batch)
        self._stream.settle()  # what has no place, too

    def _take_in(self, batch: Sequence[Delivered]) -> None:
        """Take `batch`, or what of it can be taken.

        A message that the database or the use case cannot digest is found by halves and taken as
        one without a body: it holds back nothing that comes behind it.
        """
        try:
            self._say(batch)
        except (DataError, ValueError):
            if len(batch) > 1:
                half = len(batch) // 2
                self._take_in(batch[:half])
                self._take_in(batch[half:])
            elif batch[0].body:
                log.exception("message %d of the stream cannot be taken", batch[0].offset)
                _SPOILT.inc()
                self._take_in([replace(batch[0], body=b"")])
            else:
                raise

    def _say(self, batch: Sequence[Delivered]) -> None:
        with together("record", Kind.CONSUMER, followed(batch)):
            said = self._database.transact(lambda tx: self._take(tx, self._mark, batch))
        if batch:
            self._mark = Mark(batch[-1].offset, batch[-1].id)
            _OFFSET.set(self._mark.offset)
            _TAKEN.inc(len(batch))
            _BATCHES.inc()
        self._stream.say(said, self._saying)
