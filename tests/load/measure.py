"""Measure a running local system: ten requests, each at 8 connections, with wrk on loopback.

    make up                                          # in one terminal
    .venv/bin/python tests/load/measure.py           # in another; needs wrk (a Debian package)
    .venv/bin/python tests/load/measure.py --only "sessions list" --seconds 20

For each row it prints requests/s, p50 and p99, and the CPU milliseconds of one request, summed
over every process of the system (gateway, services, broker, database) from /proc. It makes
people and khatmas of its own through the API, and stops by itself.
"""

import argparse
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
PASSWORD = "a-quiet-place-7"
MILLISECONDS_A_TICK = 1000 / os.sysconf("SC_CLK_TCK")
SESSION = {"meditation_type": "gratitude", "duration": 25, "notes": "Morning calm session"}
KHATMA = {"name": "Ramadan", "khatma_type": "group", "target_days": 30, "is_public": True}
PRIVATE = KHATMA | {"khatma_type": "private", "is_public": False}
PRIVATE_KHATMAS = 25
"""Of each asker. They have 30 chapters, each to be finished once: the bound of that row."""


class Person:
    """Somebody with an account, who makes requests."""

    def __init__(self, url: str) -> None:
        self.email = f"{secrets.token_hex(8)}@example.com"
        self.client = httpx.Client(base_url=url, timeout=30)
        self.post("/api/signup/", fullname="ليلى", email=self.email, password=PASSWORD)
        token = self.post("/api/login/", email=self.email, password=PASSWORD)["access"]
        self.client.headers["authorization"] = f"Bearer {token}"

    def post(self, path: str, /, **body: object) -> dict[str, Any]:
        """Post `body` and return the answer; fail loudly where it is not 2xx."""
        answer = self.client.post(path, json=body)
        answer.raise_for_status()
        return answer.json()


@dataclass(frozen=True)
class Row:
    """One kind of request. `asks` holds (path, body) in turn; a body of None is a GET.

    Askers take turns too: what writes is asked by eight people, as it would be.
    """

    name: str
    askers: list[Person]
    asks: list[tuple[str, dict[str, Any] | None]]


def rows(url: str) -> list[Row]:
    """Return the rows; what they need is made through the API first."""
    people = [Person(url) for _ in range(8)]
    person = people[0]
    for _ in range(30):
        person.post("/api/meditations/sessions/", **SESSION)
    mine = [person.post("/api/khatmas/", **KHATMA)["id"] for _ in range(10)]
    for member in people[2:6]:
        member.post(f"/api/khatmas/{mine[0]}/join/")
    # In the order in which the askers take turns.
    private = [
        reader.post("/api/khatmas/", **PRIVATE)["id"]
        for _ in range(PRIVATE_KHATMAS)
        for reader in people
    ]
    chapters = [
        (f"/api/khatmas/{key}/sessions/", {"chapter_assigned": chapter, "is_completed": True})
        for chapter in range(1, 31)
        for key in private
    ]
    return [
        Row("sessions list", [person], [("/api/meditations/sessions/", None)]),
        Row("new session", people, [("/api/meditations/sessions/", SESSION)]),
        Row("login", [person], [("/api/login/", {"email": person.email, "password": PASSWORD})]),
        Row("khatma list", [person], [("/api/khatmas/?filter=my_khatmas", None)]),
        Row("khatma detail", [person], [(f"/api/khatmas/{mine[0]}/", None)]),
        Row("khatma stats", [person], [(f"/api/stats/khatma/{mine[0]}/", None)]),
        Row("dashboard", [person], [("/api/dashboard/", None)]),
        Row("user stats", [person], [("/api/stats/user/", None)]),
        Row("chapter session", people, chapters),
        Row("new khatma", people, [("/api/khatmas/", KHATMA)]),
    ]


def script(row: Row) -> str:
    """Return the Lua script by which wrk makes the requests of `row`, each of them once in turn."""
    asks = ",\n".join(
        f"{{{json.dumps(path)}, {json.dumps(json.dumps(body)) if body else 'nil'}}}"
        for path, body in row.asks
    )
    tokens = ", ".join(json.dumps(asker.client.headers["authorization"]) for asker in row.askers)
    return f"""
    local tokens = {{{tokens}}}
    local headers = {{["content-type"] = "application/json"}}
    local asks = {{{asks}}}
    local turn = 0
    request = function()
      local ask = asks[turn % #asks + 1]
      headers["authorization"] = tokens[turn % #tokens + 1]
      turn = turn + 1
      return wrk.format(ask[2] and "POST" or "GET", ask[1], headers, ask[2])
    end
    """


def cpu() -> Counter[str]:
    """Return the CPU ticks so far of the system's processes, by what they are."""
    supervisor = int((ROOT / ".sakina" / "lock").read_text())
    spent: dict[int, tuple[int, str, int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        spent[int(entry.name)] = (int(fields[1]), command, int(fields[11]) + int(fields[12]))
    ticks: Counter[str] = Counter()
    for key, (_, command, used) in spent.items():
        above = key
        while above in spent and above != supervisor:
            above = spent[above][0]
        if above == supervisor:
            ticks[kind(command)] += used
    return ticks


def kind(command: str) -> str:
    """Return what a process is, by its command line."""
    found = re.search(r"-m (gateway|auth|practice|khatma|notify)\b", command)
    if found:
        return found[1]
    return next((name for name in ("postgres", "beam") if name in command), "other")


def measure(url: str, row: Row, seconds: int, connections: int) -> str:
    """Load the system with `row` and return a line of a Markdown table."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(script(row))
        lua.flush()
        before = cpu()
        told = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", lua.name, url],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        after = cpu()
    done = int(re.search(r"(\d+) requests in", told)[1])
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])
    p50, p99 = (re.search(rf"{part}%\s+(\S+)", told)[1] for part in ("50", "99"))
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    each = {name: (after[name] - before[name]) * MILLISECONDS_A_TICK / done for name in after}
    parts = ", ".join(f"{name} {spent:.2f}" for name, spent in sorted(each.items()) if spent > 0.01)
    return (
        f"| {row.name} | {rate:.0f} | {p50} | {p99} | {sum(each.values()):.2f} | {parts} "
        f"| {failed[1] if failed else 0} |"
    )


def main() -> None:
    """Measure what the command line says."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--only", help="one row")
    options.add_argument("--seconds", type=int, default=8)
    options.add_argument("--connections", type=int, default=8)
    told = options.parse_args()
    url = (ROOT / ".sakina" / "url").read_text()
    say("| request | requests/s | p50 | p99 | CPU ms | of which | failed |")
    say("|---|---|---|---|---|---|---|")
    for row in rows(url):
        if told.only in (None, row.name):
            say(measure(url, row, told.seconds, told.connections))


def say(line: str) -> None:
    """Print `line` at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
