"""One AMQP connection that comes back by itself.

pika speaks AMQP in callbacks; here they become awaitables, on the running event loop.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any

from pika import URLParameters
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import Channel

from gateway.transport import LoopServices

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
HEARTBEAT_SECONDS = 10
OPEN_SECONDS = 10.0
LEAVE_SECONDS = 1.0


class BrokerAway(Exception):
    """There is no connection to the broker, or it just went."""


async def opened(parameters: URLParameters) -> tuple[AsyncioConnection, asyncio.Future[None]]:
    """Return an open connection, and a future that is done when it has closed.

    Raises BrokerAway where it cannot be opened.
    """
    loop = asyncio.get_running_loop()
    is_open: asyncio.Future[None] = loop.create_future()
    is_closed: asyncio.Future[None] = loop.create_future()

    def failed(_: Any, error: BaseException) -> None:
        if not is_open.done():
            is_open.set_exception(BrokerAway(type(error).__name__))

    connection = AsyncioConnection(
        parameters,
        on_open_callback=lambda _: settle(is_open, None),
        on_open_error_callback=failed,
        on_close_callback=lambda _, __: settle(is_closed, None),
        custom_ioloop=LoopServices(loop),
    )
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            await is_open
    except BaseException:
        if not connection.is_closed and not connection.is_closing:
            connection.close()
        raise
    return connection, is_closed


async def open_channel(connection: AsyncioConnection) -> Channel:
    """Return a new channel. Raises BrokerAway when the connection closes meanwhile."""
    channel: asyncio.Future[Channel] = asyncio.get_running_loop().create_future()
    try:
        connection.channel(on_open_callback=lambda new: settle(channel, new))
    except Exception as error:
        raise BrokerAway(type(error).__name__) from error
    return await channel


async def answered(ask: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what the broker answers to the channel method `ask`.

    Never returns if the channel closes first: the caller holds a time limit.
    """
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    ask(*args, callback=lambda frame: settle(answer, frame), **kwargs)
    return await answer


def settle(future: asyncio.Future[Any], result: Any) -> None:
    """Give `future` its result, unless it has one."""
    if not future.done():
        future.set_result(result)


class BrokerConnection:
    """Keeps one connection open until it is cancelled.

    Args:
        url: Address of the broker.
        on_up: Called with each new connection; the link counts as up when it returns.
        on_down: Called when the connection has gone.
    """

    def __init__(
        self,
        url: str,
        on_up: Callable[[AsyncioConnection], Awaitable[None]],
        on_down: Callable[[], None],
    ) -> None:
        self._parameters = URLParameters(url)
        self._parameters.heartbeat = HEARTBEAT_SECONDS
        self._parameters.connection_attempts = 1
        self._parameters.socket_timeout = OPEN_SECONDS
        self._parameters.stack_timeout = OPEN_SECONDS
        self._on_up = on_up
        self._on_down = on_down

    async def run(self) -> None:
        """Connect, and connect again with growing waits whenever the connection goes."""
        wait = FIRST_WAIT
        while True:
            try:
                await self._once()
                wait = FIRST_WAIT
            except (BrokerAway, TimeoutError) as error:
                log.warning("broker away, trying again", extra={"reason": str(error)})
            except Exception:
                log.exception("broker connection failed, trying again")
            # Spread over time, so that many gateways do not come back in one instant.
            await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311
            wait = min(wait * 2, LONGEST_WAIT)

    async def _once(self) -> None:
        connection, closed = await opened(self._parameters)
        up = asyncio.ensure_future(self._on_up(connection))
        try:
            await asyncio.wait((up, closed), return_when=asyncio.FIRST_COMPLETED)
            if closed.done():
                raise BrokerAway("the connection closed while it was being set up")
            up.result()
            log.info("broker connected")
            await asyncio.wait((closed,))
            log.warning("broker connection lost")
        finally:
            up.cancel()
            self._on_down()
            if connection.is_open:
                connection.close()
                # The broker warns of whoever goes before it has heard them take leave.
                await asyncio.wait((closed,), timeout=LEAVE_SECONDS)
