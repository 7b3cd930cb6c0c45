"""Taking a stream into the database, in order, once, by one instance: `takes_stream(…)`."""

import logging
from collections.abc import Callable
from typing import Any

from nameko.extensions import Entrypoint, register_entrypoint

from chassis.amqp.stream import FIRST, Stream, opened
from chassis.data.dedicated import Dedicated, dedicated
from chassis.events.relay import Relay
from chassis.events.taking import Find, Mark, Take, Taking, goes_on
from chassis.process.background import Background
from chassis.process.settings import ServiceSettings

log = logging.getLogger(__name__)

BACK_OFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
ELECTION_SECONDS = 0.25
STOP_SECONDS = 3.0
# The server notices in 20 s that the host of the one that takes has vanished, not in two hours.
_OPTIONS = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2"


def takes_stream(queue: str, find: Find, take: Take, *, saying: str) -> Callable[[Any], None]:
    """Return a part of a service class by which one instance takes a stream in.

    Messages come in their order, each once: where it goes on is kept with what it took. It goes on
    only where the message that it took last still stands; where it does not (the broker was made
    anew, or lost its newest messages), it begins with the oldest that there is. So `take` is to
    know again what it has taken before, however long ago.

    Args:
        queue: The stream queue, which must be there.
        find: See `Find`.
        take: See `Take`.
        saying: A fanout exchange. What `take` returns is published to it after the commit; after
            `taking.IDLE_SECONDS` without messages, too.
    """

    def stand(_: Any) -> None:
        """Nobody calls it: it stands for the stream in the service class."""

    register_entrypoint(stand, TakesStream(queue, find, take, saying))
    return stand


class TakesStream(Background, Entrypoint):
    """The nameko entrypoint of `takes_stream`: works where the service's relay is elected.

    Two may work for a moment, when the relay's turn passes on: `take` tells them by its mark.
    """

    PAUSES = BACK_OFF_SECONDS
    LAST_SECONDS = STOP_SECONDS
    relay = Relay()

    def __init__(self, queue: str, find: Find, take: Take, saying: str, **kwargs: Any) -> None:
        self._queue = queue
        self._title = f"the stream {queue}"
        self._find = find
        self._take = take
        self._saying = saying
        super().__init__(**kwargs)

    def _turn(self) -> None:
        if self._lasts():
            self._take_in()
        self._sleep(ELECTION_SECONDS)

    def _lasts(self) -> bool:
        return self.relay.elected and not self._stopping

    def _take_in(self) -> None:
        settings: ServiceSettings = self.container.config["settings"]
        name = f"sakina {self.container.service_name} {self._queue}"
        with dedicated(settings.database_url, name=name, options=_OPTIONS) as database:
            mark = self._find(database)
            if mark is not None:
                with opened(settings.broker_url, name, self._queue, mark.offset) as stream:
                    if goes_on(stream, mark):
                        self._taking(stream, database, mark)
                        return
                log.warning(
                    "message %d of the stream %s is not the one that was taken last: it is taken"
                    " from its beginning, and what was taken before is known again",
                    *(mark.offset, self._queue),
                )
            with opened(settings.broker_url, name, self._queue, FIRST) as stream:
                self._taking(stream, database, mark)

    def _taking(self, stream: Stream, database: Dedicated, mark: Mark | None) -> None:
        log.info("taking in the stream %s", self._queue)
        Taking(stream, database, mark, self._take, self._saying).go_on(self._lasts)
