"""How many messages a service gave up on: looked up now and then, told by its health."""

import logging
from contextlib import suppress
from typing import Any

import eventlet
from nameko.extensions import SharedExtension

from chassis.amqp.connection import CONNECT_SECONDS, connect
from chassis.amqp.queues import parked_queue

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0

_latest = 0


def parked() -> int:
    """Return how many messages were parked when this process last looked."""
    return _latest


class Backlog(SharedExtension):
    """Looks into the service's parking place, first at its start.

    It uses a connection of its own each time: asking for a queue that is not there closes the
    channel, which must not be one that requests come by.
    """

    def __init__(self) -> None:
        self._greenlet: Any = None

    def start(self) -> None:
        """Begin to look."""
        self._greenlet = self.container.spawn_managed_thread(self._run, identifier="backlog")

    def stop(self) -> None:
        """Look no more."""
        if self._greenlet is not None:
            self._greenlet.kill()

    kill = stop

    def _run(self) -> None:
        global _latest  # noqa: PLW0603 - one service in a process, one figure
        while True:
            try:
                with eventlet.Timeout(2 * CONNECT_SECONDS):
                    _latest = self._count()
            except (Exception, eventlet.Timeout) as error:
                log.debug("no look into the parking place: %s", error)
            eventlet.sleep(LOOK_SECONDS)

    def _count(self) -> int:
        service = self.container.service_name
        connection = connect(self.container.config["settings"].broker_url, f"{service} backlog")
        try:
            declared = connection.channel().queue_declare(parked_queue(service), passive=True)
            return int(declared.message_count)
        finally:
            with suppress(Exception):
                connection.close()
