"""Streams of people, read as they come, by next to no CPU."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from sakina_bench.arrivals import Arrivals
from sakina_bench.background import background
from sakina_bench.person import Person
from sakina_local.problems import Problem

_AT_ONCE = 50


class Reading(asyncio.Protocol):
    """One stream. It asks by HTTP/1.0, so that no chunks come between the lines."""

    def __init__(self, request: bytes, arrivals: Arrivals) -> None:
        self._request = request
        self._arrivals = arrivals
        self._rest = b""
        self._transport: asyncio.BaseTransport | None = None
        self._closing = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives nothing else
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Note the events among what came."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"data: "):
                self._arrivals.note(line[6:])
            elif line == b"event: opened" and not self.opened.done():
                self.opened.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it, unless it was asked for."""
        if not self.opened.done():
            self.opened.set_exception(Problem("A stream was not opened."))
        elif not self._closing:
            self._arrivals.lost += 1

    def close(self) -> None:
        """End it."""
        self._closing = True
        if self._transport:
            self._transport.close()


@contextmanager
def listening(url: str, people: Sequence[Person], each: int) -> Iterator[Arrivals]:
    """Have `each` streams of every one of `people` open.

    Raises:
        Problem: One was refused.
    """
    arrivals = Arrivals()
    askers = [person for person in people for _ in range(each)]
    with background() as run:
        streams = run(_opened(url, askers, arrivals))
        try:
            yield arrivals
        finally:
            run(_close(streams))


async def _opened(url: str, askers: Sequence[Person], arrivals: Arrivals) -> list[Reading]:
    streams: list[Reading] = []
    for first in range(0, len(askers), _AT_ONCE):
        some = askers[first : first + _AT_ONCE]
        streams += await asyncio.gather(*(_open(url, asker, arrivals) for asker in some))
    return streams


async def _open(url: str, asker: Person, arrivals: Arrivals) -> Reading:
    at = urlsplit(url)
    request = (
        f"GET /api/activity/stream HTTP/1.0\r\nhost: {at.netloc}\r\n"
        f"authorization: {asker.authorization}\r\n\r\n"
    ).encode()
    _, stream = await asyncio.get_running_loop().create_connection(
        lambda: Reading(request, arrivals), at.hostname or "", at.port or 80
    )
    await stream.opened
    return stream


async def _close(streams: Sequence[Reading]) -> None:
    for stream in streams:
        stream.close()
