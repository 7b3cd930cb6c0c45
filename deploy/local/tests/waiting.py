"""Waiting for what is to come about."""

from collections.abc import Callable
from time import monotonic, sleep


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait until `condition` holds; fail where it does not within so many `seconds`."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it did not come about"
        sleep(0.05)
