"""Replay: all that happened since a moment, and all that happens, each applied once."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NoReturn

from sakina_events.arrivals import event_in
from sakina_events.events import Event
from sakina_events.links import Delivery
from sakina_events.since import Since
from sakina_events.store import Hands, Place, Store
from sakina_events.stream import Stream
from sakina_events.topics import meeting


def replay(
    url: str,
    since: Since,
    store: Store[Hands],
    handler: Callable[[Event, Hands], None],
    *,
    topics: str | Sequence[str] = "#",
) -> NoReturn:
    """Apply every event to the consumer's own database, once and in order, and then the live ones.

    The place is kept in the transaction of the effects. So whatever dies, and whenever, an event
    takes effect once; what a handler does outside of `store` is done again after a rollback.

    Args:
        url: The consumer's.
        since: Where to begin the first time: a moment with a time zone, from 1970 on, `"first"` for
            the first event that the stream holds, or `"next"`. Afterwards the store's place counts.
        store: Where the effects and the place are kept.
        handler: Applies an event by the store's hands. What it raises undoes what came with it,
            and ends the replay. It should be done in less than a minute.
        topics: Only events of these types.

    Raises:
        Refused: The broker does not let this consumer in.
        ValueError: `url` is none, `since` is nothing of that, there are no topics, or no type could
            meet one of them.
    """
    wanted = meeting(topics)
    oldest = since if isinstance(since, datetime) else None

    def apply(batch: Sequence[Delivery]) -> None:
        with store.transaction() as hands:
            for delivery in batch:
                event = event_in(delivery)
                if event is None or not wanted(event.type):
                    continue
                if oldest is not None and event.time < oldest:
                    continue  # a stream begins with whole chunks
                if store.first_time(hands, event.id):
                    handler(event, hands)
            store.move(hands, Place(batch[-1].offset, batch[-1].event_id))

    Stream(url, since, store.place, apply).read()
