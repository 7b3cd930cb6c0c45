"""Follow: what happens from now on."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NoReturn

from sakina_events.arrivals import event_in
from sakina_events.events import Event
from sakina_events.links import Delivery
from sakina_events.store import Place
from sakina_events.stream import Stream
from sakina_events.topics import meeting

_REMEMBERED = 10_000


def follow(url: str, topics: str | Sequence[str], handler: Callable[[Event], None]) -> NoReturn:
    """Call `handler` with each event that happens from now on, in order and once.

    A connection that is lost is made again, and misses nothing. What happens while this process
    is not there, it does not hear of: `replay` does.

    Args:
        url: The consumer's.
        topics: Patterns over event types: `khatma.# practice.session_logged.v1`.
        handler: Called with one event after another. What it raises ends the following. It
            should be done in less than a minute.

    Raises:
        Refused: The broker does not let this consumer in.
        ValueError: `url` is none, there are no topics, or no type could meet one of them.
    """
    wanted = meeting(topics)
    place: Place | None = None
    seen: OrderedDict[str, None] = OrderedDict()

    def apply(batch: Sequence[Delivery]) -> None:
        nonlocal place
        for delivery in batch:
            event = event_in(delivery)
            if event is not None and wanted(event.type) and event.id not in seen:
                handler(event)
                seen[event.id] = None
                if len(seen) > _REMEMBERED:
                    seen.popitem(last=False)
            place = Place(delivery.offset, delivery.event_id)

    Stream(url, "next", lambda: place, apply).read()
