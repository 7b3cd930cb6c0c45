"""Errands: work outside of any transaction, much of it at a time, that a database keeps.

Each instance takes what is due under a lease, carries it out, and settles it. What an instance had
that died is due again when its lease is over, or before, when another one finds it gone: so an
errand is run at least once.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, Protocol, TypeVar

import eventlet
from eventlet.event import Event
from greenlet import GreenletExit
from nameko.extensions import Entrypoint, register_entrypoint

from chassis.data.database import Database, Reader, Transaction, engine
from chassis.process import backoff
from chassis.process.settings import ServiceSettings

log = logging.getLogger(__name__)

SHORTEST_POLL = 0.01
# After some six seconds without any. Most systems have none most of the time, and asking ten times
# a second was half of what an idle service did.
LONGEST_POLL = 1.0
GROWTH = 1.2
BACK_OFF_SECONDS = (0.2, 0.5, 1.0, 2.0)
LAST_SECONDS = 3.0
"""What is under way when the service stops has so long to end."""
LOOK_SECONDS = 1.0
"""So often each instance looks whether one is missing."""

# Nothing waits for the disk: what a crash of the database takes back is run again at worst.
_OPTIONS = "-c synchronous_commit=off"

Taken = TypeVar("Taken")
Settled = TypeVar("Settled")


class Errands(Protocol[Taken, Settled]):
    """What is to be done, in the words of its service."""

    def is_due(self, reader: Reader) -> bool:
        """Tell whether there may be something to take; asked often, so it is one short read."""

    def take(self, tx: Transaction, most: int) -> Sequence[Taken]:
        """Take up to `most` under a lease."""

    def carry_out(self, taken: Taken) -> Settled:
        """Do it, in a greenlet of its own and with no connection to the database.

        Where it raises, that is logged, and it is due again when its lease is over.
        """

    def give_up(self, taken: Taken) -> Settled:
        """Say what is settled of one that did not end before the service did."""

    def settle(self, tx: Transaction, settled: Sequence[Settled]) -> None:
        """Write down what came of some. What lost its lease is passed over."""

    def is_missing(self, reader: Reader) -> bool:
        """Tell whether an instance may be gone, or this one is not known to the others.

        Asked every second by each, so it is one short read. It is asked on the connection on which
        this instance takes and settles, and no other has a session of the same.
        """

    def take_over(self, tx: Transaction) -> None:
        """Make this instance known, and let what those had who are gone be due."""


def runs_errands(
    make: Callable[[Any], Errands[Any, Any]], *, at_once: int
) -> Callable[[Any], None]:
    """Return a part of a service class that runs errands in every instance.

    Args:
        make: Returns them, of the service's settings.
        at_once: How many are under way in one instance; each is a greenlet, and none of them
            takes a worker of the service's or a connection of its pool.
    """

    def run(service: Any) -> None:
        raise NotImplementedError("errands have no workers")

    register_entrypoint(run, Runner(make, at_once))
    return run


class Runner(Entrypoint):
    """The nameko entrypoint of `runs_errands`."""

    def __init__(
        self, make: Callable[[Any], Errands[Any, Any]], at_once: int, **kwargs: Any
    ) -> None:
        self._make = make
        self._at_once = at_once
        self._greenlet: Any = None
        self._stopping = False
        self._under_way: dict[Any, Any] = {}
        self._settled: list[Any] = []
        self._looks_at = 0.0
        self._awake = Event()
        super().__init__(make, at_once, **kwargs)

    def setup(self) -> None:
        """Make the errands; where that raises, the service does not start."""
        settings: ServiceSettings = self.container.config["settings"]
        self._errands = self._make(settings)
        name = f"sakina {self.container.service_name} errands"
        own = engine(settings.database_url, pool_size=1, name=name, options=_OPTIONS)
        self._database = Database(own)

    def start(self) -> None:
        """Begin to take what is due."""
        self._greenlet = self.container.spawn_managed_thread(self._run, identifier="errands")

    def stop(self) -> None:
        """Take nothing more; settle what ends soon, and give up the rest."""
        self._stopping = True
        self._wake()
        greenlet, self._greenlet = self._greenlet, None
        if greenlet is not None:
            with suppress(GreenletExit):
                greenlet.wait()
        self._database.close()

    def kill(self) -> None:
        """End at once: what is under way is due again when its lease is over."""
        self._stopping = True
        for greenlet in (*self._under_way, self._greenlet):
            if greenlet is not None:
                greenlet.kill()
        self._greenlet = None

    def _wake(self) -> None:
        if not self._awake.ready():
            self._awake.send(None)

    def _run(self) -> None:
        failures, pause = 0, SHORTEST_POLL
        while not self._stopping:
            self._awake = Event()
            try:
                # What fails to be taken does not keep what has ended from being settled.
                did = self._settle() if failures else False
                did = self._round() or did
                # Afterwards: where it fails, what is due is sent all the same.
                did = self._look() or did
                pause = SHORTEST_POLL if did else min(pause * GROWTH, LONGEST_POLL)
                failures = 0
            except Exception as error:
                log.warning("errands pause: %s", str(error).partition("\n")[0])
                pause = backoff.pause(BACK_OFF_SECONDS, failures)
                failures += 1
            if not self._settled or failures:
                self._awake.wait(pause)
        self._end()

    def _round(self) -> bool:
        """Settle what has ended, and take what is due; tell whether there was anything.

        In one transaction, for what was behind one that has ended is often due then.
        """
        free = self._at_once - len(self._under_way)
        if not self._settled and not (free and self._errands.is_due(self._database.reader)):
            return False
        with self._to_settle() as settled:
            taken = self._database.transact(lambda tx: self._exchange(tx, settled, free))
        for each in taken:
            greenlet = eventlet.spawn(self._carry_out, each)
            self._under_way[greenlet] = each
            greenlet.link(self._ended)
        return bool(settled or taken)

    def _exchange(self, tx: Transaction, settled: list[Any], free: int) -> Sequence[Any]:
        if settled:
            self._errands.settle(tx, settled)
        return self._errands.take(tx, free) if free else ()

    def _look(self) -> bool:
        """Look now and then whether an instance is missing, and tell whether one is."""
        if monotonic() < self._looks_at:
            return False
        missing = self._errands.is_missing(self._database.reader)
        if missing:
            self._database.transact(self._errands.take_over)
        self._looks_at = monotonic() + LOOK_SECONDS
        return missing

    def _settle(self) -> bool:
        with self._to_settle() as settled:
            if settled:
                self._database.transact(lambda tx: self._errands.settle(tx, settled))
        return bool(settled)

    @contextmanager
    def _to_settle(self) -> Iterator[list[Any]]:
        settled, self._settled = self._settled, []
        try:
            yield settled
        except Exception:
            self._settled = [*settled, *self._settled]  # to be written down when that is possible
            raise

    def _carry_out(self, taken: Any) -> Any:
        try:
            return self._errands.carry_out(taken)
        except Exception:
            log.exception("an errand failed; it is due again when its lease is over")
            return None

    def _ended(self, greenlet: Any) -> None:
        taken = self._under_way.pop(greenlet)
        try:
            settled = greenlet.wait()
        except GreenletExit:
            settled = self._errands.give_up(taken)
        if settled is not None:
            self._settled.append(settled)
        self._wake()

    def _end(self) -> None:
        with eventlet.Timeout(LAST_SECONDS, False):
            for greenlet in list(self._under_way):
                greenlet.wait()
        for greenlet in list(self._under_way):
            greenlet.kill()
        try:
            self._settle()
        except Exception as error:
            log.warning("errands are not settled: %s", str(error).partition("\n")[0])
