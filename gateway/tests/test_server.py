"""A gateway that is told to end answers whoever has connected by then."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from gateway import protocol
from gateway.server import Server, server
from gateway.settings import GatewaySettings

REQUEST = b"GET / HTTP/1.1\r\nhost: sakina\r\n\r\n"
Scenario = Callable[[Server, int], Awaitable[None]]


async def answering(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            event = (await receive())["type"]
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"peace"})


@pytest.fixture
def play() -> Callable[[Scenario], None]:
    """Run a scenario with a server and its port, all on one loop."""
    settings = GatewaySettings(
        broker_url="amqp://gateway:word@localhost/sakina",
        fingerprint_key="k" * 32,
        public_url="http://localhost",
        port=0,
    )

    async def played(scenario: Scenario) -> None:
        one = server(answering, settings)
        one.config.load()
        one.lifespan = one.config.lifespan_class(one.config)
        await one.startup()
        await scenario(one, one.servers[0].sockets[0].getsockname()[1])

    def play(scenario: Scenario) -> None:
        made = server(answering, settings).config.get_loop_factory()
        with asyncio.Runner(loop_factory=made) as runner:
            runner.run(played(scenario))

    return play


@pytest.fixture
def clients() -> Iterator[list[socket.socket]]:
    connected: list[socket.socket] = []
    yield connected
    for each in connected:
        each.close()


def said_to(client: socket.socket) -> bytes:
    client.settimeout(10)
    said = b""
    while data := client.recv(1000):
        said += data
    return said


async def until_connected(one: Server, count: int) -> None:
    async with asyncio.timeout(10):
        while len(one.server_state.connections) < count:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.01)


async def until_refused(port: int) -> None:
    async with asyncio.timeout(10):
        with pytest.raises(ConnectionRefusedError):
            while True:
                await asyncio.sleep(0.01)
                socket.create_connection(("127.0.0.1", port)).close()


def test_who_waits_to_be_accepted_is_answered(play: Any, clients: Any) -> None:
    async def scenario(one: Server, port: int) -> None:
        # The loop does nothing meanwhile, so nobody is accepted.
        clients.extend(socket.create_connection(("127.0.0.1", port)) for _ in range(20))
        for client in clients:
            client.sendall(REQUEST)
        await one.shutdown()

    play(scenario)
    assert all(said_to(client).startswith(b"HTTP/1.1 200") for client in clients)


def test_whose_request_has_only_begun_is_answered(play: Any, clients: Any) -> None:
    async def scenario(one: Server, port: int) -> None:
        clients.extend(socket.create_connection(("127.0.0.1", port)) for _ in range(2))
        clients[0].sendall(REQUEST[:20])
        await until_connected(one, 2)
        ending = asyncio.create_task(one.shutdown())
        await until_refused(port)
        clients[0].sendall(REQUEST[20:])
        clients[1].sendall(REQUEST)
        await ending

    play(scenario)
    assert all(said_to(client).startswith(b"HTTP/1.1 200") for client in clients)


def test_who_says_nothing_is_waited_for_no_longer_than_a_moment(
    play: Any, clients: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LAST_SECONDS", 0.05)

    async def scenario(one: Server, port: int) -> None:
        clients.append(socket.create_connection(("127.0.0.1", port)))
        await until_connected(one, 1)
        await asyncio.wait_for(one.shutdown(), 5)

    play(scenario)
    assert said_to(clients[0]) == b""


def test_nobody_comes_in_once_it_ends(play: Any) -> None:
    async def scenario(one: Server, port: int) -> None:
        await one.shutdown()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))

    play(scenario)
