"""How long it takes from a commit to a consumer, and how fast an outbox is emptied."""

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import amqp

from sakina_bench import steady
from sakina_bench.measuring import Subject
from sakina_bench.running import Running

QUEUE = "evt-bench--notify.bench"
"""A name that notify's user may declare; it may bind it to practice's exchange."""
EXCHANGE = "practice.events"
PATIENCE_SECONDS = 20
DRAINED = 5000

# Rows like one that was published, with ids and a subject of their own.
_WAITING = """
    insert into practice.outbox
        (event_id, type, subject, sequence, occurred_at, actor, traceparent, data)
    select gen_random_uuid(), type, 'bench:' || n, 1, now(), actor, traceparent, data
    from (select * from practice.published where type like %s limit 1) as one,
         generate_series(%s, %s) as n
"""


@dataclass
class Consumer:
    """Takes events from a queue of its own and notes how old each was, in milliseconds.

    An event's age is counted from its own time, which is taken in the transaction just before the
    commit: so the commit is part of it.
    """

    system: Running
    ages: list[float] = field(default_factory=list)
    _stopping: bool = False

    def __enter__(self) -> "Consumer":
        """Bind the queue and begin."""
        at = urlsplit(self.system.environment("notify")["SAKINA_BROKER_URL"])
        self._connection = amqp.Connection(
            host=f"{at.hostname}:{at.port}",
            userid=at.username or "",
            password=at.password or "",
            virtual_host=at.path.lstrip("/"),
        )
        self._connection.connect()
        channel = self._connection.channel()
        channel.queue_declare(QUEUE, exclusive=True)
        channel.queue_bind(QUEUE, EXCHANGE, "#")
        channel.basic_consume(QUEUE, callback=self._take, no_ack=True)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._stopping = True
        self._thread.join()
        self._connection.close()

    def _listen(self) -> None:
        while not self._stopping:
            try:
                self._connection.drain_events(timeout=0.2)
            except TimeoutError:
                continue

    def _take(self, message: Any) -> None:
        now = time.time()
        told = json.loads(message.body)
        if "session_logged" in told["type"]:
            began = datetime.fromisoformat(told["time"]).timestamp()
            self.ages.append(1000 * (now - began))


@dataclass(frozen=True)
class Lag:
    """What came of a rate: events a second that were asked and that came, milliseconds."""

    asked: float
    came: float
    p50: float
    p99: float


def lag(subject: Subject, rate: float, seconds: float) -> Lag:
    """Log sessions at `rate` a second, and return how old their events were when they came."""
    row = subject.row("new session")
    tokens = [asker.authorization for asker in row.askers]
    subject.system.rest()
    with Consumer(subject.system) as consumer:
        load = steady.press(subject.system.url, row.asks(1), tokens, seconds, rate)
        _until(lambda: len(consumer.ages) >= load.requests - load.errors)
        ages = sorted(consumer.ages) or [float("nan")]
    p50, p99 = (ages[min(len(ages) - 1, int(len(ages) * part))] for part in (0.5, 0.99))
    return Lag(rate, len(consumer.ages) / load.seconds, p50, p99)


def drain(subject: Subject, count: int = DRAINED) -> float:
    """Return how many events a second leave an outbox in which `count` wait."""
    subject.system.rest()
    with Consumer(subject.system) as consumer, subject.system.database() as database:
        with database.cursor() as cursor:
            cursor.execute(_WAITING, ("%session_logged%", 1, count))
            began = time.monotonic()
            _until(lambda: len(consumer.ages) >= count)
        passed = time.monotonic() - began
    return len(consumer.ages) / passed


def _until(done: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done() and time.monotonic() < deadline:
        time.sleep(0.01)
