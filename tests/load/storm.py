"""Storm a running local system with logins, and see what becomes of everybody else.

    make up                                       # in one terminal
    .venv/bin/python tests/load/storm.py          # in another
    .venv/bin/python tests/load/storm.py --askers 40 --seconds 20

Askers log in over and over with the right password, and come back when Retry-After says so. Beside
them somebody refreshes and asks every service, twice a second each: to see, and to be no load of
its own (`--every 0.1` is 70 requests a second, a sixth of two cores that then hash nothing). Before
and after it measures what the cores can hash with nothing else to do, less what this client took of
them meanwhile: logins a second are told as a share of that.
"""

import argparse
import asyncio
import json
import os
import secrets
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from auth.credentials.hashing import Argon2

ROOT = Path(__file__).parents[2]
PASSWORD = "a-quiet-place-7"
PEOPLE = 40
CALM_SECONDS = 3
SOON_SECONDS = 2.0
GOODPUT = 0.7
QUICK_SECONDS = 0.5
QUICK = (
    ("POST", "/api/refresh/"),
    ("GET", "/api/user/me/"),
    ("GET", "/api/meditations/sessions/"),
    ("GET", "/api/khatmas/"),
    ("GET", "/api/notifications/"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/readyz"),
)


@dataclass
class Seen:
    """What came of it: answers by status, refusals without Retry-After, and the slowest answer."""

    statuses: Counter[int] = field(default_factory=Counter)
    mute: int = 0
    slowest: float = 0.0

    def note(self, status: int, retry_after: int | None, seconds: float) -> None:
        """Count one answer."""
        self.statuses[status] += 1
        self.mute += status in {429, 503} and retry_after is None
        self.slowest = max(self.slowest, seconds)


class Line:
    """One kept connection; a client so small that it leaves the cores to the system."""

    def __init__(self, url: str) -> None:
        self._at = urlsplit(url)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, body: object = None, token: str = ""
    ) -> tuple[int, int | None]:
        """Return the status of the answer, and its Retry-After."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._at.hostname, self._at.port)
        reader, writer = self._streams
        content = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self._at.netloc}",
            f"Content-Length: {len(content)}",
            "Content-Type: application/json",
            *([f"Authorization: Bearer {token}"] if token else []),
        ]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            writer.close()
            self._streams = None
        after = headers.get("retry-after")
        return int(head.split(" ", 2)[1]), None if after is None else int(after)


def capacity() -> float:
    """Return how many passwords all cores hash in a second, with nothing else to do."""
    cores = len(os.sched_getaffinity(0))
    hasher = Argon2()
    until = time.monotonic() + CALM_SECONDS

    def hash_on() -> int:
        done = 0
        while time.monotonic() < until:
            hasher.hash(PASSWORD)
            done += 1
        return done

    with ThreadPoolExecutor(cores) as pool:
        return sum(pool.map(lambda _: hash_on(), range(cores))) / CALM_SECONDS


async def log_in(url: str, email: str, until: float, seen: Seen) -> None:
    """Log in again and again, and come back when told to."""
    line = Line(url)
    while (begun := time.monotonic()) < until:
        body = {"email": email, "password": PASSWORD}
        status, after = await line.ask("POST", "/api/login/", body)
        seen.note(status, after, time.monotonic() - begun)
        if after is not None:
            await asyncio.sleep(after)


async def ask_on(
    url: str, ask: tuple[str, str], tokens: dict[str, str], every: float, until: float, seen: Seen
) -> None:
    """Ask for something quick, with a pause of `every` seconds."""
    line = Line(url)
    method, path = ask
    body = {"refresh": tokens["refresh"]} if method == "POST" else None
    while (begun := time.monotonic()) < until:
        status, after = await line.ask(method, path, body, tokens["access"])
        seen.note(status, after, time.monotonic() - begun)
        await asyncio.sleep(every)


async def storm(
    url: str, askers: int, seconds: float, every: float
) -> tuple[Seen, dict[str, Seen], float]:
    """Return what became of the logins, of everything quick beside them, and what it cost here.

    That is this process' share of all cores' time.
    """
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        emails = [f"{secrets.token_hex(8)}@example.com" for _ in range(PEOPLE)]
        for email in emails:
            body = {"email": email, "password": PASSWORD, "fullname": "Storm"}
            (await http.post("/api/signup/", json=body)).raise_for_status()
        body = {"email": emails[0], "password": PASSWORD}
        tokens = (await http.post("/api/login/", json=body)).json()
    logins, quick = Seen(), {path: Seen() for _, path in QUICK}
    until = time.monotonic() + seconds
    worked = time.process_time()
    await asyncio.gather(
        *(log_in(url, emails[n % PEOPLE], until, logins) for n in range(askers)),
        *(ask_on(url, ask, tokens, every, until, quick[ask[1]]) for ask in QUICK),
    )
    own = (time.process_time() - worked) / seconds / len(os.sched_getaffinity(0))
    return logins, quick, own


def main() -> None:
    """Storm as the command line says."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--url", default="", help="the local system where nothing is said")
    options.add_argument("--askers", type=int, default=180)
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--every", type=float, default=QUICK_SECONDS)
    told = options.parse_args()
    before = capacity()
    url = told.url or (ROOT / ".sakina" / "url").read_text().strip()
    logins, quick, own = asyncio.run(storm(url, told.askers, told.seconds, told.every))
    # A machine that is shared is never as fast as it was a moment ago.
    possible = (before + capacity()) / 2 * (1 - own)
    rate = logins.statuses[200] / told.seconds
    say(f"the cores can hash {possible:.1f} a second beside this client, which took {own:.1%}")
    say(f"logins: {rate:.1f} a second, {100 * rate / possible:.0f} % of that")
    say(f"  by status {dict(logins.statuses)}, {logins.mute} refused without Retry-After")
    for path, seen in quick.items():
        say(f"{path}: {dict(seen.statuses)}, the slowest after {seen.slowest:.2f} s")
    kept = (
        set(logins.statuses) <= {200, 429, 503}
        and not logins.mute
        and rate >= GOODPUT * possible
        and all(set(s.statuses) == {200} and s.slowest < SOON_SECONDS for s in quick.values())
    )
    say("the promises of docs/adr/0017 are kept" if kept else "they are NOT kept")
    sys.exit(not kept)


def say(line: str) -> None:
    """Print `line`."""
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
