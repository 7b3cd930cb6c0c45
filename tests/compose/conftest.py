"""One stack for all tests, and people who use it; everything is taken down at the end."""

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import httpx
import pytest
from load import Reader
from stack import Stack


@pytest.fixture(scope="session", autouse=True)
def _leave_nothing_behind() -> None:
    """Take down what is up also when told to stop: a signal then is like Ctrl-C."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, leave)


def _folder() -> Path:
    # Not pytest's own, whose parent nobody but its user may enter.
    return Path(tempfile.mkdtemp(prefix="sakina-compose-"))


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stack as docs/operations.md starts it, with a limit of requests that leaves room."""
    made = Stack.fresh(_folder(), SAKINA_RATE="2000", SAKINA_RATE_BURST="2000")
    try:
        if "SAKINA_TEST_BUILT" not in os.environ:  # set it to run again with the same images
            made.compose("build", "--quiet")
        made.up()
        yield made
    finally:
        made.down()
        made.remove_folder()


@pytest.fixture
def spare() -> Iterator[Callable[[], Stack]]:
    """Make another stack, not started, to be broken."""
    made: list[Stack] = []

    def fresh() -> Stack:
        made.append(Stack.fresh(_folder()))
        return made[-1]

    yield fresh
    for one in made:
        one.down()
        one.remove_folder()


@pytest.fixture(scope="session")
def http(stack: Stack) -> Iterator[httpx.Client]:
    """A client of the published port."""
    with httpx.Client(base_url=stack.url, timeout=30) as client:
        yield client


@pytest.fixture
def reader(stack: Stack) -> Reader:
    """A person who logs sessions."""
    return Reader.signed_up(stack.url)
