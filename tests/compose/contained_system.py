"""The fixture `system` of the system tests, by containers: tests stop and start what they name."""

import json
import os
from pathlib import Path

import pytest
from stack import Stack, docker


class ContainedSystem:
    """The running stack, as tests of the system see it."""

    def __init__(self, stack: Stack, url: str) -> None:
        self._stack = stack
        self.url = url

    def kill(self, name: str) -> None:
        for container in self._stack.ids(name):
            docker("kill", container)

    def stop(self, name: str) -> None:
        for container in self._stack.ids(name):
            docker("stop", container)

    def start(self, name: str) -> None:
        self._stack.start_process(name)

    def logs(self) -> str:
        """Return what all containers have logged."""
        return self._stack.compose("logs", "--no-log-prefix", "--no-color")

    def figures(self, name: str) -> str:
        """Return what all containers of `name` say to a Prometheus."""
        ask = (
            "import urllib.request as asking;"
            "print(asking.urlopen('http://127.0.0.1:9100/metrics').read().decode())"
        )
        return "\n".join(self._stack.python(one, ask) for one in self._stack.ids(name))

    def wait_until_ready(self, seconds: float = 120) -> None:
        self._stack.wait_until_ready()


@pytest.fixture(scope="session")
def system() -> ContainedSystem:
    """The stack that SAKINA_SYSTEM_STACK describes."""
    said = json.loads(os.environ["SAKINA_SYSTEM_STACK"])
    variables = said["environment"]
    stack = Stack(
        Path(variables["COMPOSE_ENV_FILES"]).parent,
        variables["COMPOSE_PROJECT_NAME"],
        int(said["url"].rpartition(":")[2]),
        settings=variables,
    )
    return ContainedSystem(stack, said["url"])
