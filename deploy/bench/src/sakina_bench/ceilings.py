"""What cannot be passed on this machine: a bare answer, a bare echo, the same SQL alone."""

import re
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812

from sakina_bench import wrk
from sakina_bench.messages import Said
from sakina_bench.running import Running
from sakina_local import processes
from sakina_local.ports import LOOPBACK, free_ports, listening

START_SECONDS = 30
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|'[0-9a-f]{32}'")
_NAMED = re.compile(r"(?:^|;)execute (\w+)")

Request = Sequence[tuple[str, str]]
"""The messages of one request, each with the service that says it."""


def answered(system: Running, seconds: float, connections: int, *, echo: bool) -> float:
    """Return how many requests a second are answered with nothing done in between.

    Args:
        system: Its broker and its Python are used.
        seconds: How long it is loaded.
        connections: How many at once.
        echo: Whether each goes through the broker and back.
    """
    with _serving(system, echo=echo) as url:
        wrk.press(url, [("/", None)], [""], 1, connections)
        return wrk.press(url, [("/", None)], [""], seconds, connections).rate


@contextmanager
def _serving(system: Running, *, echo: bool) -> Iterator[str]:
    port = free_ports(1)[0]
    environment = system.environment("practice")
    broker = [environment["SAKINA_BROKER_URL"]] if echo else []
    # By this checkout's package, also where another commit is measured.
    server = processes.start(
        [sys.executable, "-m", "sakina_bench.bare", str(port), *broker],
        system.home / "bare.log",
        {key: value for key, value in environment.items() if not key.startswith("SAKINA_")},
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not listening(port) and server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        processes.stop(server, 2)


def spoken(
    system: Running,
    said: Said,
    requests: int,
    seconds: float,
    prepared: Mapping[tuple[str, str], str],
) -> float:
    """Return how many requests a second psycopg2 alone can make of the messages of some.

    One connection for each service, one message after the other. What a request made up for
    itself, a UUID that no other said, is made up anew; not a number where that is not enough for
    the same messages to be said again, as where a key comes from the answer before.

    Args:
        system: Its database is asked.
        said: The messages of the requests.
        requests: How many there were.
        seconds: For how long they are said again.
        prepared: What the services have prepared, by service and name.
    """
    if not said.messages or len(said.messages) % requests:
        return float("nan")
    each = len(said.messages) // requests
    first = said.messages[:each]
    others = {found for _, text in said.messages[each:] for found in _UUID.findall(text)}
    own = {found for _, text in first for found in _UUID.findall(text)} - others
    lines = {service: _line(system, service) for service, _ in first}
    try:
        for line in lines.values():
            line.autocommit = True
        with suppress(psycopg2.Error, KeyError):
            _prepare(lines, first, prepared)
            return _repeated(lines, first, own, seconds)
        return float("nan")
    finally:
        for line in lines.values():
            line.close()


def _prepare(
    lines: Mapping[str, Connection], request: Request, prepared: Mapping[tuple[str, str], str]
) -> None:
    """Prepare what `request` calls by name. Raises KeyError where nobody heard what that is."""
    for called in {(service, name) for service, text in request for name in _NAMED.findall(text)}:
        with lines[called[0]].cursor() as cursor:
            cursor.execute("set plan_cache_mode = force_generic_plan")
            cursor.execute(prepared[called])


def _repeated(
    lines: dict[str, Connection], request: Request, own: set[str], seconds: float
) -> float:
    cursors = {service: line.cursor() for service, line in lines.items()}
    began, done = time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < seconds:
        fresh = {old: _another(old) for old in own}
        for service, text in request:
            for old, new in fresh.items():
                text = text.replace(old, new)  # noqa: PLW2901 - the text of this turn
            cursors[service].execute(text)
            if cursors[service].description:
                cursors[service].fetchall()
        done += 1
    return done / passed


def _another(old: str) -> str:
    new = uuid.uuid4()
    return f"'{new.hex}'" if old.startswith("'") else str(new)


def _line(system: Running, service: str) -> Connection:
    url = system.environment(service)["SAKINA_DATABASE_URL"]
    return psycopg2.connect(url.replace("postgresql+psycopg2", "postgresql"))
