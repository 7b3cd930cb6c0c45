"""What is said to PostgreSQL, message by message, as its own log tells.

`log_statement = all` writes one line for each message of the simple protocol, however many
statements are in it, and one for each execution of the extended one. So the lines are the round
trips, whatever the driver is called and without anything between it and the server.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812

CALM_SECONDS = 0.6
PATIENCE_SECONDS = 15.0
_PREFIX = "bench %d %a|"
_LINE = re.compile(
    r"^bench (?P<database>\S+) (?P<name>[^|]*)\|LOG:  (?:statement|execute [^:]*): (?P<sql>.*)$"
)
_POOL = re.compile(r"^sakina (?P<service>[a-z]+)$")
"""The name by which a service's pool is known; relays and health checks say more."""
_PREPARED = re.compile(r"(?:^|;)(prepare (\w+) as .*?)(?=;execute \2\b)", re.DOTALL)


@dataclass
class Said:
    """Messages in their order.

    Attributes:
        messages: Service and text of each that came by a service's pool; what the text prepares is
            left out of it.
        beside: How many came otherwise: from relays and health checks, whose number is a matter
            of time.
    """

    messages: list[tuple[str, str]] = field(default_factory=list)
    beside: int = 0

    def by_service(self) -> Counter[str]:
        """Return how many each service's pool said."""
        return Counter(service for service, _ in self.messages)


@contextmanager
def heard(database: Connection, log: Path) -> Iterator["Ear"]:
    """Have the server of `database` log every message, for as long as the context lasts.

    The whole server does, since sessions that are open take a setting of the server alone; what
    is said to its other databases is not counted.

    Args:
        database: A connection of the superuser in autocommit.
        log: Where that server writes its log.
    """
    with database.cursor() as cursor:
        cursor.execute("alter system set log_statement = 'all'")
        cursor.execute("alter system set log_line_prefix = %s", (_PREFIX,))
        cursor.execute("select pg_reload_conf()")
        try:
            yield Ear(log, database)
        finally:
            cursor.execute("alter system reset log_statement")
            cursor.execute("alter system reset log_line_prefix")
            cursor.execute("select pg_reload_conf()")


class Ear:
    """Reads the log of a server for what is said to one database.

    Args:
        log: The log.
        database: A connection of the superuser to the database, in autocommit.

    Attributes:
        prepared: What was prepared while it listened, by service and name.
    """

    def __init__(self, log: Path, database: Connection) -> None:
        self._log = log
        self._connection = database
        self._database = database.info.dbname
        self.prepared: dict[tuple[str, str], str] = {}

    def afresh(self) -> None:
        """Have the services' pools connect anew, so that it hears what they prepare."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                " where datname = current_database() and application_name ~ '^sakina [a-z]+$'"
            )

    def during(self, act: Callable[[], object]) -> Said:
        """Return what is said from before `act` until all pools fall silent after it."""
        self._until_calm(self._log.stat().st_size)
        begin = self._log.stat().st_size
        act()
        return self._until_calm(begin)

    def _until_calm(self, begin: int) -> Said:
        deadline = time.monotonic() + PATIENCE_SECONDS
        before = -1
        while True:
            said = self._read(begin)
            if len(said.messages) == before or time.monotonic() > deadline:
                return said
            before = len(said.messages)
            time.sleep(CALM_SECONDS)

    def _read(self, begin: int) -> Said:
        with self._log.open("rb") as file:
            file.seek(begin)
            lines = file.read().decode(errors="replace").splitlines()
        said = Said()
        continued = False
        for line in lines:
            if (found := _LINE.match(line)) and found["database"] == self._database:
                pool = _POOL.match(found["name"])
                continued = pool is not None
                if pool:
                    said.messages.append((pool["service"], found["sql"]))
                else:
                    said.beside += 1
            elif line.startswith("\t") and continued:
                service, text = said.messages[-1]
                said.messages[-1] = service, f"{text}\n{line[1:]}"
            else:
                continued = False
        return Said([self._without_preparing(*each) for each in said.messages], said.beside)

    def _without_preparing(self, service: str, text: str) -> tuple[str, str]:
        for statement, name in _PREPARED.findall(text):
            self.prepared[service, name] = statement
        return service, _PREPARED.sub("", text)
