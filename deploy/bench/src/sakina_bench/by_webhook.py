"""Webhooks of people that lead to an endpoint of the bench's, which answers at once."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sakina_bench.arrivals import Arrivals
from sakina_bench.background import background
from sakina_bench.person import Person
from sakina_local.ports import LOOPBACK

_TAKEN = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Taking(asyncio.Protocol):
    """One delivery. It looks at no signature: what that costs is the receiver's affair."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what writes."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives nothing else
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the delivery is whole."""
        self._bytes += data
        head, _, body = self._bytes.partition(b"\r\n\r\n")
        _, found, rest = head.lower().partition(b"content-length:")
        if found and len(body) >= int(rest.split(b"\r\n", 1)[0]):
            self._arrivals.note(body)
            self._transport.write(_TAKEN)
            self._transport.close()


@contextmanager
def listening(people: Sequence[Person], each: int) -> Iterator[Arrivals]:
    """Have `each` webhooks of every one of `people` lead here, and deleted afterwards."""
    arrivals = Arrivals()
    with background() as run:
        server = run(_serve(arrivals))
        port = server.sockets[0].getsockname()[1]
        made = []
        try:
            for person in people:
                for number in range(each):
                    url = f"http://{LOOPBACK}:{port}/{number}"
                    hook = person.post("/api/webhooks/", url=url, types=["practice.session_logged"])
                    made.append((person, hook["id"]))
            yield arrivals
        finally:
            for person, hook in made:
                person.http.delete(f"/api/webhooks/{hook}/")
            run(_close(server))


async def _serve(arrivals: Arrivals) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Taking(arrivals), LOOPBACK, 0)


async def _close(server: asyncio.Server) -> None:
    server.close()
