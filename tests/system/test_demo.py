"""The demo fills a system, and fills it once."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from people import Person, ok

from sakina_demo import cast
from sakina_demo.api import Api


def run_demo(url: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "sakina_demo"],
        env={"SAKINA_URL": url, "PATH": "", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def state(person: Person) -> list[Any]:
    return [
        ok(person.send("GET", path))
        for path in (
            "/api/user/me/",
            "/api/meditations/sessions/",
            "/api/khatmas/",
            "/api/khatmas/?filter=completed",
            "/api/stats/user/",
            "/api/achievements/",
        )
    ]


@pytest.fixture(scope="module")
def star(http: httpx.Client, url: str) -> Person:
    """The person whom the demo's last line names."""
    said = run_demo(url)
    assert cast.STAR.email in said
    assert cast.PASSWORD in said
    return Person(http, cast.STAR.email, cast.PASSWORD).log_in()


def test_the_demo_tells_of_people_sessions_and_khatmas(star: Person) -> None:
    me, sessions, active, completed, figures, achievements = state(star)
    assert (me["fullname"], me["username"]) == (cast.STAR.fullname, "layla")
    assert sessions["count"] == cast.STAR.sessions
    there = {khatma["name"]: khatma for khatma in active + completed}
    for circle in cast.KHATMAS:
        if cast.STAR.name in circle.readers:
            khatma = there[circle.name]
            assert khatma["participants_count"] == len(circle.readers)
            assert khatma["completion_percentage"] == round(circle.done / 30 * 100, 1)
    assert figures["completed_khatmas"] == 1
    assert "first_khatma" in {each["achievement"] for each in achievements}


def test_the_demo_run_again_changes_nothing(star: Person, url: str) -> None:
    before = state(star)
    run_demo(url)
    assert state(star) == before


def test_the_demo_says_what_to_do_where_nothing_answers() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sakina_demo"],
        env={"SAKINA_URL": "http://127.0.0.1:9", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "make up" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_the_demo_asks_for_again_is_done_once() -> None:
    """Where an answer is lost, what was asked for may have been done."""
    asked: list[tuple[str, str | None]] = []

    class Busy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, self.headers["Idempotency-Key"]))
            self.send_response(201 if len(asked) % 2 == 0 else 504)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        api = Api(f"http://127.0.0.1:{server.server_port}")
        for path in ("/api/khatmas/", "/api/meditations/sessions/"):
            assert api.send("POST", path, {"name": "x"}, "token") == {}
        server.shutdown()
    (first, again), (second, once_more) = asked[:2], asked[2:]
    assert first == again
    assert second == once_more
    assert first[1]
    assert second[1]
    assert first[1] != second[1]
