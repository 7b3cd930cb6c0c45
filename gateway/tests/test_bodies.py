"""Bodies that are too long, announced or not, and bodies that never end."""

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from conftest import Gateway
from peers import Mint, Peer
from raw import Line, head

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


@pytest.mark.parametrize(
    ("coding", "status"),
    [
        ("gzip", 415), ("x-gzip", 415), ("deflate", 415), ("br", 415), ("zstd", 415),
        ("aes128gcm", 415), ("identity, gzip", 415), ("gzip, identity", 415), ("GZIP", 415),
        ("nonsense", 415), ("identity", 201), ("Identity", 201), ("", 201), ("identity,", 201),
    ],
)  # fmt: skip
@pytest.mark.parametrize("truly", [True, False], ids=["encoded", "labelled so"])
def test_a_body_comes_as_it_is(
    coding: str, status: int, truly: bool, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    """Whether the label is true or not: an answer to guessed bytes would be luck."""
    body = body_of(1)
    answer = client.post(
        URL,
        content=gzip.compress(body) if truly and status == 415 else body,
        headers={"Content-Type": "application/json", "Content-Encoding": coding},
    )
    assert answer.status_code == status
    assert len(peers["practice"].calls) == (status == 201)
    if status == 415:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["accept-encoding"] == "identity"
        assert "Content-Encoding" in answer.json()["detail"]
        assert client.get("/healthz").status_code == 200


def test_an_encoding_in_two_headers_is_one_too(gateway: Gateway) -> None:
    with Line(gateway) as line:
        two = ("Content-Encoding: identity", "Content-Encoding: gzip")
        line.send(head(f"POST {URL}", "Content-Length: 2", *two) + b"{}")
        assert line.hear().status == 415


def test_an_encoding_of_nothing_is_nothing(client: httpx.Client) -> None:
    assert client.get(URL, headers={"Content-Encoding": "gzip"}).status_code == 200
