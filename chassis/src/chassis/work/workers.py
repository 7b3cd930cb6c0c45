"""The greenlets that do the work: kept, since making one costs more than many a read."""

import sys
from collections.abc import Callable
from functools import cached_property
from typing import Any

import eventlet
from eventlet import hubs
from greenlet import GreenletExit, getcurrent
from nameko.extensions import SharedExtension

Work = Callable[[], None]


class Workers(SharedExtension):
    """Does the work of requests and events, each in a greenlet of its own.

    nameko would make a greenlet, a context and an instance of the service for each: three times
    what it takes to wake a greenlet that rests (docs/adr/0024). Its pool says how many may be at
    work. What work raises is our own mistake, and ends the service.
    """

    def __init__(self) -> None:
        super().__init__()
        self._resting: list[Any] = []
        self._at_work: set[Any] = set()

    @cached_property
    def service(self) -> Any:
        """The service, as all work is given it: what its dependencies give is for everybody."""
        service = self.container.service_cls()
        for provider in self.container.dependencies:
            setattr(service, provider.attr_name, provider.get_dependency(None))
        return service

    @cached_property
    def _places(self) -> Any:
        return self.container._worker_pool.sem

    @property
    def free(self) -> bool:
        """Whether there is a place without a wait."""
        return bool(self._places.counter > 0)

    def do(self, work: Work) -> None:
        """Have `work` done soon; waits for a place where there is none."""
        self._places.acquire()
        if self._resting:
            hubs.get_hub().schedule_call_global(0, self._resting.pop().switch, work)
        else:
            eventlet.spawn_n(self._live, work)

    def kill(self) -> None:
        """End what is at work, wherever it waits."""
        for greenlet in list(self._at_work):
            eventlet.kill(greenlet)

    def _live(self, work: Work) -> None:
        me, hub = getcurrent(), hubs.get_hub()
        while self._done(me, work):
            self._resting.append(me)
            work = hub.switch()

    def _done(self, me: Any, work: Work) -> bool:
        """Do `work`; return whether this greenlet may do more."""
        self._at_work.add(me)
        try:
            work()
        except GreenletExit:
            return False
        except BaseException:
            self.container.kill(sys.exc_info())
            return False
        finally:
            self._at_work.discard(me)
            self._places.release()
        return True
