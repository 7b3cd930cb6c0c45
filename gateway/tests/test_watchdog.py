"""A gateway whose event loop stands still ends, and says where it stood."""

import subprocess
import sys
import time
import urllib.request
from contextlib import suppress

import pytest

from sakina_local.ports import free_ports, listening

PROGRAM = """
import asyncio, sys, time
from gateway.server import server
from gateway.settings import GatewaySettings
from gateway.watchdog import Watched

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["path"] == "/hang":
        time.sleep(60)
    else:
        await asyncio.to_thread(compute)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

def compute():
    end = time.monotonic() + 3
    while time.monotonic() < end:
        sum(range(1000))

settings = GatewaySettings(
    broker_url="amqp://a:b@127.0.0.1:1/c", fingerprint_key="x" * 16, port=int(sys.argv[1])
)
server(Watched(app, 1), settings).run()
"""


@pytest.fixture
def gateway():
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port)],
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 60
    while not listening(port):
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    yield process, f"http://127.0.0.1:{port}"
    process.kill()
    process.communicate()


def test_a_loop_that_stands_still_ends_the_process(gateway):
    process, url = gateway
    with suppress(OSError):
        urllib.request.urlopen(f"{url}/hang", timeout=20)
    said = process.communicate(timeout=20)[1]
    assert process.returncode == 1
    assert "in app" in said


def test_work_in_threads_does_not(gateway):
    process, url = gateway
    assert urllib.request.urlopen(url, timeout=20).status == 204
    assert process.poll() is None
