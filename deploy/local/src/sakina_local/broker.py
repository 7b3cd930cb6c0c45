"""A private RabbitMQ node: the installed program, everything else of its own."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import amqp

from sakina_local import code_path, marks, processes
from sakina_local.addresses import BrokerAddress
from sakina_local.definitions import definitions
from sakina_local.ports import LOOPBACK, listening
from sakina_local.problems import Problem

# Debian's wrapper in /usr/sbin insists on the user rabbitmq; the programs behind it do not.
PROGRAMS = Path("/usr/lib/rabbitmq/bin")
NODE = "sakina@localhost"
START_SECONDS = 90
_LOCAL_DISTRIBUTION = "-kernel inet_dist_use_interface {127,0,0,1}"
# All that one machine asks of it keeps less than one core busy, and several schedulers wake each
# other for it: a seventh of the node's work (docs/adr/0027).
_ONE_SCHEDULER = "+S 1:1"


def installed() -> bool:
    """Return whether RabbitMQ's server is on this machine."""
    return (PROGRAMS / "rabbitmq-server").exists()


class Broker:
    """One node on one folder, with a cookie, an epmd and ports of its own on the loopback.

    Args:
        folder: Home of its data, cookie, configuration and log; made at the first start.
        ports: Ports of AMQP, of Erlang's distribution and of epmd.
        passwords: Password of each user.
        vhosts: Names of the virtual hosts that it has from the start.
        log: Where it says what happens; by default in its folder.
        metrics_port: Where RabbitMQ's own plugin says its figures to a Prometheus, on the loopback;
            0 leaves the plugin out, which costs 10 MB and a second of the start.
    """

    def __init__(
        self,
        folder: Path,
        ports: Sequence[int],
        passwords: Mapping[str, str],
        vhosts: Sequence[str] = ("sakina",),
        *,
        log: Path | None = None,
        metrics_port: int = 0,
    ) -> None:
        self.folder = folder
        self.metrics_port = metrics_port
        self.port, self.distribution_port, self.epmd_port = ports
        self.passwords = passwords
        self.vhosts = tuple(vhosts)
        self._plugins = folder / "plugins"
        self.log = log or folder / "rabbitmq.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.epmd: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the node and wait until a user can log in."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start epmd and the node, which loads the definitions as it starts."""
        if not installed():
            raise Problem("RabbitMQ is missing: install the package rabbitmq-server.")
        self._write_configuration()
        self._start_epmd()
        self.process = processes.start(
            [PROGRAMS / "rabbitmq-server"],
            log=self.log,
            # The server then becomes the Erlang VM itself, which takes our signals directly.
            environment={**self.environment(), "RUNNING_UNDER_SYSTEMD": "true"},
            directory=self.folder,
        )

    def wait(self) -> None:
        """Wait until a user can log in."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            if _accepts(self.address, "gateway", self.vhosts[0]):
                return
            time.sleep(0.1)
        self.kill()
        raise Problem(
            f"RabbitMQ did not start; its log {self.log} ends:\n{processes.last_lines(self.log)}"
        )

    def ask_to_stop(self) -> None:
        """Have the node begin to stop, without waiting for it."""
        if self.running and self.process:
            self.process.terminate()

    def stop(self, grace: float = 10) -> None:
        """Stop the node, then its epmd; what is durable stays."""
        if self.process:
            processes.stop(self.process, grace)
            self.process = None
        self._end_epmd()

    def kill(self) -> None:
        """End the node at once, as a crash would."""
        if self.process:
            processes.kill_group(self.process)
            self.process = None
        self._end_epmd()

    def discard(self) -> None:
        """End it for good; its folder is for the caller to remove."""
        self.kill()

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.poll() is None

    @property
    def address(self) -> BrokerAddress:
        """Where it is, and how to control it."""
        return BrokerAddress(
            LOOPBACK,
            self.port,
            self.passwords,
            [str(PROGRAMS / "rabbitmqctl"), "--node", NODE],
            self.environment(),
        )

    def environment(self) -> dict[str, str]:
        """Return the environment of the node and of the tools that talk to it."""
        settings = {
            "NODENAME": NODE,
            "NODE_PORT": str(self.port),
            "NODE_IP_ADDRESS": LOOPBACK,
            "DIST_PORT": str(self.distribution_port),
            "MNESIA_BASE": str(self.folder / "data"),
            "LOG_BASE": str(self.folder / "log"),
            "LOGS": "-",
            "PID_FILE": str(self.folder / "pid"),
            "CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "CONF_ENV_FILE": str(self.folder / "none"),
            "ADVANCED_CONFIG_FILE": str(self.folder / "none"),
            "ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "GENERATED_CONFIG_DIR": str(self.folder / "generated"),
            "SERVER_ADDITIONAL_ERL_ARGS": " ".join(
                [_LOCAL_DISTRIBUTION, _ONE_SCHEDULER, code_path.erlang_first()]
            ),
            "CTL_ERL_ARGS": _LOCAL_DISTRIBUTION,
            **code_path.plugins_setting(self._plugins),
        }
        return {
            **marks.environment(self.folder),
            **{f"RABBITMQ_{name}": value for name, value in settings.items()},
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "LC_ALL": "C.UTF-8",
        }

    def _write_configuration(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        plugins: list[str] = []
        settings = ""
        if self.metrics_port:
            plugins = ["rabbitmq_prometheus"]
            settings = (
                f"prometheus.tcp.ip = {LOOPBACK}\nprometheus.tcp.port = {self.metrics_port}\n"
                # Its history is Prometheus' business, and would cost each message something.
                "management_agent.disable_metrics_collector = true\n"
            )
        (self.folder / "enabled_plugins").write_text(f"[{','.join(plugins)}].\n")
        code_path.link_plugins(self._plugins, plugins)
        loaded = self.folder / "definitions.json"
        _write_secret(loaded, json.dumps(definitions(self.passwords, self.vhosts)))
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = {LOOPBACK}:{self.port}\n"
            f"load_definitions = {loaded}\n"
            "log.console = true\n"
            "log.console.level = warning\n"
            "log.file = false\n"
            "disk_free_limit.absolute = 50MB\n"
            f"{settings}"
        )

    def _start_epmd(self) -> None:
        epmd = shutil.which("epmd", path=f"{os.environ.get('PATH', '')}:/usr/bin")
        if not epmd:
            raise Problem("Erlang's epmd is missing: install the package erlang-base.")
        # Started by us, it is our child; started by the node, it would be a daemon.
        self.epmd = processes.start(
            [epmd, "-port", str(self.epmd_port), "-address", LOOPBACK],
            log=self.folder / "epmd.log",
            environment=self.environment(),
            when_parent_dies=signal.SIGKILL,
        )
        deadline = time.monotonic() + 10
        while not listening(self.epmd_port):
            if self.epmd.poll() is not None or time.monotonic() > deadline:
                raise Problem(
                    f"Erlang's epmd did not start on port {self.epmd_port}: try again, "
                    f"and see {self.folder / 'epmd.log'} if it stays so."
                )
            time.sleep(0.02)

    def _end_epmd(self) -> None:
        if self.epmd:
            processes.kill_group(self.epmd)
            self.epmd = None
        marks.end(self.folder)


def _accepts(address: BrokerAddress, user: str, vhost: str) -> bool:
    connection = amqp.Connection(
        host=f"{address.host}:{address.port}",
        userid=user,
        password=address.passwords[user],
        virtual_host=vhost,
        connect_timeout=5,
    )
    try:
        connection.connect()
    except (OSError, amqp.AMQPError):
        return False
    finally:
        connection.close()
    return True


def _write_secret(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)
