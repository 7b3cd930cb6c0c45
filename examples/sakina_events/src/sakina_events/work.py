"""Share: one queue of events for several workers."""

from collections.abc import Callable
from typing import Any, NoReturn, overload

from sakina_events.absence import Absence
from sakina_events.arrivals import event_in
from sakina_events.events import Event
from sakina_events.links import Delivery, Link, Lost, NoQueue, Refused
from sakina_events.store import Hands, Store
from sakina_events.urls import name_in

_MOST_HELD = 65_535
"""AMQP says the number in two bytes, of which 0 would be: without a bound."""


@overload
def share(
    url: str, name: str, handler: Callable[[Event], None], *, prefetch: int = ...
) -> NoReturn: ...
@overload
def share(
    url: str,
    name: str,
    handler: Callable[[Event, Hands], None],
    *,
    store: Store[Hands],
    prefetch: int = ...,
) -> NoReturn: ...
def share(
    url: str,
    name: str,
    handler: Callable[..., None],
    *,
    store: Store[Any] | None = None,
    prefetch: int = 20,
) -> NoReturn:
    """Take events from the queue that all workers of a consumer share; each goes to one of them.

    An event is acknowledged once the handler has returned. It comes again, to this worker or
    another, where that did not come about: at least once, and with a store exactly once.
    Workers do not keep the order of a subject's events; `Event.sequence` tells it.

    Args:
        url: The consumer's.
        name: The consumer's name, after which its queue is called: `sub.<name>`.
        handler: Called with an event, and with a store by its hands. What it raises ends the
            worker, and the event goes back to the queue.
        store: Where the effects are kept, and which events took effect.
        prefetch: How many events this worker may hold, from 1 to 65,535.

    Raises:
        Refused: The broker does not let this consumer in, or it has no such queue.
        ValueError: `url` is none, or `prefetch` no such number.
    """
    if type(prefetch) is not int or not 1 <= prefetch <= _MOST_HELD:
        raise ValueError(f"prefetch is a whole number from 1 to {_MOST_HELD}, not {prefetch!r}")
    absence = Absence()
    queue = f"sub.{name}"
    while True:
        worker = _Worker(handler, store)
        link = worker.link = Link(
            url, queue, worker.receive, prefetch=prefetch, on_consuming=absence.over
        )
        try:
            link.run()
        except NoQueue as missing:
            raise Refused(
                f"the consumer {name_in(url)!r} is not let in to the queue {queue!r}: it was "
                f"removed, or never added, or the queue is another's ({missing})"
            ) from missing
        except Lost as loss:
            absence.wait(loss)


class _Worker:
    link: Link

    def __init__(self, handler: Callable[..., None], store: Store[Any] | None) -> None:
        self._handler = handler
        self._store = store

    def receive(self, delivery: Delivery) -> None:
        event = event_in(delivery)
        if event is not None:
            self._apply(event)
        self.link.acknowledge(delivery)

    def _apply(self, event: Event) -> None:
        if self._store is None:
            self._handler(event)
            return
        with self._store.transaction() as hands:
            if self._store.first_time(hands, event.id):
                self._handler(event, hands)
