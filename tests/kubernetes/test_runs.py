"""A pod's processes come up with what it is told, its Secrets mounted as a kubelet does."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rendered import DEPLOY, Resource, containers, named, of_kind, pod
from test_secrets import printed, read, unpacked

from sakina_local.testing import Database, Vhost
from sakina_stack.secret_files import create

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None,
    reason="mounting what a pod mounts needs root and unshare",
)
READY_SECONDS = 60


class Kubelet:
    """Runs what a container of a rendered workload runs, on this machine."""

    def __init__(self, folder: Path, postgres: Database, broker: Vhost) -> None:
        create(folder / ".env", folder / "secrets")
        self._folder = folder
        self._secrets = unpacked(read(printed(folder / "secrets").stdout))
        self._postgres, self._broker = postgres, broker

    @contextmanager
    def running(self, workload: Resource) -> Iterator[subprocess.Popen[str]]:
        """Start its command, and end it."""
        (container,) = containers(workload)
        image = ["python", "-m", workload["metadata"]["name"]]
        process = subprocess.Popen(
            [
                *("unshare", "--mount", "sh", "-c", f'{self._mounts(workload)} && exec "$@"', "sh"),
                *self._here(container.get("command", image)),
            ],
            env=self.environment(workload),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def is_ready(self, workload: Resource) -> bool:
        """Ask its readiness probe."""
        (container,) = containers(workload)
        probe = self._here(container["readinessProbe"]["exec"]["command"])
        asked = subprocess.run(
            probe, env=self.environment(workload), capture_output=True, check=False
        )
        return asked.returncode == 0

    def environment(self, workload: Resource) -> dict[str, str]:
        """What its container is told, by its image, the settings and itself."""
        (container,) = containers(workload)
        told = {"PATH": os.environ["PATH"]}
        text = (DEPLOY / "Dockerfile").read_text()
        for line in re.findall(r"^ENV (PYTHONWARNINGS=.*)$", text, re.M):
            told |= dict(word.split("=") for word in line.split())
        told["SAKINA_PULSE"] = str(self._folder / "pulse")
        if "envFrom" in container:
            (settings,) = (
                one["data"]
                for one in of_kind("small", "ConfigMap")
                if one["metadata"]["name"].startswith("settings-")
            )
            told |= settings
        return told | {each["name"]: each["value"] for each in container.get("env", [])}

    def _here(self, command: list[str]) -> list[str]:
        return [sys.executable if word == "python" else word for word in command]

    def _mounts(self, workload: Resource) -> str:
        volumes = {each["name"]: each for each in pod(workload)["spec"]["volumes"]}
        (container,) = containers(workload)
        commands = ["mount -t tmpfs tmpfs /run"]
        for mount in container["volumeMounts"]:
            secret = volumes[mount["name"]].get("secret")
            if secret:
                there, target = self._laid_out(secret["secretName"]), mount["mountPath"]
                commands.append(f"mkdir -p {target} && mount --bind -o ro {there} {target}")
        return " && ".join(commands)

    def _laid_out(self, name: str) -> Path:
        """Write a Secret's files as a kubelet does: links into a folder that is exchanged whole."""
        folder = self._folder / name
        if not folder.exists():
            (folder / "..2026").mkdir(parents=True)
            (folder / "..data").symlink_to("..2026")
            for key, value in self._secrets[name].items():
                (folder / "..2026" / key).write_text(self._of_this_machine(value))
                (folder / key).symlink_to(f"..data/{key}")
        return folder

    def _of_this_machine(self, value: str) -> str:
        role = re.match(r"(postgresql\+psycopg2|amqp)://(\w+):", value)
        if role is None:
            return value
        if role[1] == "amqp":
            return self._broker.url(role[2])
        return self._postgres.server.url(role[2], self._postgres.name)


@pytest.fixture
def kubelet(tmp_path: Path, postgres: Database, broker: Vhost) -> Kubelet:
    return Kubelet(tmp_path, postgres, broker)


def test_a_service_migrates_and_becomes_ready(kubelet: Kubelet) -> None:
    with kubelet.running(named("small", "Job", "auth-migrations")) as job:
        said, _ = job.communicate(timeout=READY_SECONDS)
        assert (job.returncode, said) == (0, "auth: schema is up to date\n")
    deployment = named("small", "Deployment", "auth")
    with kubelet.running(deployment) as process:
        deadline = time.monotonic() + READY_SECONDS
        while not kubelet.is_ready(deployment):
            assert process.poll() is None, process.stdout and process.stdout.read()
            assert time.monotonic() < deadline, "it did not become ready"
