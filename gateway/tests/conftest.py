"""A gateway on a real port and a real broker, with peers in the place of the services."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import httpx
import pytest
from peers import Mint, Peer
from record import Record
from sakina_local.ports import free_ports
from sakina_local.testing import Vhost

from contracts.catalogue import SERVICES
from contracts.models import Nothing
from contracts.refusals import Refusal
from contracts.rpc import METHODS

from gateway.app import api, wrapped
from gateway.server import server
from gateway.settings import GatewaySettings
from telemetry.figures import served

T = TypeVar("T")
SECRET = "a secret for fingerprints"
DEADLINE = 2.0
# What a busy machine may add to it in a test of bounded waiting.
ROOM = 2.0
SESSION = {
    "id": 41,
    "user": 7,
    "meditation_type": "gratitude",
    "duration": 25,
    "notes": "هدوء الصباح",
    "date": "2026-03-01",
    "created_at": "2026-03-01T08:00:00Z",
    "updated_at": "2026-03-01T08:00:00Z",
}


def eventually(is_so: Callable[[], T], seconds: float = 10) -> T:
    """Wait until `is_so` says something true, and return it."""
    deadline = time.monotonic() + seconds
    while True:
        result = is_so()
        if result:
            return result
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.02)


class Gateway:
    """The gateway's own server, in a thread with its own event loop."""

    def __init__(self, broker_url: str, **settings: Any) -> None:
        values = {"deadline_seconds": DEADLINE, "public_url": "https://api.example.com/"}
        self.settings = GatewaySettings(
            broker_url=broker_url, fingerprint_key=SECRET, port=0, **(values | settings)
        )
        self.api = api(self.settings)
        self.parts = self.api.state.parts
        self._server = server(wrapped(self.api, self.settings), self.settings)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Gateway":
        self._thread.start()
        eventually(lambda: self._server.started)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(base_url=self.url, timeout=20, verify=False)
        return self

    def stop(self) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join(20)

    def is_running(self) -> bool:
        return self._thread.is_alive()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run something of the gateway's parts on its own loop."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    def is_whole(self) -> bool:
        return self.client.get("/readyz").status_code == 200

    def hears(self, service: str) -> bool:
        try:
            self.run(self.parts.rpc.call(METHODS[f"{service}.health"], Nothing()))
        except Refusal:
            return False
        return True

    def _run(self) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            await self._server.serve()

        with asyncio.Runner(loop_factory=self._server.config.get_loop_factory()) as runner:
            runner.run(serve())


def usual(mint: Mint) -> dict[str, dict[str, Any]]:
    """What the peers answer where a test says nothing else."""
    health = {name: {"service": name, "database": True, "outbox": 0} for name in SERVICES}
    return {
        "auth": {
            "health": health["auth"],
            "signing_keys": mint.jwks,
            "ended_since": {"ended": []},
        },
        "practice": {
            "health": health["practice"],
            "list_sessions": {"count": 1, "results": [SESSION]},
            "log_session": SESSION,
            "get_session": SESSION,
            "change_session": SESSION,
            "stats": {"total_minutes": 25},
        },
        "khatma": {"health": health["khatma"]},
        "notify": {"health": health["notify"]},
    }


@pytest.fixture(scope="session")
def mint() -> Mint:
    return Mint()


@pytest.fixture(scope="session")
def _started_peers(broker: Vhost) -> Iterator[dict[str, Peer]]:
    peers = {name: Peer(name, broker.url(name)).start() for name in SERVICES}
    yield peers
    for peer in peers.values():
        peer.stop()


@pytest.fixture
def peers(_started_peers: dict[str, Peer], mint: Mint) -> dict[str, Peer]:
    """The four services' peers, with their usual answers and an empty memory."""
    answers = usual(mint)
    for name, peer in _started_peers.items():
        peer.answers = answers[name]
        peer.calls = []
        peer.silent = False
        peer.unanswered = set()
    return _started_peers


@pytest.fixture(scope="session")
def _started_gateway(
    broker: Vhost, _started_peers: dict[str, Peer], mint: Mint
) -> Iterator[Gateway]:
    for name, answers in usual(mint).items():
        _started_peers[name].answers = answers
    gateway = Gateway(broker.url("gateway")).start()
    eventually(gateway.is_whole)
    yield gateway
    gateway.stop()


@pytest.fixture(scope="session")
def figures() -> Iterator[Callable[[], str]]:
    """Ask for the figures of this process as a Prometheus does, by a port of their own."""
    (port,) = free_ports(1)
    with served(port):
        yield lambda: httpx.get(f"http://127.0.0.1:{port}/metrics").text


@pytest.fixture
def record(broker: Vhost, peers: dict[str, Peer]) -> Iterator[Record]:
    """What notify recorded, and tells live."""
    record = Record(broker.url("notify"))
    peers["notify"].answers |= record.answers()
    yield record
    record.close()


@pytest.fixture
def gateway(_started_gateway: Gateway, peers: dict[str, Peer]) -> Gateway:
    """A gateway that everybody shares, in front of `peers`."""
    return _started_gateway


@pytest.fixture
def new_gateway(broker: Vhost, peers: dict[str, Peer]) -> Iterator[Callable[..., Gateway]]:
    """Makes gateways of a test's own, with settings of its own, ready to serve."""
    made: list[Gateway] = []

    def make(**settings: Any) -> Gateway:
        gateway = Gateway(broker.url("gateway"), **settings).start()
        made.append(gateway)
        eventually(gateway.is_whole)
        return gateway

    yield make
    for gateway in made:
        gateway.stop()


@pytest.fixture
def unheard(gateway: Gateway, peers: dict[str, Peer]) -> Iterator[Callable[[str], None]]:
    """Stops the peer of a service; it is back, and known to be, when the test ends."""
    stopped: list[str] = []

    def stop(service: str) -> None:
        stopped.append(service)
        peers[service].stop()

    yield stop
    for service in stopped:
        peers[service].start()
        eventually(lambda service=service: gateway.hears(service))


@pytest.fixture(scope="session")
def _somebody(_started_gateway: Gateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=_started_gateway.url, timeout=20, verify=False) as client:
        yield client


@pytest.fixture
def client(gateway: Gateway, _somebody: httpx.Client, mint: Mint) -> httpx.Client:
    """Somebody who is logged in, in a session of this test's own."""
    _somebody.headers["Authorization"] = f"Bearer {mint.token()}"
    return _somebody


@pytest.fixture
def stranger(gateway: Gateway) -> httpx.Client:
    """Somebody who is not logged in."""
    return gateway.client
