"""Work that goes on beside requests and events: a greenlet of the service's, turn after turn."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar

import eventlet
from eventlet.event import Event
from greenlet import GreenletExit

from chassis.process import backoff


class Background(ABC):
    """The life of an extension of nameko's that works in turns; mixed in before it.

    A turn that fails is logged, and the next one follows after a pause that grows with the
    failures in a row. What fails outside of a turn ends the service.
    """

    PAUSES: ClassVar[Sequence[float]]
    """Seconds after the first failure in a row, the second and so on."""
    LAST_SECONDS: ClassVar[float]
    """How long the turn at work may take once told to stop."""

    container: Any
    _title: str
    """What the log calls it."""

    def __init__(self, **kwargs: Any) -> None:
        self._greenlet: Any = None
        self._stopping = False
        self._stop_asked = Event()
        super().__init__(**kwargs)

    @abstractmethod
    def _turn(self) -> None:
        """Work, until it is told to stop or there is a reason to begin anew."""

    def start(self) -> None:
        """Begin."""
        self._greenlet = self.container.spawn_managed_thread(self._run, identifier=self._title)

    def stop(self) -> None:
        """Let the turn at work come to its end, for a while, and end."""
        self._stopping = True
        if not self._stop_asked.ready():
            self._stop_asked.send(None)
        greenlet = self._greenlet
        if greenlet is not None:
            with suppress(GreenletExit), eventlet.Timeout(self.LAST_SECONDS, False):
                greenlet.wait()
            self.kill()

    def kill(self) -> None:
        """End at once."""
        self._stopping = True
        if self._greenlet is not None:
            self._greenlet.kill()

    def _run(self) -> None:
        try:
            self._take_turns()
        finally:
            # A greenlet that has ended may be the one that kills the container: not to be killed.
            self._greenlet = None

    def _take_turns(self) -> None:
        failures = 0
        while not self._stopping:
            try:
                self._turn()
                failures = 0
            except Exception as error:
                why = str(error).partition("\n")[0] or type(error).__name__
                logging.getLogger(type(self).__module__).warning("%s pauses: %s", self._title, why)
                self._sleep(backoff.pause(self.PAUSES, failures))
                failures += 1

    def _sleep(self, seconds: float) -> None:
        """Rest, for no longer than it is not told to stop."""
        self._stop_asked.wait(seconds)
