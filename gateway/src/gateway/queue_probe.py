"""Whether anybody listens to a service's queue, asked of the broker without changing anything."""

import asyncio
import time
from typing import Any

from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import Channel
from pika.exceptions import AMQPError, ChannelClosedByBroker

from contracts.catalogue import SERVICES
from gateway.connection import BrokerAway, open_channel

KNOWN_FOR_SECONDS = 1.0
ASKING_SECONDS = 1.0
NO_SUCH_QUEUE = 404


class QueueProbe:
    """Counts the consumers of service queues by passive declares.

    A failed passive declare closes its channel, so this has one of its own, opened when needed.

    Attributes:
        complete: Whether every service is known to have been at this broker. A service makes the
            queues of its events before that of its requests, and all of them outlive it.
    """

    def __init__(self) -> None:
        self._connection: AsyncioConnection | None = None
        self._channel: Channel | None = None
        self._known: dict[str, tuple[float, int | None]] = {}
        self.complete = False
        self._asked: tuple[Channel, asyncio.Future[int | None]]
        self._one_at_a_time = asyncio.Lock()

    def attach(self, connection: AsyncioConnection) -> None:
        """Ask over `connection` from now on."""
        self._connection = connection
        self._forget()

    def detach(self) -> None:
        """The connection has gone."""
        self._connection = None
        self._forget()

    def known_empty(self, service: str) -> bool:
        """Whether nobody listened when last asked, within the last second."""
        asked_at, consumers = self._known.get(service, (0.0, 1))
        return consumers == 0 and time.monotonic() - asked_at < KNOWN_FOR_SECONDS

    async def consumers(self, service: str) -> int:
        """Return how many instances of `service` listen, as of at most a second ago.

        Raises BrokerAway when the broker does not say so in time.
        """
        return await self._at_queue(service) or 0

    async def newcomer(self) -> str | None:
        """Return a service that has not been at this broker yet, or None: all have.

        Raises BrokerAway when the broker does not say so in time.
        """
        for service in SERVICES:
            if await self._at_queue(service) is None:
                return service
        self.complete = True
        return None

    async def _at_queue(self, service: str) -> int | None:
        async with self._one_at_a_time:
            asked_at, consumers = self._known.get(service, (0.0, 0))
            if time.monotonic() - asked_at >= KNOWN_FOR_SECONDS:
                consumers = await self._ask(service)
                self._known[service] = time.monotonic(), consumers
            return consumers

    async def _ask(self, service: str) -> int | None:
        if self._connection is None:
            raise BrokerAway("no connection")
        try:
            async with asyncio.timeout(ASKING_SECONDS):
                if self._channel is None or not self._channel.is_open:
                    self._channel = await open_channel(self._connection)
                    # One for the life of the channel: pika keeps every callback it is given.
                    self._channel.add_on_close_callback(self._closed)
                return await self._declared(self._channel, f"rpc-{service}")
        except TimeoutError as silent:
            raise BrokerAway("the broker does not answer") from silent
        except AMQPError as error:
            raise BrokerAway(type(error).__name__) from error

    async def _declared(self, channel: Channel, queue: str) -> int | None:
        """Return how many consume `queue`, or None where there is no such queue."""
        answer: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._asked = channel, answer

        def declared(frame: Any) -> None:
            if not answer.done():
                answer.set_result(frame.method.consumer_count)

        channel.queue_declare(queue, passive=True, callback=declared)
        return await answer

    def _closed(self, channel: Channel, reason: Exception) -> None:
        asked, answer = self._asked
        if asked is not channel or answer.done():
            return
        if isinstance(reason, ChannelClosedByBroker) and reason.reply_code == NO_SUCH_QUEUE:
            answer.set_result(None)
        else:
            answer.set_exception(BrokerAway(type(reason).__name__))

    def _forget(self) -> None:
        self._channel = None
        self._known.clear()
        self.complete = False
