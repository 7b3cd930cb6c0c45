"""Work that comes round: `every(…)` and `after_commits(…)` make it of a service's method."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import eventlet
from eventlet.event import Event
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint, register_entrypoint
from nameko.timer import Timer

from chassis.data.hands import Parts
from chassis.events.relay import Relay

log = logging.getLogger(__name__)

Sweep = Callable[..., Any]
"""Of the service's database, and by name alone of parts of the service class."""


def every(seconds: float, *sweeps: Sweep) -> Callable[[Any], None]:
    """Return a method of a service class that calls `sweeps`, one after the other.

    The first time is `seconds` after the start, in each instance. One that fails is logged and
    comes round again; it stops neither the others nor the service.
    """
    return _comes_round(Timer(interval=seconds), sweeps)


def after_commits(
    *sweeps: Sweep, at_most_every: float, at_least_every: float
) -> Callable[[Any], None]:
    """Return a method that calls `sweeps` for what they notice in the database, in one instance.

    It is called after transactions of any instance that announced something, when the instance
    begins its turn, and now and then without cause. One that fails is logged and comes round again.

    Args:
        sweeps: What is called, with the service's database.
        at_most_every: Seconds between the end of a call and the next one, however much happens.
        at_least_every: Seconds until it is called though nothing happened.
    """
    return _comes_round(AfterCommits(at_most_every, at_least_every), sweeps)


def _comes_round(entrypoint: Entrypoint, sweeps: Sequence[Sweep]) -> Callable[[Any], None]:
    parted = [(sweep, Parts(sweep)) for sweep in sweeps]

    def come_round(service: Any) -> None:
        for sweep, parts in parted:
            try:
                sweep(service.db, **parts.of(service))
            except Exception:
                log.exception("%s failed; it comes round again", sweep.__name__)

    register_entrypoint(come_round, entrypoint)
    return come_round


class AfterCommits(Entrypoint):
    """The nameko entrypoint of `after_commits`: works where the service's relay is elected."""

    relay = Relay()

    def __init__(self, at_most_every: float, at_least_every: float, **kwargs: Any) -> None:
        self._rest = at_most_every
        self._patience = at_least_every
        self._due = Event()
        self._greenlet: Any = None
        super().__init__(**kwargs)

    def setup(self) -> None:
        """Hear of what was committed."""
        self.relay.after_publishing.append(self._wake)

    def start(self) -> None:
        """Begin to wait for something to look at."""
        self._greenlet = self.container.spawn_managed_thread(self._run, identifier="after commits")

    def stop(self) -> None:
        """Begin no more work; what is at work ends as every worker does."""
        greenlet, self._greenlet = self._greenlet, None
        if greenlet is not None:
            greenlet.kill()

    kill = stop

    def _wake(self) -> None:
        if not self._due.ready():
            self._due.send(None)

    def _run(self) -> None:
        try:
            while True:
                self._due.wait(self._patience)
                self._due = Event()
                if self.relay.elected:
                    self._work()
                eventlet.sleep(self._rest)
        except ContainerBeingKilled:
            pass
        finally:
            self._greenlet = None

    def _work(self) -> None:
        done = Event()

        def ended(worker_ctx: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            done.send(None)
            return result, exc_info

        self.container.spawn_worker(self, (), {}, handle_result=ended)
        done.wait()
