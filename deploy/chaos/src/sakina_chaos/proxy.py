"""A TCP proxy that can be slow, swallow everything, reset, and cut in the middle of a frame.

No other one is packaged for what Sakina installs from, and this is all that is needed of it.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sakina_local.ports import LOOPBACK

CHUNK = 65536
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER so that closing sends a reset, and what was not sent yet is lost."""


class Proxy:
    """Passes on what comes to a port of its own, to and fro, until it is told otherwise.

    Args:
        port: Where it leads to, on the loopback.

    Attributes:
        port: Its own, once it listens.
        delay: Seconds by which each piece comes later, in either direction.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = 0
        self.delay = 0.0
        self._open = asyncio.Event()
        self._open.set()
        self._cutting = False
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()

    async def listen(self) -> asyncio.Server:
        """Begin to listen."""
        server = await asyncio.start_server(self._pass, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def swallow(self) -> None:
        """Take everything and pass nothing on, as a network does that drops all packets.

        Connections stay, and new ones are taken, since the kernel's own answer comes anyway.
        """
        self._open.clear()

    def heal(self) -> None:
        """Pass everything on again, at once, and what was swallowed before it: TCP sends again."""
        self.delay = 0.0
        self._cutting = False
        self._open.set()

    def reset(self) -> None:
        """Reset every connection."""
        for pair in list(self._pairs):
            _reset(pair)

    def cut(self) -> None:
        """Pass on one half of the next piece of each connection, and reset it then."""
        self._cutting = True

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._pairs)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection(LOOPBACK, self._to)
        except OSError:
            _reset((writer, writer))
            return
        pair = (writer, there[1])
        self._pairs.add(pair)
        ways = [
            asyncio.create_task(self._pump(reader, there[1], pair)),
            asyncio.create_task(self._pump(there[0], writer, pair)),
        ]
        try:
            # Cancelled at the end of all, which the server that called this does not expect.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._pairs.discard(pair)
            for way in ways:
                way.cancel()
            for each in pair:
                each.close()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._open.wait()
                if self._cutting:
                    writer.write(piece[: len(piece) // 2])
                    await writer.drain()
                    # A reset at once would take back the half that was sent.
                    await asyncio.sleep(0.02)
                    _reset(pair)
                    return
                writer.write(piece)
                await writer.drain()


def _reset(pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter]) -> None:
    for each in pair:
        raw = each.get_extra_info("socket")
        if raw is not None and not each.transport.is_closing():
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        each.transport.abort()


@dataclass
class Links:
    """Proxies by the name of their link, which live on a thread of their own."""

    proxies: Mapping[str, Proxy]
    _loop: asyncio.AbstractEventLoop

    def port(self, link: str) -> int:
        """Return the port by which a link is used."""
        return self.proxies[link].port

    def do(self, link: str, act: Callable[[Proxy], None]) -> None:
        """Let something befall a link, and return when it has."""

        async def on_the_loop() -> None:
            act(self.proxies[link])

        asyncio.run_coroutine_threadsafe(on_the_loop(), self._loop).result(10)


@contextmanager
def links(ports: Mapping[str, int]) -> Iterator[Links]:
    """Have a proxy for each link to a port, by its name."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="links", daemon=True)
    thread.start()

    servers: list[asyncio.Server] = []

    def wait(what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, loop).result(10)

    async def listening() -> dict[str, Proxy]:
        made = {link: Proxy(port) for link, port in ports.items()}
        servers.extend([await each.listen() for each in made.values()])
        return made

    try:
        yield Links(wait(listening()), loop)
    finally:
        wait(_end_all(servers))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _end_all(servers: Iterable[asyncio.Server]) -> None:
    for server in servers:
        server.close()
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
