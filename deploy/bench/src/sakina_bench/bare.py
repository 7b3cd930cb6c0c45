"""What the same machine does where nothing is done: `python -m sakina_bench.bare <port> [<url>]`.

With a port it answers every request at once, by the server that the gateway has. With the address
of a broker too it passes each request through a queue, and a process of its own echoes it: HTTP,
RPC by direct reply-to, and no word of Sakina.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import amqp
import pika
import uvicorn
from pika.adapters.asyncio_connection import AsyncioConnection

QUEUE = "evt-bench--practice.echo"
"""A name that practice's user may declare."""
BODY = b'{"bare": true}'

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def answer(send: Send, body: bytes) -> None:
    """Answer 200 with `body`."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def bare(scope: dict[str, Any], _receive: object, send: Send) -> None:
    """Answer at once."""
    if scope["type"] == "http":
        await answer(send, BODY)


class Echoing:
    """Answers what came back through the broker."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._channel: Any = None
        self._opening: asyncio.Future[None] | None = None
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._number = 0

    async def __call__(self, scope: dict[str, Any], _receive: object, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        if self._opening is None:
            self._open()
        assert self._opening is not None  # noqa: S101 - just opened
        await asyncio.shield(self._opening)
        self._number += 1
        key = str(self._number)
        self._waiting[key] = asyncio.get_running_loop().create_future()
        properties = pika.BasicProperties(reply_to="amq.rabbitmq.reply-to", correlation_id=key)
        self._channel.basic_publish("", QUEUE, BODY, properties)
        await answer(send, await self._waiting.pop(key))

    def _open(self) -> None:
        opening = self._opening = asyncio.get_running_loop().create_future()

        def told(_channel: object, _method: object, properties: Any, body: bytes) -> None:
            self._waiting[properties.correlation_id].set_result(body)

        def open_now(_consuming: object) -> None:
            opening.set_result(None)

        def ready(channel: Any) -> None:
            self._channel = channel
            channel.basic_consume("amq.rabbitmq.reply-to", told, auto_ack=True, callback=open_now)

        AsyncioConnection(
            pika.URLParameters(self._url),
            on_open_callback=lambda connection: connection.channel(on_open_callback=ready),
        )


def echo(url: str) -> None:
    """Send back whatever comes, one at a time, until the process ends."""
    at = pika.URLParameters(url)
    connection = amqp.Connection(
        host=f"{at.host}:{at.port}",
        userid=at.credentials.username,
        password=at.credentials.password,
        virtual_host=at.virtual_host,
    )
    connection.connect()
    channel = connection.channel()
    channel.queue_declare(QUEUE, auto_delete=True)
    channel.basic_qos(0, 10, False)

    def back(message: Any) -> None:
        said = amqp.Message(message.body, correlation_id=message.properties["correlation_id"])
        channel.basic_publish(said, "", message.properties["reply_to"])
        message.channel.basic_ack(message.delivery_tag)

    channel.basic_consume(QUEUE, callback=back)
    while True:
        connection.drain_events()


def main() -> None:
    """Serve until the process ends."""
    port, *url = sys.argv[1:]
    if url and os.fork() == 0:
        echo(url[0])
    uvicorn.run(
        Echoing(url[0]) if url else bare,
        port=int(port),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
