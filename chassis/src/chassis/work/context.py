"""What is being worked on: read by logs, by the outbox and by commands."""

from contextvars import ContextVar
from dataclasses import dataclass
from math import inf
from time import time

from contracts.refusals import Late


@dataclass(frozen=True, slots=True)
class Handled:
    """The message that the running greenlet handles.

    Attributes:
        request_id: The id that the client sees as X-Request-Id; of an event, its own.
        traceparent: W3C trace context of the request or event.
        deadline: When its caller stops waiting, in Unix seconds.
        redelivered: Whether the broker delivered it before, so that it may be half done.
    """

    request_id: str | None = None
    traceparent: str | None = None
    deadline: float | None = None
    redelivered: bool = False

    @property
    def seconds_left(self) -> float:
        """How long the caller still waits; for ever where no deadline was named."""
        return inf if self.deadline is None else self.deadline - time()

    @property
    def late(self) -> bool:
        """Whether the caller has stopped waiting."""
        return self.seconds_left <= 0


_NOTHING = Handled()
_current: ContextVar[Handled] = ContextVar("handled", default=_NOTHING)


def current() -> Handled:
    """Return what the running greenlet handles; empty outside of any message."""
    return _current.get()


def begin(handled: Handled) -> None:
    """Say what the running greenlet handles from now on. Each worker has a context of its own."""
    _current.set(handled)


def refuse_if_late() -> None:
    """Refuse to go on for a caller who has stopped waiting; asked again after every wait.

    Raises:
        Late: The deadline of what is handled has passed.
    """
    if current().late:
        raise Late("The service could not do this in time; nothing was changed. Try again.")
