"""The figures of a process, asked as Prometheus asks, in both kinds of process."""

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sakina_local.ports import free_ports

PROCESS = """
{before}
from prometheus_client import Counter
from telemetry.figures import served
import sys, time
Counter("sakina_probe_total", "Probed.").inc()
with served({port}):
    print("ready", flush=True)
    while sys.stdin.readline():
        pass
"""
EVENTLET = "import eventlet; eventlet.monkey_patch()"


@contextmanager
def process(before: str, port: int = 0) -> Iterator[int]:
    port = port or free_ports(1)[0]
    code = PROCESS.format(before=before, port=port)
    if before:
        code = code.replace("sys.stdin.readline()", "(eventlet.sleep(0.01) or True)")
    running = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code], stdin=-1, stdout=-1, text=True
    )
    assert running.stdin
    assert running.stdout
    try:
        assert running.stdout.readline() == "ready\n"
        yield port
    finally:
        running.kill()
        running.wait()
        running.stdin.close()
        running.stdout.close()


@pytest.mark.parametrize("before", ["", EVENTLET], ids=["threads", "eventlet"])
def test_a_process_says_its_figures(before: str) -> None:
    with process(before) as port:
        url = f"http://127.0.0.1:{port}/metrics"
        # Who asks and never reads on holds up nobody.
        with socket.create_connection(("127.0.0.1", port)) as silent:
            silent.sendall(b"GET /metrics HTT")
            with urllib.request.urlopen(url, timeout=20) as answer:
                said = answer.read().decode()
    assert "sakina_probe_total 1.0" in said
    assert "process_resident_memory_bytes" in said
    assert "_created" not in said


def test_a_process_that_begins_anew_has_its_port_again() -> None:
    """Though the kernel remembers for a minute who hung up on its last scrape."""
    with process("") as port, socket.create_connection(("127.0.0.1", port)) as scrape:
        scrape.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        while scrape.recv(65536):
            pass  # up to the end of the stream: the process has hung up first
    with process("", port):
        url = f"http://127.0.0.1:{port}/metrics"
        with urllib.request.urlopen(url, timeout=20) as answer:
            assert b"sakina_probe_total 1.0" in answer.read()


def test_a_port_that_is_taken_keeps_nobody_from_working() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code = PROCESS.format(before="", port=taken.getsockname()[1])
        command = [sys.executable, "-c", code]
        ended = subprocess.run(command, input="", capture_output=True, text=True, check=True)
    assert ended.stdout == "ready\n"
    assert "no figures at 127.0.0.1" in ended.stderr
