"""A fixed rate is kept by who asks, however slow who answers."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from sakina_bench import steady

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
STALL_SECONDS = 0.5


@pytest.fixture
def stalling() -> Iterator[str]:
    """A server that stands still for half a second before its first answer."""
    turn = threading.Lock()
    first = threading.Event()

    def serve(line: socket.socket) -> None:
        while line.recv(65536):
            with turn:
                if not first.is_set():
                    first.set()
                    time.sleep(STALL_SECONDS)
                line.sendall(ANSWER)

    def accept() -> None:
        while True:
            try:
                line, _ = door.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(line,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=128) as door:
        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        door.shutdown(socket.SHUT_RDWR)


def test_requests_that_were_due_while_the_server_stood_still_have_waited(stalling: str) -> None:
    load = steady.press(stalling, [("/", None)], ["Bearer x"], 1.0, 50)
    assert (load.requests, load.errors) == (50, 0)
    # Half of them were due in that half second: a closed loop would have seen one slow answer.
    assert load.p99 >= 1000 * STALL_SECONDS * 0.9
    assert load.p50 >= 1


def test_a_refusal_is_an_error(stalling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ANSWER", ANSWER.replace(b"200 OK", b"503 Busy"))
    assert steady.press(stalling, [("/", None)], [""], 0.1, 20).errors == 2
