"""Bodies that are too long, announced or not, and bodies that never end."""

import json
import socket
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from conftest import Gateway
from peers import Mint, Peer

LIMIT = 64 * 1024
URL = "/api/meditations/sessions/"


def body_of(length: int) -> bytes:
    document = {"meditation_type": "gratitude", "duration": 25}
    return json.dumps(document).encode().ljust(length)


def in_chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 8192):
        yield body[start : start + 8192]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("length", "status"), [(LIMIT, 201), (LIMIT + 1, 413), (LIMIT * 20, 413)])
def test_the_limit(
    length: int, status: int, chunked: bool, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    body = body_of(length)
    answer = client.post(
        URL,
        content=in_chunks(body) if chunked else body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == status
    assert len(peers["practice"].calls) == (status == 201)
    if status == 413:
        assert answer.headers["content-type"] == "application/problem+json"
        assert "65536" in answer.json()["detail"]


def test_a_long_body_is_refused_before_it_comes(gateway: Gateway, mint: Mint) -> None:
    """The announced length is enough: nothing of the body is ever sent here."""
    port = int(gateway.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(
            f"POST {URL} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {mint.token()}\r\n"
            "Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n".encode()
        )
        assert connection.recv(64).startswith(b"HTTP/1.1 413 ")


def test_who_sends_all_before_reading_hears_the_refusal(gateway: Gateway, mint: Mint) -> None:
    """As a proxy does; a connection that is closed on unread bytes is reset, answer and all."""
    port = int(gateway.url.rpartition(":")[2])
    head = (
        f"POST {URL} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {mint.token()}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {LIMIT * 8}\r\n\r\n"
    )
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(head.encode())
            connection.sendall(body_of(LIMIT * 8))
            said = b""
            while more := connection.recv(65536):
                said += more
        assert said.startswith(b"HTTP/1.1 413 ")


def test_a_body_on_a_get_is_bounded_too(client: httpx.Client) -> None:
    answer = client.request("GET", URL, content=b"x" * (LIMIT + 1))
    assert answer.status_code == 413


def test_a_body_that_comes_slowly_takes_nothing_of_the_services_time(
    new_gateway: Callable[..., Gateway], mint: Mint, peers: dict[str, Peer]
) -> None:
    gateway = new_gateway(deadline_seconds=1)
    body = b'{"meditation_type": "gratitude", "duration": 25, "date": "2026-03-01"}'

    def slowly() -> Iterator[bytes]:
        yield body[:20]
        time.sleep(1.2)
        yield body[20:]

    headers = {"Authorization": f"Bearer {mint.token()}", "Content-Type": "application/json"}
    answer = gateway.client.post(URL, content=slowly(), headers=headers)
    assert answer.status_code == 201, answer.text


def test_a_body_that_does_not_come_is_not_waited_for(
    new_gateway: Callable[..., Gateway], mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.middleware.bodies.SECONDS", 0.2)
    port = int(new_gateway().url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(
            f"POST {URL} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {mint.token()}\r\n"
            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{".encode()
        )
        assert connection.recv(64).startswith(b"HTTP/1.1 408 ")
