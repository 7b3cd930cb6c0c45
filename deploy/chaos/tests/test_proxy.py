"""The proxy: it passes everything on, and fails in each of its ways and in no other."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from sakina_chaos.proxy import Links, Proxy, links

SECONDS = 10
NOTHING_SECONDS = 0.3


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says everything back."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                while said := connection.recv(65536):
                    connection.sendall(said)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection = server.accept()[0]
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]


@pytest.fixture
def wire(echo: int) -> Iterator[Links]:
    with links({"wire": echo}) as wires:
        yield wires


@pytest.fixture
def client(wire: Links) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", wire.port("wire")), SECONDS) as connected:
        assert said_back(connected, b"at first") == b"at first"
        yield connected


def said_back(client: socket.socket, said: bytes) -> bytes:
    client.sendall(said)
    return heard(client, len(said))


def heard(client: socket.socket, size: int) -> bytes:
    """Return what comes, up to a size or the end."""
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while len(got) < size and (piece := client.recv(size - len(got))):
            got += piece
    return got


def is_over(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def test_it_passes_on_whatever_its_size(client: socket.socket) -> None:
    large = bytes(range(256)) * 4096
    threading.Thread(target=client.sendall, args=(large,), daemon=True).start()
    assert heard(client, len(large)) == large


def test_a_delay_holds_each_direction_up(wire: Links, client: socket.socket) -> None:
    def slow(proxy: Proxy) -> None:
        proxy.delay = 0.2

    wire.do("wire", slow)
    began = time.monotonic()
    assert said_back(client, b"slowly") == b"slowly"
    assert time.monotonic() - began >= 0.4


def test_what_was_swallowed_comes_when_the_link_is_well(wire: Links, client: socket.socket) -> None:
    wire.do("wire", Proxy.swallow)
    client.sendall(b"into a hole")
    client.settimeout(NOTHING_SECONDS)
    with pytest.raises(TimeoutError):
        client.recv(1)
    client.settimeout(SECONDS)
    wire.do("wire", Proxy.heal)
    assert heard(client, 11) == b"into a hole"


def test_a_reset_ends_what_is_connected_and_lets_others_in(
    wire: Links, client: socket.socket
) -> None:
    wire.do("wire", Proxy.reset)
    assert is_over(client)
    with socket.create_connection(("127.0.0.1", wire.port("wire")), SECONDS) as other:
        assert said_back(other, b"anew") == b"anew"


def test_a_cut_lets_half_a_piece_through(wire: Links, client: socket.socket) -> None:
    def cut_what_comes(proxy: Proxy) -> None:
        proxy.cut()

    wire.do("wire", cut_what_comes)
    client.sendall(b"0123456789")
    assert len(heard(client, 10)) <= 5
    assert is_over(client)


def test_who_leads_nowhere_is_reset(wire: Links) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with (
        links({"nowhere": port}) as wires,
        contextlib.suppress(ConnectionResetError),
        socket.create_connection(("127.0.0.1", wires.port("nowhere")), SECONDS) as client,
    ):
        assert is_over(client)
