"""Traefik before a gateway that dies at work, is silent, or goes on for long."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from stack import DEPLOY, Run, docker, until
from stack import run as command

from sakina_local.ports import free_ports

STUB = """
import socket, threading, time
def serve(connection):
    method, path, _ = connection.recv(65536).split(b' ', 2)
    print(method.decode(), flush=True)
    if path == b'/silent':
        time.sleep(60)
    if path == b'/stream':
        connection.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n\\r\\n')
        for number in range(18):
            connection.sendall(b'data: %d\\n\\n' % number)
            time.sleep(1)
    connection.close()
server = socket.create_server(('0.0.0.0', 8000))
while True:
    threading.Thread(target=serve, args=[server.accept()[0]]).start()
"""


@pytest.fixture(scope="module")
def deadly(run: Run) -> Iterator[tuple[int, str]]:
    """Traefik as configured, before a gateway that dies at most requests: port and name."""
    network, gateway, traefik = (f"{run.name}-{what}" for what in ("net", "stub", "front"))
    port = free_ports(1)[0]
    docker("network", "create", network)
    try:
        docker(
            *("run", "--detach", "--name", gateway, "--network", network),
            *("--network-alias", "gateway", "python:3.13-slim", "python", "-c", STUB),
        )
        docker(
            *("run", "--detach", "--name", traefik, "--network", network),
            *("--publish", f"127.0.0.1:{port}:8080"),
            *("--volume", f"{DEPLOY / 'traefik'}:/etc/traefik:ro", "traefik:v3.7"),
            "--configFile=/etc/traefik/traefik.yml",
        )
        until(lambda: reached(port), "Traefik answers")
        yield port, gateway
    finally:
        command(["docker", "rm", "--force", "--volumes", traefik, gateway])
        command(["docker", "network", "rm", network])


def reached(port: int) -> bool:
    try:
        return httpx.options(f"http://127.0.0.1:{port}/", timeout=10).status_code == 502
    except httpx.TransportError:
        return False


@pytest.mark.parametrize(
    ("method", "tries"),
    [("GET", 4), ("HEAD", 4), ("POST", 1), ("PUT", 1), ("PATCH", 1), ("DELETE", 1)],
)
def test_only_reads_are_asked_again(deadly: tuple[int, str], method: str, tries: int) -> None:
    """A write that may have been done is the client's to repeat, with its key."""
    port, gateway = deadly
    headers = {"Idempotency-Key": "once"}
    said = httpx.request(method, f"http://127.0.0.1:{port}/x", headers=headers, timeout=30)
    assert said.status_code == 502
    assert docker("logs", gateway).split().count(method) == tries


def test_a_silent_gateway_is_not_waited_for_and_a_stream_is(deadly: tuple[int, str]) -> None:
    """The stream goes on for longer than an answer may take to begin."""
    port, _ = deadly
    with ThreadPoolExecutor(2) as pool:
        silent, stream = pool.map(
            lambda path: httpx.get(f"http://127.0.0.1:{port}{path}", timeout=50),
            ("/silent", "/stream"),
        )
    assert silent.status_code == 504
    assert stream.status_code == 200
    assert stream.text.count("data: ") == 18
