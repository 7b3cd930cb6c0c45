"""The layers that every message passes on its way to its use case, and its answer on the way back.

A layer is a function of the job and of what comes behind it. It does its part before and after it
calls `onward(job)`, or answers in its place; so whatever surrounds work is a file of its own here,
and neither the consumers nor the use cases know of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chassis.work.context import Handled, begin


class Job(Protocol):
    """A message at work.

    Attributes:
        service: The instance of the service class that works on it.
        handled: What logs, outbox and commands may know of it.
        said: What its use case is told: a `Call` or an `Event`. Set by `in_contract`.
    """

    service: Any
    handled: Handled
    said: Any

    @property
    def late(self) -> bool:
        """Whether nobody waits for it any more."""

    def read(self) -> Any:
        """Return what it says, fitted to its contract."""

    def check(self, answer: Any) -> None:
        """Hold an answer against its contract, where the settings want it."""


@dataclass(slots=True)
class Direct:
    """What is said without a message, as tests do: it passes no layer."""

    service: Any
    said: Any


Onward = Callable[[Any], Any]
Layer = Callable[[Any, Onward], Any]


def chain(layers: Sequence[Layer], innermost: Onward) -> Onward:
    """Return `innermost` behind `layers`, the first of them outermost."""
    for layer in reversed(layers):
        innermost = _behind(layer, innermost)
    return innermost


def _behind(layer: Layer, onward: Onward) -> Onward:
    return lambda job: layer(job, onward)


def in_time(job: Job, onward: Onward) -> Any:
    """Drop what nobody waits for any more."""
    return None if job.late else onward(job)


def in_context(job: Job, onward: Onward) -> Any:
    """Let logs, outbox and commands know what is being worked on."""
    begin(job.handled)
    return onward(job)


def in_contract(job: Job, onward: Onward) -> Any:
    """Work on what fits the contract alone, and answer nothing else."""
    job.said = job.read()
    answer = onward(job)
    job.check(answer)
    return answer
