"""Whole stacks of containers, each under a project name, a port and secrets of its own."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from sakina_local.ports import free_ports
from sakina_stack import secret_files

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
BASE = DEPLOY / "docker-compose.yml"
SERVICES = secret_files.SERVICES
OURS = ("gateway", *SERVICES)
PATIENCE_SECONDS = 120.0

Found = TypeVar("Found")


def run(command: Sequence[str | Path], **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def docker(*arguments: str) -> str:
    done = run(["docker", *arguments])
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr or done.stdout}"
    return done.stdout.strip()


def until(condition: Callable[[], Found], what: str, seconds: float = PATIENCE_SECONDS) -> Found:
    """Wait until `condition` gives something true, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"it did not come about: {what}"
        time.sleep(0.2)
    return found


@dataclass(frozen=True)
class Run:
    """One run of the tests: all that it makes has a name that begins with the run's."""

    name: str

    @classmethod
    def new(cls) -> "Run":
        """Return a run that nobody had before."""
        return cls(f"sakina-test-{secrets.token_hex(3)}")

    def image(self, name: str) -> str:
        """Return the image of one of ours: by a tag of the run's own, which no other stack runs."""
        return f"sakina-{name}:{self.name}"

    @property
    def folder(self) -> Path:
        """Return where its files are; not in pytest's folder, which only one user may enter."""
        return Path(tempfile.gettempdir()) / self.name

    def sweep(self) -> None:
        """Remove whatever is left of it, and nothing of another run."""
        mine = ("--quiet", "--filter", f"name=^{self.name}")
        for kind, options in (
            ("container", ["--force", "--volumes"]),
            ("network", []),
            ("volume", []),
        ):
            all_ = ["--all"] if kind == "container" else []
            if left := docker(kind, "ls", *all_, *mine).split():
                docker(kind, "rm", *options, *left)
        of_ours = ("--format={{.Repository}}:{{.Tag}}", f"--filter=reference=sakina-*:{self.name}*")
        if left := docker("image", "ls", *of_ours).split():
            docker("image", "rm", *left)
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Stack:
    """One stack, up or not."""

    folder: Path
    name: str
    port: int = field(default_factory=lambda: free_ports(1)[0])
    files: list[Path] = field(default_factory=lambda: [BASE])
    settings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def fresh(cls, run: Run, **settings: str) -> "Stack":
        """Return a stack with secrets and addresses of its own, not started."""
        name = f"{run.name}-{secrets.token_hex(3)}"
        folder = run.folder / name
        folder.mkdir(parents=True)
        stack = cls(folder, name, settings=settings)
        secret_files.create(folder / "env", folder / "secrets", stack.port)
        settings.setdefault("SAKINA_VERSION", run.name)
        settings.setdefault("SAKINA_PUBLIC_URL", stack.url)
        settings.setdefault("SAKINA_HEALTH_INTERVAL", "3s")
        settings.setdefault("SAKINA_BACKUPS", str(folder / "backups"))
        subnet = f"10.213.{secrets.randbelow(128) + 100}.{secrets.randbelow(16) * 16}/28"
        settings.setdefault("SAKINA_FRONT_SUBNET", subnet)
        return stack

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    @contextmanager
    def having(self, **settings: str) -> Iterator[None]:
        """Have other settings for the block, which may change more of them."""
        before = dict(self.settings)
        self.settings.update(settings)
        try:
            yield
        finally:
            self.settings.clear()
            self.settings.update(before)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {
            **kept,
            "COMPOSE_PROJECT_NAME": self.name,
            "COMPOSE_FILE": os.pathsep.join(map(str, self.files)),
            "COMPOSE_ENV_FILES": str(self.folder / "env"),
            **self.settings,
        }

    def try_compose(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run(["docker", "compose", "--ansi=never", *arguments], env=self.environment)

    def compose(self, *arguments: str) -> str:
        done = self.try_compose(*arguments)
        assert done.returncode == 0, f"compose {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def up(self, *arguments: str) -> None:
        self.compose("up", "--detach", "--wait", "--no-build", *arguments)

    def roll(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command of docs/operations.md that replaces containers."""
        source = {"PYTHONPATH": str(DEPLOY / "stack" / "src")}
        command = [sys.executable, "-m", "sakina_stack", "roll", *arguments]
        return run(command, env={**self.environment, **source})

    def do(self, job: str) -> int:
        """Run the one-shot `job` with all that it waits for; return its exit status."""
        self.compose("up", "--detach", "--no-build", job)
        (container,) = self.ids(job, all=True)
        until(lambda: self.inspect(container)["State"]["Status"] == "exited", f"{job} ends")
        return int(self.inspect(container)["State"]["ExitCode"])

    def down(self) -> None:
        """End it with everything that it made, whatever state it is in."""
        self.try_compose("kill")
        until(
            lambda: (
                not self.try_compose(
                    "down", "--volumes", "--remove-orphans", "--timeout=1"
                ).returncode
            ),
            f"{self.name} is taken down",
        )
        # An override file that is no longer named may have added some.
        mine = f"label=com.docker.compose.project={self.name}"
        for network in docker("network", "ls", "--quiet", "--filter", mine).split():
            docker("network", "rm", network)

    def ids(self, service: str, *, all: bool = False) -> list[str]:
        found = self.compose("ps", "--quiet", *(["--all"] if all else []), service).split()
        return sorted(found)

    def inspect(self, container: str) -> dict[str, Any]:
        (found,) = json.loads(docker("inspect", container))
        return dict(found)

    def python(self, container: str, code: str) -> str:
        """Run `code` by the Python of one of our containers."""
        return docker("exec", container, "python", "-c", code)

    def sql(self, statement: str, database: str = "sakina") -> list[str]:
        """Run `statement` as superuser, and return its rows."""
        said = self.compose(
            *("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", database),
            *("--no-psqlrc", "-At", "-c", statement),
        )
        return said.splitlines()

    def rabbitmqctl(self, *arguments: str) -> str:
        return self.compose("exec", "-T", "rabbitmq", "rabbitmqctl", "--quiet", *arguments)

    def logs(self, service: str) -> str:
        return self.compose("logs", "--no-log-prefix", "--no-color", service)

    def complaints(self, since: float) -> str:
        """Return what was logged after `since`, in seconds of Unix time, but what is usual."""
        said = self.compose("logs", "--no-color", "--timestamps", f"--since={int(since)}")
        usual = ("[info]", '"level":"info"', "DownstreamStatus")
        lines = [line for line in said.splitlines() if not any(word in line for word in usual)]
        return "\n".join(lines[-200:])

    def lines(self, service: str) -> list[dict[str, Any]]:
        """Return what `service` logged as JSON."""
        found = []
        for line in self.logs(service).splitlines():
            _, brace, rest = line.partition("{")
            try:
                found.append(json.loads(brace + rest))
            except ValueError:
                continue
        return found

    def start_process(self, service: str) -> None:
        """Start the stopped containers of `service`."""
        self.compose("start", service)

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            try:
                return httpx.get(f"{self.url}/readyz", timeout=10).status_code == 200
            except httpx.TransportError:
                return False

        until(ready, f"{self.url}/readyz is 200")
