"""Starts the whole system in the foreground, restarts what dies, and stops it all."""

import signal
import socket
import time
from types import FrameType

from sakina_local import marks, orphans, rabbitmq_package
from sakina_local.addresses import Parts
from sakina_local.broker import Broker
from sakina_local.home import Home
from sakina_local.place import GATEWAY, Place, where_webhooks_lead
from sakina_local.ports import LOOPBACK, free_ports
from sakina_local.postgres import COUNTING, Postgres
from sakina_local.problems import Problem
from sakina_local.progress import Progress, plainly
from sakina_local.system import System
from sakina_local.watch import Watched, give_up_the_hopeless

READY_SECONDS = 120
LOOK_SECONDS = 0.2
DATABASE = VHOST = "sakina"


class Stopped(BaseException):
    """A signal asked for the end. No `except Exception` on the way may swallow it."""


class Supervisor:
    """The whole system of one checkout.

    Args:
        home: The checkout's folder for everything that lasts; held by the caller.
        port: The gateway's port.
    """

    def __init__(self, home: Home, port: int) -> None:
        self.home = home
        self.progress = Progress()
        secrets = home.secrets()
        postgres_port, broker_metrics_port = free_ports(2)
        self.postgres = Postgres(
            home.folder / "postgres",
            postgres_port,
            secrets.roles,
            COUNTING,
            log=home.log("postgres"),
        )
        ports_before = home.broker_ports()
        self.broker = Broker(
            home.folder / "rabbitmq",
            home.find_broker_ports(),
            secrets.users,
            log=home.log("rabbitmq"),
            metrics_port=broker_metrics_port,
        )
        self._moved = bool(ports_before) and ports_before[0] != self.broker.port
        self._secrets = secrets
        self._port = port
        self._system: System | None = None

    def run(self) -> None:
        """Start everything and keep it alive until a signal comes; then stop everything."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop_now)
        orphans.adopt()
        try:
            self._refuse_a_taken_port()
            rabbitmq_package.ensure(self.progress)
            system = self._start()
            self._watch(system)
        except Stopped:
            self.progress.say("stopping")
        finally:
            self._stop()

    def _refuse_a_taken_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, self._port))
            except PermissionError:
                raise Problem(
                    f"Port {self._port} is for root alone: choose one above 1023, "
                    "for example PORT=8001 make up."
                ) from None
            except OSError:
                raise Problem(
                    f"Port {self._port} is taken: stop what listens there, or choose another, "
                    f"for example PORT={self._port + 1} make up."
                ) from None

    def _start(self) -> System:
        self.progress.say("starting PostgreSQL and RabbitMQ")
        self.broker.launch()
        self.postgres.start()
        self.postgres.address.apply_roles()
        self.postgres.address.make_database(DATABASE)
        self.progress.say("PostgreSQL answers; bringing the schemas up to date")
        system = self._system = System(
            Place(
                folder=self.home.folder,
                parts=Parts(self.postgres.address, self.broker.address),
                database=DATABASE,
                vhost=VHOST,
                port=self._port,
                keys=self.home.keys,
                fingerprint_key=self._secrets.fingerprint_key,
                log=self.home.log,
            )
        )
        system.write_metrics(self.home.metrics, rabbitmq=self.broker.metrics_port)
        system.migrate()
        self.broker.wait()
        self.progress.say("RabbitMQ answers; starting the services and the gateway")
        system.start_all()
        return system

    def _watch(self, system: System) -> None:
        watched = [
            Watched("PostgreSQL", lambda: self.postgres.process, self.postgres.launch),
            Watched("RabbitMQ", lambda: self.broker.process, self._restart_broker),
            *system.watched(),
        ]
        ready = False
        deadline = time.monotonic() + READY_SECONDS
        while True:
            time.sleep(LOOK_SECONDS)
            for one in watched:
                one.look(self.progress.say)
            orphans.end(self._children(system))
            if not ready:
                ready = system.ready()
                if ready:
                    self._publish_again(system)
                    self._announce(system)
                elif time.monotonic() > deadline:
                    raise Problem(
                        f"Sakina is not ready after {READY_SECONDS} s: {system.readiness()} "
                        f"The logs are in {self.home.logs}."
                    )
                else:
                    give_up_the_hopeless(watched, system.log)

    def _publish_again(self, system: System) -> None:
        if self.home.publish_again.exists():
            self.progress.say("publishing again what was published before the restore")
            system.publish_again()
            self.home.publish_again.unlink()

    def _announce(self, system: System) -> None:
        url = system.url
        webhooks = where_webhooks_lead(system.place.environment("notify"))
        self.progress.say("everything answers")
        self.home.note_url(url)
        if self._moved:
            self.progress.say(
                f"the broker's port is {self.broker.port} now, somebody has the one of before: "
                "consumers' URLs end in it from now on"
            )
        plainly(
            f"\nready {url}\n\n"
            f"  every endpoint, to try   {url}/docs\n"
            f"  logs                     {self.home.logs}\n"
            f"  webhooks                 {webhooks}\n"
            "  believable data          make demo, in another terminal\n"
            "  stop                     Ctrl-C, or make down; the data stays\n\n"
            f"  curl -s {url}/api/signup/ -H 'content-type: application/json' \\\n"
            '    -d \'{"fullname": "ليلى حسن", "email": "layla@example.com", '
            '"password": "a-quiet-place-7"}\'\n'
        )

    def _restart_broker(self) -> None:
        self.broker.kill()
        self.broker.launch()

    def _children(self, system: System) -> set[int]:
        servers = (self.postgres.process, self.broker.process, self.broker.epmd)
        running = (*servers, *system.processes.values())
        return {process.pid for process in running if process}

    def _stop(self) -> None:
        """Stop the gateway, then the services, then their servers: 14 s at the longest."""
        self.home.note_url(None)
        try:
            if self._system:
                if GATEWAY in self._system.processes:
                    self._system.stop(GATEWAY, grace=4)
                self._system.stop_all(grace=5)
            self.broker.ask_to_stop()
            self.postgres.stop(grace=2)
            self.broker.stop(grace=2)
        except Stopped:
            self.progress.say("asked again: ending everything at once")
        finally:
            _ignore_signals()
            marks.end(self.home.folder)
            orphans.end(known=())
        self.progress.say("stopped; the data stays in " + str(self.home.folder))


def _stop_now(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
