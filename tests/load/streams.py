"""Open many idle streams on a running local system, and see what they cost its gateway.

    make up                                          # in one terminal
    .venv/bin/python tests/load/streams.py           # in another
    .venv/bin/python tests/load/streams.py --streams 2000 --seconds 60

It measures the gateway's memory and CPU before and with the streams, counts their heartbeats, and
then lets one person act, to see that those who listen are told. The gateway is found by its port.
"""

import argparse
import asyncio
import os
import resource
import secrets
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

ROOT = Path(__file__).parents[2]
PASSWORD = "a-quiet-place-7"
EACH = 10
MOST_MIB = 100
MOST_CPU = 0.01


@dataclass(frozen=True)
class Use:
    """What a process uses: bytes of memory, and seconds of CPU so far."""

    memory: int
    cpu: float

    @staticmethod
    def of(process: int) -> "Use":
        """Return what `process` uses now."""
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks = int(times[11]) + int(times[12])
        return Use(pages * resource.getpagesize(), ticks / os.sysconf("SC_CLK_TCK"))


def listener(port: int) -> int:
    """Return the process that listens on `port` of this machine."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and _port(row[1]) == port}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) in sockets:
                return int(link.parts[2])
        except OSError:
            continue
    sys.exit(f"nothing listens on port {port}")


def _port(address: str) -> int:
    return int(address.partition(":")[2], 16)


class Listener:
    """One stream, read as it comes."""

    def __init__(self) -> None:
        self.heartbeats = 0
        self.events = 0
        self.ended = False

    async def listen(self, url: str, token: str) -> None:
        """Open the stream, and read it in the background from then on."""
        at = urlsplit(url)
        reader, self._writer = await asyncio.open_connection(at.hostname, at.port, limit=4096)
        head = f"GET /api/activity/stream HTTP/1.1\r\nHost: {at.netloc}\r\n"
        self._writer.write(f"{head}Authorization: Bearer {token}\r\n\r\n".encode())
        answer = (await reader.readuntil(b"\r\n\r\n")).decode()
        if " 200 " not in answer.partition("\r\n")[0]:
            sys.exit(answer)
        self._reading = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(4096):
            self.heartbeats += data.count(b":\n\n\r\n")
            self.events += data.count(b"event: practice.session_logged")
        self.ended = True


async def tokens(http: httpx.AsyncClient, people: int) -> list[str]:
    """Return an access token of each of so many new people."""
    made = []
    for _ in range(people):
        account = {"email": f"{secrets.token_hex(8)}@example.com", "password": PASSWORD}
        answer = await http.post("/api/signup/", json=account | {"fullname": "Listener"})
        answer.raise_for_status()
        made.append((await http.post("/api/login/", json=account)).json()["access"])
    return made


async def measured(url: str, streams: int, seconds: float) -> bool:
    """Say what so many streams cost; return whether the promises are kept."""
    gateway = listener(urlsplit(url).port or 80)
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        theirs = await tokens(http, -(-streams // EACH))
        # What notify made of the registrations has been told before anything is measured.
        await asyncio.sleep(10)
        before = Use.of(gateway)
        await asyncio.sleep(seconds)
        calm = Use.of(gateway)
        listeners = [Listener() for _ in range(streams)]
        began = time.monotonic()
        for number, each in enumerate(listeners):
            await each.listen(url, theirs[number // EACH])
        opened = time.monotonic() - began
        await asyncio.sleep(5)
        at = Use.of(gateway)
        heard = sum(each.heartbeats for each in listeners)
        await asyncio.sleep(seconds)
        with_them = Use.of(gateway)
        beats = sum(each.heartbeats for each in listeners) - heard
        headers = {"Authorization": f"Bearer {theirs[0]}"}
        session = {"meditation_type": "gratitude", "duration": 5, "date": "2026-03-01"}
        (
            await http.post("/api/meditations/sessions/", json=session, headers=headers)
        ).raise_for_status()
        await asyncio.sleep(3)
    without, with_all = calm.memory / 2**20, with_them.memory / 2**20
    mib = with_all - without
    idle, cost = (calm.cpu - before.cpu) / seconds, (with_them.cpu - at.cpu) / seconds
    told = sum(each.events > 0 for each in listeners)
    say(f"{streams} streams were opened in {opened:.1f} s")
    say(f"memory: {without:.1f} MiB without, {with_all:.1f} MiB with them:")
    say(f"  {mib:.1f} MiB, {1024 * mib / streams:.1f} KiB each")
    say(f"CPU over {seconds:.0f} s, of a core: {100 * idle:.2f} %, {100 * cost:.2f} % with them")
    say(f"heartbeats: {beats}, of {streams * seconds / 15:.0f} that were due")
    say(f"told of one act: {told} of the {min(EACH, streams)} streams of who acted")
    lost = sum(each.ended for each in listeners)
    say(f"ended before their time: {lost}")
    return mib < MOST_MIB and cost - idle < MOST_CPU and told == min(EACH, streams) and not lost


def main() -> None:
    """Measure as the command line says."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--url", default="", help="the local system where nothing is said")
    options.add_argument("--streams", type=int, default=1000)
    options.add_argument("--seconds", type=float, default=60)
    told = options.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    url = told.url or (ROOT / ".sakina" / "url").read_text().strip()
    kept = asyncio.run(measured(url, told.streams, told.seconds))
    say("the promises of docs/adr/0037 are kept" if kept else "they are NOT kept")
    sys.exit(not kept)


def say(line: str) -> None:
    """Print `line`."""
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
