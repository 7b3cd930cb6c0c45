"""Fixed rates: requests begin when they are due, however long those before them take.

A closed loop that waits for a slow answer asks less meanwhile, and so leaves out what others would
have waited: coordinated omission. Here each request is timed from when it was due.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from sakina_bench.rows import Ask
from sakina_bench.wrk import Load

CONNECTIONS = 64
PATIENCE_SECONDS = 10.0


class Connection(asyncio.Protocol):
    """One kept connection that has one request at a time; so small that it leaves the cores."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what writes."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives nothing else
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request that waits."""
        self._transport = None
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed"))

    def data_received(self, data: bytes) -> None:
        """Settle the request once its answer is whole."""
        self._bytes += data
        head, end, body = self._bytes.partition(b"\r\n\r\n")
        if not end:
            return
        _, found, rest = head.lower().partition(b"content-length:")
        if len(body) >= (int(rest.split(b"\r\n", 1)[0]) if found else 0):
            self._bytes = b""
            if self._answer and not self._answer.done():
                self._answer.set_result(int(head[9:12]))

    @property
    def alive(self) -> bool:
        """Whether it can take a request."""
        return self._transport is not None

    async def ask(self, request: bytes) -> int:
        """Send `request` and return the status of its answer.

        Raises:
            OSError: The connection was lost.
        """
        if self._transport is None:
            raise ConnectionError("closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer


def press(
    url: str, asks: Sequence[Ask], tokens: Sequence[str], seconds: float, rate: float
) -> Load:
    """Load `url` with `rate` requests a second for `seconds`; like `wrk.press` in the rest."""
    return asyncio.run(_Steady(url, asks, tokens).run(seconds, rate))


class _Steady:
    def __init__(self, url: str, asks: Sequence[Ask], tokens: Sequence[str]) -> None:
        at = urlsplit(url)
        self._host, self._port = at.hostname or "", at.port or 80
        self._asks = asks
        self._tokens = tokens
        self._free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        self._took: list[float] = []
        self._errors = 0

    async def run(self, seconds: float, rate: float) -> Load:
        for _ in range(CONNECTIONS):
            self._free.put_nowait(await self._connect())
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(max(1, round(seconds * rate))):
                due = began + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(self._one(number, due))
        passed = time.perf_counter() - began
        took = sorted(self._took) or [float("nan")]
        p50, p99 = (1000 * took[min(len(took) - 1, int(len(took) * part))] for part in (0.5, 0.99))
        return Load(len(self._took), passed, p50, p99, self._errors)

    async def _one(self, number: int, due: float) -> None:
        connection = await self._free.get()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                if not connection.alive:
                    connection = await self._connect()
                status = await connection.ask(self._request(number))
            self._errors += not 200 <= status < 300
        except (OSError, TimeoutError):
            self._errors += 1
            connection = Connection()  # dead: whoever takes it connects anew
        self._took.append(time.perf_counter() - due)
        self._free.put_nowait(connection)

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        _, made = await loop.create_connection(Connection, self._host, self._port)
        return made

    def _request(self, number: int) -> bytes:
        path, body = self._asks[number % len(self._asks)]
        content = json.dumps(body).encode() if body else b""
        return (
            f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nhost: {self._host}:{self._port}\r\n"
            f"authorization: {self._tokens[number % len(self._tokens)]}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        ).encode() + content
