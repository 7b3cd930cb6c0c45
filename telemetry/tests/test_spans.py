"""Spans that nobody wants, and receivers that do not take them; in both kinds of process."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

EVENTLET = "import eventlet; eventlet.monkey_patch()"
BOTH = pytest.mark.parametrize("before", ["", EVENTLET], ids=["threads", "eventlet"])

PROCESS = """
{before}
import json, logging, sys, time
from telemetry import spans
from telemetry.logs import configure
configure("probe")
from telemetry import otlp
otlp.SEND_SECONDS, otlp.EVERY_SECONDS = {send}, 0.01
if {small}:
    otlp.MOST_WAITING = otlp.BATCH = 8

def dropped():
    return {{reason: counter._value.get() for reason, counter in spans.DROPPED.items()}}

with spans.exported({endpoint!r}, "probe"):
    tracer = spans.tracer()
    for number in range({number}):
        with tracer.during("work", spans.Kind.SERVER, None) as span:
            pass
    until = time.monotonic() + 20
    while {wait} and not dropped()["not taken"] and time.monotonic() < until:
        time.sleep(0.01)
print(json.dumps({{"dropped": dropped(), "sent": spans.SENT._value.get()}}))
"""


def said_by(
    endpoint: str,
    before: str = "",
    *,
    number: int = 3,
    wait: bool = False,
    patient: bool = False,
    small: bool = False,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Run a process that makes spans and ends; return what it counted, and its log."""
    code = PROCESS.format(
        before=before,
        endpoint=endpoint,
        number=number,
        wait=wait,
        send=3600.0 if patient else 0.5,
        small=small,
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), [json.loads(line) for line in done.stderr.splitlines()]


@contextmanager
def answering(answer: bytes | None) -> Iterator[str]:
    """Listen, and answer whatever comes so; None never answers, and reads nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                held.append(connection)
                if answer is not None:
                    connection.recv(65536)
                    connection.sendall(answer)
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://user:hidden-word@127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()


def test_nothing_of_the_library_is_imported_where_nobody_wants_spans() -> None:
    code = (
        "import sys\nfrom telemetry import spans\n"
        "with spans.exported('', 'probe'):\n    assert spans.tracer() is None\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'requests'))])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


@BOTH
def test_a_receiver_that_hangs_holds_nobody_up_when_the_process_stops(before: str) -> None:
    """It would be waited for an hour; that this ends at all says that it is not."""
    with answering(None) as endpoint:
        counted, log = said_by(endpoint, before, patient=True)
    assert counted["sent"] == 0
    assert [line["level"] for line in log] == ["info", "warning"]
    assert "the last spans were dropped" in log[-1]["message"]
    assert "hidden-word" not in str(log)


@BOTH
@pytest.mark.parametrize(
    "answer",
    [b"", b"no HTTP at all\r\n", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"],
    ids=["hangs up", "talks nonsense", "refuses"],
)
def test_a_receiver_that_does_not_take_them_is_one_line(before: str, answer: bytes) -> None:
    with answering(answer) as endpoint:
        counted, log = said_by(endpoint, before, number=3, wait=True)
    assert counted["dropped"] == {"full": 0, "not taken": 3, "stopped": 0}
    said = [line["message"] for line in log if line["level"] != "info"]
    assert len(said) == 1
    assert said[0].endswith("takes no spans: 3 were dropped")
    assert "hidden-word" not in str(log)


def test_a_receiver_that_is_not_there_is_one_line() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        counted, log = said_by(f"http://127.0.0.1:{nobody.getsockname()[1]}", wait=True)
    assert counted["dropped"]["not taken"] == 3
    assert len([line for line in log if line["level"] == "warning"]) == 1


@BOTH
def test_no_more_spans_wait_than_there_is_room_for(before: str) -> None:
    with answering(None) as endpoint:
        counted, _ = said_by(endpoint, before, number=100, patient=True, small=True)
    assert counted["dropped"]["full"] >= 100 - 3 * 8
    assert counted["dropped"]["full"] < 100
