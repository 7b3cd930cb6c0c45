"""Taking the events that a service follows, each from its handler's own queue."""

import logging
import sys
from functools import partial
from typing import Any, Protocol

from eventlet.semaphore import Semaphore
from prometheus_client import Counter

from chassis.amqp import queues
from chassis.amqp.consumer import Consumer, Handle
from chassis.amqp.guards import check_origin
from chassis.amqp.refused import Refused
from chassis.data.away import Contention
from chassis.events import retry
from chassis.events.arrival import Arrival, attempts
from chassis.work.workers import Workers
from contracts.events import EventType
from contracts.refusals import Unavailable

log = logging.getLogger(__name__)

_RETRIED = Counter("sakina_events_retried_total", "Events sent to wait for a try.", ["handler"])
_PARKED = Counter("sakina_events_parked_total", "Events given up on.", ["handler"])

PREFETCH = 4
# What fails because something is away is not to blame: it waits this long, uncounted.
AWAY_ATTEMPT = 2


class Following(Protocol):
    """An entrypoint that handles a type of event."""

    event_type: EventType
    method_name: str

    @property
    def queue(self) -> str:
        """The handler's own queue."""


class EventConsumer(Consumer):
    """Takes the events of all handlers of a service, by at most half of its workers at once."""

    kind = "events"
    workers = Workers()

    def __init__(self) -> None:
        super().__init__()
        self._handlers: list[Following] = []
        self._turns = Semaphore(1)

    @property
    def prefetch(self) -> int:
        """Few, since what was prefetched pays for a consumer that is killed."""
        return PREFETCH

    @property
    def at_once(self) -> bool:
        """Whether it is an event's turn, and a worker is free."""
        return self._turns.counter > 0 and self.workers.free

    def register(self, entrypoint: Following) -> None:
        """Let `entrypoint` handle its events."""
        self._handlers.append(entrypoint)

    def setup(self) -> None:
        """Leave half of the workers to RPC."""
        self._turns = Semaphore(max(1, self.container.max_workers // 2))

    def start(self) -> None:
        """Connect and consume, where there is anything to follow."""
        if self._handlers:
            super().start()

    def declare(self, channel: Any) -> dict[str, Handle]:
        """Declare the queue of each handler, and where failed events wait."""
        queues.declare_retries(channel, self.service, self.settings.retry_seconds)
        return {
            queues.declare_handler(
                channel, handler.event_type, self.service, handler.method_name
            ): partial(self._take, handler)
            for handler in self._handlers
        }

    def _take(self, handler: Following, message: Any) -> None:
        check_origin(
            message,
            (handler.event_type.exchange, handler.event_type.wire_name),
            (queues.back_exchange(self.service), handler.queue),
        )
        try:
            arrival = Arrival(message, handler.event_type)
        except Refused as why:
            log.error("parked an event: %s", why)
            self.aside(partial(self._park, handler, message, str(why)))
            return
        self._turns.acquire()
        if self._ceased or self.container._being_killed:
            self._turns.release()
            self.requeue(message)
        else:
            self.workers.do(partial(self._work, handler, arrival))

    def _work(self, handler: Following, arrival: Arrival) -> None:
        try:
            getattr(self.workers.service, handler.method_name)(arrival)
        except Exception:
            settle = partial(self._failed, handler, arrival.message, sys.exc_info())
        else:
            settle = partial(self.ack, arrival.message)
        finally:
            self._turns.release()
        try:
            settle()
        except Exception:
            log.exception("an event could not be settled")

    def _failed(self, handler: Following, message: Any, exc_info: Any) -> None:
        failure = exc_info[1]
        attempt = attempts(message)
        if isinstance(failure, Refused):
            log.error("parked an event: %s", failure)
            self._park(handler, message, str(failure))
            return
        if isinstance(failure, Unavailable) and not isinstance(failure, Contention):
            log.warning("%s waits: %s", handler.queue, failure.detail)
            self._wait(message, handler, AWAY_ATTEMPT, attempt)
            return
        log.error("%s failed, attempt %d", handler.queue, attempt + 1, exc_info=exc_info)
        if attempt < queues.RETRIES:
            self._wait(message, handler, attempt + 1, attempt + 1)
        else:
            self._park(handler, message, f"the handler raised {type(failure).__name__}")

    def _wait(self, message: Any, handler: Following, place: int, attempt: int) -> None:
        _RETRIED.labels(handler.method_name).inc()
        seconds = self.settings.retry_seconds[place - 1]
        exchange = queues.wait_exchange(self.service, place, seconds)
        self.move(message, retry.again(message, attempt), exchange, handler.queue)

    def _park(self, handler: Following, message: Any, reason: str) -> None:
        _PARKED.labels(handler.method_name).inc()
        copy = retry.parked(message, handler.queue, reason, attempts(message))
        self.move(message, copy, queues.DEAD_LETTERS, self.service)
