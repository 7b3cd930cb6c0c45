"""Queues of handlers that a service had in an earlier release: deleted once nobody takes from them.

Nobody would, and each would keep every event of its type for ever.
"""

import logging
from contextlib import suppress
from typing import Any

import eventlet
from amqp.exceptions import NotFound
from nameko.extensions import DependencyProvider

from chassis.amqp.connection import CONNECT_SECONDS, connect
from chassis.amqp.queues import handler_queue, is_missing
from contracts.events import EventType

log = logging.getLogger(__name__)

# Instances of the earlier release take from them until the last of these has been replaced.
TRY_SECONDS = 30.0


class FormerHandlers(DependencyProvider):
    """Names the handlers that a service has no more; a class attribute of the service.

    What such a queue holds goes with it, so name a handler only when its events need no handling
    any more, or are handled by another. A release that is gone back to declares its queues anew.
    """

    def __init__(self, *handlers: tuple[EventType, str]) -> None:
        """Take each handler's event and the name that its method had."""
        self._handlers = handlers
        self._greenlet: Any = None

    def start(self) -> None:
        """Begin to delete, beside the service's work."""
        self._greenlet = self.container.spawn_managed_thread(self._run, identifier="former")

    def stop(self) -> None:
        """Leave the rest to the next start."""
        greenlet, self._greenlet = self._greenlet, None
        if greenlet is not None:
            greenlet.kill()

    kill = stop

    def _run(self) -> None:
        service = self.container.service_name
        left = [handler_queue(kind, service, method) for kind, method in self._handlers]
        try:
            while left:
                left = self._still_used(left)
                if left:
                    eventlet.sleep(TRY_SECONDS)
        finally:
            self._greenlet = None

    def _still_used(self, names: list[str]) -> list[str]:
        try:
            with eventlet.Timeout(2 * CONNECT_SECONDS):
                return [name for name in names if not self._deleted(name)]
        except (Exception, eventlet.Timeout) as error:
            log.debug("queues of former handlers stay for now: %s", error)
            return names

    def _deleted(self, name: str) -> bool:
        # Quorum queues know no deleting "if unused". To ask for one that is not there closes the
        # channel: a connection for each, as seldom as this is.
        url = self.container.config["settings"].broker_url
        connection = connect(url, f"{self.container.service_name} former handlers")
        try:
            channel = connection.channel()
            if channel.queue_declare(name, passive=True).consumer_count:
                return False
            channel.queue_delete(name)
            log.info("deleted the queue of a former handler: %s", name)
        except NotFound as error:
            return is_missing(error)
        finally:
            with suppress(Exception):
                connection.close()
        return True
