"""A whole system of one's own, with a Prometheus that asks all of it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sakina_local import marks, processes, prometheus_package
from sakina_local.addresses import SUPERUSER
from sakina_local.broker import Broker
from sakina_local.parts import USER_PASSWORDS, new_postgres, started
from sakina_local.ports import LOOPBACK, free_ports, listening
from sakina_local.postgres import Postgres
from sakina_local.problems import Problem
from sakina_local.system import System, throwaway_system
from sakina_observability.prometheus import Pace, Prometheus, until

DATABASE = VHOST = "sakina"
EXPORTER_SECONDS = 20


@dataclass
class Watched:
    """A system that may be broken, and who looks on.

    Attributes:
        system: Gateway and services.
        broker: Their broker.
        postgres: Their database server.
        prometheus: It asks all of them, and an exporter of PostgreSQL's figures.
    """

    system: System
    broker: Broker
    postgres: Postgres
    prometheus: Prometheus = field(repr=False)


@contextmanager
def watched(folder: Path, pace: Pace) -> Iterator[Watched]:
    """Have a whole system and a Prometheus that asks it, ready; all gone at the end.

    Args:
        folder: Of everything; PostgreSQL's user must be able to pass through it.
        pace: The Prometheus's.

    Raises:
        Problem: A program of theirs is missing, or does not start.
    """
    if missing := prometheus_package.missing():
        raise Problem(missing)
    broker_port, exporter_port = free_ports(2)
    broker = Broker(
        folder / "rabbitmq", free_ports(3), USER_PASSWORDS, (VHOST,), metrics_port=broker_port
    )
    postgres = new_postgres(folder / "postgres")
    targets = folder / "metrics.json"
    prometheus = Prometheus(folder / "prometheus", targets, pace)
    try:
        parts = started(broker, postgres)
        postgres.address.make_database(DATABASE)
        _export(postgres, folder, exporter_port)
        own = folder / "system"
        own.mkdir()
        with throwaway_system(own, parts, DATABASE, VHOST) as system:
            system.write_metrics(targets, rabbitmq=broker_port, postgres=exporter_port)
            prometheus.start()
            yield Watched(system, broker, postgres, prometheus)
    finally:
        prometheus.stop()
        broker.discard()
        postgres.discard()
        marks.end(folder)


def _export(postgres: Postgres, folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the exporter of PostgreSQL's figures, which lives as long as this process."""
    password = postgres.address.passwords[SUPERUSER]
    where = f"{LOOPBACK}:{postgres.port}/{DATABASE}"
    log = folder / "exporter.log"
    exporter = processes.start(
        [
            prometheus_package.POSTGRES_EXPORTER,
            f"--web.listen-address={LOOPBACK}:{port}",
            # Of an older PostgreSQL than ours: its columns have moved.
            "--no-collector.bgwriter",
        ],
        log,
        {
            **marks.environment(folder),
            "PATH": os.environ.get("PATH", ""),
            "DATA_SOURCE_NAME": f"postgresql://{SUPERUSER}:{password}@{where}?sslmode=disable",
        },
    )
    if not until(lambda: listening(port), EXPORTER_SECONDS):
        raise Problem(f"The exporter does not answer:\n{processes.last_lines(log)}")
    return exporter
