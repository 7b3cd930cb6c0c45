"""Those who listen: what they take in, and what they say of how old it was."""

import json
import math
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from sakina_bench import by_stream, by_webhook
from sakina_bench.arrivals import Arrivals, until
from sakina_local.problems import Problem

PATIENCE_SECONDS = 10


def logged(age_ms: float = 0, kind: str = "practice.session_logged.v1") -> bytes:
    began = datetime.now(UTC) - timedelta(milliseconds=age_ms)
    return json.dumps({"type": kind, "time": began.isoformat(), "data": {}}).encode()


def test_only_new_sessions_count_and_each_is_as_old_as_its_own_time_says() -> None:
    arrivals = Arrivals()
    arrivals.note(logged(500))
    arrivals.note(logged(kind="khatma.created.v1"))
    arrivals.note(b"{}")
    assert len(arrivals.ages) == 1
    assert arrivals.ages[0] >= 500
    assert math.isnan(Arrivals().at(0.5))
    assert Arrivals([1.0, 3.0, 2.0]).at(0.5) == 2.0
    assert Arrivals([1.0, 3.0, 2.0]).at(0.99) == 3.0


@pytest.fixture
def serving() -> Iterator[Callable[[list[bytes]], str]]:
    """Serve one connection with pieces, and close it."""
    doors = []

    def serve(pieces: list[bytes]) -> str:
        door = socket.create_server(("127.0.0.1", 0))
        door.settimeout(PATIENCE_SECONDS)
        doors.append(door)

        def answer() -> None:
            line, _ = door.accept()
            with line:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                line.recv(65536)
                for piece in pieces:
                    line.sendall(piece)

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{door.getsockname()[1]}"

    yield serve
    for door in doors:
        door.close()


def person(**more: Any) -> Any:
    return SimpleNamespace(authorization="Bearer x", **more)


def test_a_stream_is_read_line_by_line_however_it_comes_and_its_end_is_counted(
    serving: Callable[[list[bytes]], str],
) -> None:
    event = b"id: c\nevent: practice.session_logged.v1\ndata: " + logged() + b"\n\n"
    whole = b"HTTP/1.1 200 OK\r\n\r\nretry: 3000\nevent: opened\ndata: {}\n\n" + event * 2
    url = serving([whole[at : at + 7] for at in range(0, len(whole), 7)])
    with by_stream.listening(url, [person()], 1) as arrivals:
        assert until(lambda: len(arrivals.ages) == 2 and arrivals.lost == 1, PATIENCE_SECONDS)


def test_a_stream_that_is_refused_is_a_problem(serving: Callable[[list[bytes]], str]) -> None:
    url = serving([b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n"])
    with pytest.raises(Problem, match="not opened"), by_stream.listening(url, [person()], 1):
        pass


def test_a_webhook_is_made_takes_deliveries_and_is_deleted() -> None:
    made: list[str] = []
    gone: list[str] = []

    def post(path: str, *, url: str, types: list[str]) -> dict[str, Any]:
        made.append(url)
        return {"id": len(made)}

    one = person(post=post, http=SimpleNamespace(delete=gone.append))
    with by_webhook.listening([one], 2) as arrivals:
        for url in made:
            assert httpx.post(url, content=logged(), timeout=PATIENCE_SECONDS).status_code == 200
        assert until(lambda: len(arrivals.ages) == 2, PATIENCE_SECONDS)
    assert gone == ["/api/webhooks/1/", "/api/webhooks/2/"]
