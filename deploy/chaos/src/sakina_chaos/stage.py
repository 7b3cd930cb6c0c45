"""A whole system to be broken: two servers, links that can fail, two instances of most services.

`make up` has one instance of each and no proxy between; so this starts the same processes itself,
and keeps them alive as the supervisor of `make up` does.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from sakina_chaos import poison
from sakina_chaos.clock import Clock
from sakina_chaos.disks import Disk, small
from sakina_chaos.proxy import Links, links
from sakina_local import marks, orphans, processes
from sakina_local.addresses import Parts
from sakina_local.broker import Broker
from sakina_local.parts import new_broker, new_postgres, started
from sakina_local.place import GATEWAY, Place
from sakina_local.ports import free_ports, listening
from sakina_local.postgres import Postgres
from sakina_local.problems import Problem
from sakina_local.system import System, figures_at
from sakina_local.watch import Watched
from sakina_stack.consumers import Consumers

DATABASE = VHOST = "sakina"
POSTGRES, BROKER = "postgres", "broker"
GATEWAY_BROKER, SERVICES_BROKER = "gateway–broker", "services–broker"
SERVICES_DATABASE = "services–database"
LINKS = (GATEWAY_BROKER, SERVICES_BROKER, SERVICES_DATABASE)
INSTANCES = {"gateway": 1, "auth": 1, "practice": 2, "khatma": 2, "notify": 2}
KINDS = (*INSTANCES, POSTGRES, BROKER)
"""Everything that can be killed or frozen."""
DISK_MEBIBYTES = {POSTGRES: 700, BROKER: 400}
READY_SECONDS = 120.0
DRAIN_SECONDS = 15.0
LOOK_SECONDS = 0.1


@dataclass
class Instance:
    """One process of Sakina's own."""

    kind: str
    log: Path
    environment: Mapping[str, str]
    metrics_port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        self.process = processes.start(
            [sys.executable, "-m", self.kind], self.log, self.environment
        )

    def has_ended(self) -> bool:
        """Return whether it is no more."""
        return self.process is None or self.process.poll() is not None


class Stage:
    """The system, and what may befall it. One thread alone breaks it, and keeps it alive.

    Args:
        folder: For all that it keeps.
        postgres: Its database server, which runs.
        broker: Its broker, which runs.
        wires: The links between them.
        settings: Further settings of each process.
    """

    def __init__(
        self,
        folder: Path,
        postgres: Postgres,
        broker: Broker,
        wires: Links,
        settings: Mapping[str, str],
    ) -> None:
        self.folder = folder
        self.postgres = postgres
        self.broker = broker
        self.links = wires
        self.clock = Clock(folder / "clock")
        """By which every process of ours goes."""
        direct = Parts(postgres.address, broker.address)
        self._place = Place.in_folder(folder, direct, DATABASE, VHOST, settings)
        self.system = System(self._place)
        """Does what takes no instance, such as migrations."""
        self.instances = [
            self._instance(kind, nth + 1)
            for kind, count in INSTANCES.items()
            for nth in range(count)
        ]
        self._watched = [
            *(self._watch(each) for each in self.instances),
            Watched(POSTGRES, lambda: postgres.process, postgres.launch),
            Watched(BROKER, lambda: broker.process, self._start_broker),
        ]
        self._kept_down: set[str] = set()
        self.restarts: list[str] = []
        self.poisoned = 0
        self.disks: dict[str, Disk] = {}
        """Of the servers, where they can be filled."""

    @property
    def url(self) -> str:
        """The gateway's."""
        return self._place.url

    def _instance(self, kind: str, number: int) -> Instance:
        wire = GATEWAY_BROKER if kind == GATEWAY else SERVICES_BROKER
        straight = self._place.parts
        parts = Parts(
            replace(straight.postgres, port=self.links.port(SERVICES_DATABASE)),
            replace(straight.broker, port=self.links.port(wire)),
        )
        environment = replace(self._place, parts=parts).environment(kind)
        port = free_ports(1)[0]
        environment["SAKINA_METRICS_PORT"] = str(port)
        log = self.folder / f"{kind}-{number}.log"
        return Instance(kind, log, self.clock.followed(environment), port)

    def _watch(self, instance: Instance) -> Watched:
        return Watched(instance.kind, lambda: instance.process, instance.start)

    def _start_broker(self) -> None:
        self.broker.kill()
        self.broker.launch()

    # Its life

    def start(self) -> None:
        """Migrate, start every instance, and wait until all answer."""
        self.system.migrate()
        for each in self.instances:
            each.start()
        self.wait_until_ready()

    def look(self) -> None:
        """Start again what is down, unless it is to be."""
        for each in self._watched:
            if each.name not in self._kept_down:
                each.look(self.restarts.append)
        servers = (self.postgres.process, self.broker.process, self.broker.epmd)
        running = (*servers, *(each.process for each in self.instances))
        orphans.end({process.pid for process in running if process})

    def rest(self, seconds: float) -> None:
        """Let it run for a while."""
        self.wait_for(lambda: False, seconds)

    def wait_for(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Let it run until `condition`, for so long at most; return whether it came about."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.look()
            time.sleep(LOOK_SECONDS)
        return True

    def wait_until_ready(self) -> None:
        """Let it run until everything lives and answers.

        Raises:
            Problem: It does not come to that.
        """
        if not self.wait_for(self._is_ready, READY_SECONDS):
            raise Problem(
                f"The system is not ready {READY_SECONDS:g} s after a fault: "
                f"{self.system.readiness()} What its processes said is in build/chaos-logs."
            )

    def _is_ready(self) -> bool:
        servers = (self.postgres.process, self.broker.process)
        if any(process is None or process.poll() is not None for process in servers):
            return False
        return all(listening(each.metrics_port) for each in self.instances) and self.system.ready(2)

    # What befalls it

    def running(self, kind: str) -> list[subprocess.Popen[bytes]]:
        """Return the processes of a kind that live."""
        if kind == POSTGRES:
            found = [self.postgres.process]
        elif kind == BROKER:
            found = [self.broker.process]
        else:
            found = [each.process for each in self.instances if each.kind == kind]
        return [process for process in found if process is not None and process.poll() is None]

    def kill(self, killed: Sequence[subprocess.Popen[bytes]]) -> None:
        """End processes as `kill -9` does; they are started again as after a first death."""
        for each in self._watched:
            each.deaths = 0
        for process in killed:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()

    def freeze(self, frozen: Sequence[subprocess.Popen[bytes]]) -> None:
        """Stop processes where they are, and what they have started."""
        for process in frozen:
            os.killpg(process.pid, signal.SIGSTOP)

    def thaw(self, frozen: Sequence[subprocess.Popen[bytes]]) -> None:
        """Let frozen processes go on that still are."""
        for process in frozen:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGCONT)

    @contextmanager
    def kept_down(self, kind: str) -> Iterator[None]:
        """Kill what is of a kind, and start it again when the context ends, not before."""
        self._kept_down.add(kind)
        try:
            self.kill(self.running(kind))
            yield
        finally:
            self._kept_down.discard(kind)

    def roll(self, kind: str) -> None:
        """Replace the instances of a kind one by one, each by SIGTERM and when it has drained."""
        for instance in self.instances:
            if instance.kind == kind and instance.process is not None:
                self._kept_down.add(kind)
                instance.process.terminate()
                self.wait_for(instance.has_ended, DRAIN_SECONDS)
                instance.start()
                self._kept_down.discard(kind)
                self.wait_until_ready()

    # What it says of itself

    def outbox(self, service: str) -> int:
        """Return how many events of a service wait to be published."""
        return self.count(f"select count(*) from {service}.outbox")  # noqa: S608

    def size(self, table: str) -> int:
        """Return the bytes that a table takes, with its indexes and what is dead in it."""
        return self.count(f"select pg_total_relation_size('{table}')")

    def awaited(self) -> int:
        """Return how many answers the gateways await from services."""
        return sum(
            int(sample.value)
            for each in self.instances
            if each.kind == GATEWAY
            for family in text_string_to_metric_families(figures_at(each.metrics_port))
            if family.name == "sakina_gateway_rpc_in_flight"
            for sample in family.samples
        )

    def poison(self, times: int) -> None:
        """Send messages that must be given up on, `times` times each kind."""
        self.poisoned += poison.send(self.broker.address, VHOST, poison.KINDS, times)

    def parked(self) -> int:
        """Return how many messages were given up on."""
        return poison.parked(self.broker.address, VHOST)

    def queues(self) -> dict[str, int]:
        """Return how many messages are in each queue."""
        columns = ("list_queues", "--vhost", VHOST, "name", "messages")
        rows = (line.split("\t") for line in self.broker.address.control(*columns).splitlines())
        return {name: int(count) for name, count in rows if count.isdigit()}

    def count(self, statement: str) -> int:
        """Return the one number that the database answers a statement with."""
        connection = self.postgres.address.connect(DATABASE)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return int((cursor.fetchone() or (0,))[0])
        finally:
            connection.close()

    def consumer(self, name: str) -> str:
        """Let a consumer of all events in, and return its URL, which leads straight there."""
        address = self.broker.address
        password = Consumers(address.control, VHOST).add(name, ["#"])
        return f"amqp://{name}:{password}@{address.host}:{address.port}/{VHOST}"


@contextmanager
def staged(
    folder: Path, settings: Mapping[str, str] | None = None, *, small_disks: bool = False
) -> Iterator[Stage]:
    """Have a system in `folder`, ready; nothing of it runs any more when the context ends.

    Args:
        folder: For all that it keeps.
        settings: Further settings of each process.
        small_disks: Whether the servers are to be on disks that can be filled, if possible.
    """
    orphans.adopt()
    folders = {POSTGRES: folder / "postgres", BROKER: folder / "rabbitmq"}
    sizes = {folders[kind]: size for kind, size in DISK_MEBIBYTES.items() if small_disks}
    with small(sizes) as mounted:
        try:
            broker, postgres = new_broker(folders[BROKER]), new_postgres(folders[POSTGRES])
            started(broker, postgres)
            postgres.address.make_database(DATABASE)
            with _linked(folder, postgres, broker, settings or {}) as stage:
                stage.disks = {k: mounted[f] for k, f in folders.items() if f in mounted}
                yield stage
        finally:
            marks.end(folder)
            orphans.end(known=())


@contextmanager
def _linked(
    folder: Path, postgres: Postgres, broker: Broker, settings: Mapping[str, str]
) -> Iterator[Stage]:
    ports = {
        GATEWAY_BROKER: broker.port,
        SERVICES_BROKER: broker.port,
        SERVICES_DATABASE: postgres.port,
    }
    with links(ports) as wires:
        stage = Stage(folder, postgres, broker, wires, settings)
        try:
            stage.start()
            yield stage
        finally:
            marks.end(folder)  # before the links, by which they would come again
