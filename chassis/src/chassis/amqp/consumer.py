"""Taking deliveries from the broker, on one connection that comes back when it is lost."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import eventlet
from nameko.extensions import SharedExtension

from chassis.amqp import frames
from chassis.amqp.connection import LOST, BrokerConnection, address
from chassis.amqp.queues import DEAD_LETTERS
from chassis.amqp.refused import Refused, refusal_notice
from chassis.process import backoff
from chassis.process.heartbeat import Pulse
from chassis.process.settings import ServiceSettings

log = logging.getLogger(__name__)

RECONNECT_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)

Handle = Callable[[Any], None]
"""Has a message handled, waiting for a worker at most. Raises Refused where it is not to be."""


class Consumer(SharedExtension):
    """Consumes queues and settles every delivery exactly once; a base for RPC and events.

    Losing the broker never kills the service: what was not settled comes again, flagged as
    redelivered. Stopping drains: no more deliveries, then a wait for those at work, then goodbye.
    """

    kind = "messages"

    def __init__(self) -> None:
        self._broker: BrokerConnection | None = None
        self._reader: Any = None
        self._ceased = False
        self._killed = False
        self._unsettled = 0

    # What a subclass says

    def declare(self, channel: Any) -> dict[str, Handle]:
        """Declare what is consumed; return who handles each queue. Done on every connection."""
        raise NotImplementedError

    @property
    def prefetch(self) -> int:
        """How many deliveries of each queue may be unsettled."""
        raise NotImplementedError

    @property
    def at_once(self) -> bool:
        """Whether a delivery can be handed to a worker without a wait now."""
        raise NotImplementedError

    # nameko's life cycle

    @property
    def service(self) -> str:
        """The name of the service."""
        return str(self.container.service_name)

    @property
    def settings(self) -> ServiceSettings:
        """What the service was told at its start."""
        settings: ServiceSettings = self.container.config["settings"]
        return settings

    def start(self) -> None:
        """Connect and consume.

        Raises:
            Exception: The broker is away or refuses; the process is to end and be restarted.
        """
        self._open()
        if not self._ceased:
            self._reader = self.container.spawn_managed_thread(self._read, identifier=repr(self))

    def cease(self) -> None:
        """Take no more deliveries, and wait until those taken are settled. Repeatable."""
        if not self._ceased:
            self._ceased = True
            broker = self._broker
            if broker is not None:
                try:
                    for tag in list(broker.channel.callbacks):
                        broker.channel.basic_cancel(tag, nowait=True)
                except LOST:
                    pass
        while self._unsettled and not self._killed:
            eventlet.sleep(0.01)

    def stop(self) -> None:
        """Say goodbye to the broker, after the last worker is done."""
        self.cease()
        self._end_reading()
        if self._broker is not None:
            self._broker.close()

    def kill(self) -> None:
        """Drop the connection at once; the broker delivers what was not settled again."""
        self._ceased = self._killed = True
        self._end_reading()
        if self._broker is not None:
            self._broker.drop()

    def _end_reading(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.kill()

    # The connection

    def _open(self) -> None:
        broker = BrokerConnection.connect(self.settings.broker_url, f"{self.service} {self.kind}")
        try:
            handlers = self.declare(broker.channel)
            for queue, handle in handlers.items():
                self.consume(broker.channel, queue, handle)
        except BaseException:
            broker.drop()
            raise
        self._broker = broker
        if self._ceased:
            # Whoever said so found no connection yet, and it would take messages from the living.
            broker.drop()

    def _read(self) -> None:
        try:
            self._read_on()
        finally:
            # A greenlet that has ended may be the one that kills the container: not to be killed.
            self._reader = None

    def _read_on(self) -> None:
        pulse = Pulse(self.kind)
        while True:
            assert self._broker is not None  # noqa: S101 - start opened it
            try:
                self._broker.read(pulse.beat)
            except Exception as error:
                where = address(self.settings.broker_url)
                log.warning("lost the broker at %s: %s", where, error or type(error).__name__)
            self._broker.drop()
            if not self._reopen():
                return

    def _reopen(self) -> bool:
        tries = 0
        while not self._ceased:
            eventlet.sleep(backoff.pause(RECONNECT_SECONDS, tries))
            tries += 1
            try:
                self._open()
            except Exception as error:
                log.warning("cannot reach the broker yet: %s", error or type(error).__name__)
            else:
                log.info("reached the broker again")
                break
        return not self._ceased

    def consume(self, channel: Any, queue: str, handle: Handle) -> None:
        """Have what comes by `queue` handed to `handle`."""
        channel.basic_qos(0, self.prefetch, False)
        channel.basic_consume(queue, callback=partial(self._deliver, handle))

    # Deliveries

    def _deliver(self, handle: Handle, message: Any) -> None:
        if self._ceased:
            self._settle(message, requeue=True)
            return
        self._unsettled += 1
        if self.at_once:
            self._handle(handle, message)
        else:
            self.aside(partial(self._handle, handle, message))

    def aside(self, work: Callable[[], None]) -> None:
        """Do `work`, which may wait, beside the reader, which must not: it reads the confirms."""
        self.container.spawn_managed_thread(work, self.kind)

    def _handle(self, handle: Handle, message: Any) -> None:
        try:
            handle(message)
        except Refused as why:
            self.aside(partial(self.refuse, message, str(why)))
        except Exception:
            # Nothing that a message does may reach nameko, which would end the service.
            log.exception("a delivery could not be handed to a worker")
            self.aside(partial(self.give_up, message))

    def give_up(self, message: Any) -> None:
        """Settle a `message` that our own code fails on: a queue with a delivery limit ends it."""
        eventlet.sleep(1)
        self.requeue(message)

    def ack(self, message: Any) -> None:
        """Settle `message`: done with."""
        self._unsettled -= 1
        self._settle(message, requeue=False)

    def requeue(self, message: Any) -> None:
        """Settle `message`: to be delivered again, here or elsewhere."""
        self._unsettled -= 1
        self._settle(message, requeue=True)

    def _settle(self, message: Any, *, requeue: bool) -> None:
        try:
            if requeue:
                message.channel.basic_reject(message.delivery_tag, requeue=True)
            else:
                frames.settle(message.channel, message.delivery_tag)
        except LOST:
            pass  # The broker has taken it back already.

    def refuse(self, message: Any, reason: str) -> None:
        """Settle `message` by telling the dead letters of it: all but its body."""
        log.warning("refused a message: %s", reason)
        self.move(message, refusal_notice(message, reason), DEAD_LETTERS, self.service)

    def move(self, message: Any, copy: Any, exchange: str, routing_key: str) -> None:
        """Settle `message` by publishing `copy`, which must reach a queue, in its place."""
        broker = self._broker
        if broker is None or message.channel is not broker.channel:
            self.ack(message)  # Its connection is gone, so it comes again: no copy.
            return
        try:
            broker.confirms.publish(copy, exchange, routing_key).wait()
        except Exception as error:
            log.warning("not published to %s: %s", exchange, error)
            eventlet.sleep(1)
            self.requeue(message)
        else:
            self.ack(message)
