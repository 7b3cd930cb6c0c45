"""A process that lives and does nothing: what takes its place, and whose doing that is."""

import json
from collections.abc import Iterator

import pytest
from stack import BASE, OURS, Stack, docker, until

STANDS_STILL = """
import runpy, signal, time
stand = time.sleep
signal.signal(signal.SIGUSR1, lambda *_: stand(3600))
runpy.run_module({name!r}, run_name="__main__", alter_sys=True)
"""
"""A process of ours that computes for an hour when it gets SIGUSR1, between two instructions."""


@pytest.fixture
def fragile(stack: Stack) -> Iterator[Stack]:
    """The stack, each process of ours such a one and watched for 3 s."""
    override = stack.folder / "fragile.json"
    commands = {name: ["python", "-c", STANDS_STILL.format(name=name)] for name in OURS}
    override.write_text(
        json.dumps({"services": {name: {"command": said} for name, said in commands.items()}})
    )
    stack.files = [BASE, override]
    try:
        with stack.having(SAKINA_WATCHDOG_SECONDS="3"):
            stack.up("--no-deps", *OURS)
            yield stack
    finally:
        stack.files = [BASE]
        stack.up("--no-deps", *OURS)
        stack.wait_until_ready()


def test_what_stands_still_ends_and_is_started_again(fragile: Stack) -> None:
    """By its own watchdog: Docker looks at the health of a container, and leaves it."""
    for name in OURS:
        (container,) = fragile.ids(name)
        fragile.python(container, "import os, signal; os.kill(1, signal.SIGUSR1)")
    for name in OURS:
        (container,) = fragile.ids(name)
        until(lambda one=container: restarts(fragile, one) > 0, f"{name} is started again")
        until(lambda one=container: health(fragile, one) == "healthy", f"{name} is well again")
        said = fragile.logs(name)
        assert "Timeout (0:00:03)!" in said, "it says why it ended"
        assert "in <lambda>" in said, "and where it stood"
    fragile.wait_until_ready()


def restarts(stack: Stack, container: str) -> int:
    return int(stack.inspect(container)["RestartCount"])


def health(stack: Stack, container: str) -> str:
    return str(stack.inspect(container)["State"].get("Health", {}).get("Status"))


@pytest.mark.parametrize("name", ["gateway", "notify"])
def test_what_was_stopped_from_outside_is_ill_until_it_is_rolled(stack: Stack, name: str) -> None:
    """Its watchdog is stopped with it; the roll ends it, although it hears no SIGTERM."""
    (ill,) = stack.ids(name)
    docker("kill", "--signal=STOP", ill)
    until(lambda: health(stack, ill) == "unhealthy", "its health check notices")
    assert restarts(stack, ill) == 0
    rolled = stack.roll(name)
    assert rolled.returncode == 0, rolled.stderr
    assert len(stack.ids(name)) == 1
    assert ill not in stack.ids(name, all=True)
    stack.wait_until_ready()
