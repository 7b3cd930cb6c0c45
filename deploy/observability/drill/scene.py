"""Where trouble is made, and by which hands."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import amqp
from people import Person

from sakina_local.definitions import ADMIN
from sakina_observability.watched import DATABASE, VHOST, Watched


@dataclass
class Scene:
    """What may be broken, and somebody who sees it.

    Attributes:
        watched: The system.
        somebody: A person with an account.
    """

    watched: Watched
    somebody: Person

    @property
    def system(self) -> Any:
        """The gateway and the services."""
        return self.watched.system

    def superuser(self) -> Any:
        """Connect to the database, for a block."""
        return closing(self.watched.postgres.address.connect(DATABASE))

    def sql(self, statement: str, *values: Any) -> None:
        """Carry out a statement."""
        with self.superuser() as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)

    @contextmanager
    def channel(self) -> Iterator[Any]:
        """Have a channel of a user who may do everything."""
        where = urlsplit(self.watched.broker.address.url(ADMIN, VHOST))
        connection = amqp.Connection(
            f"{where.hostname}:{where.port}", where.username, where.password, virtual_host=VHOST
        )
        connection.connect()
        with closing(connection):
            yield connection.channel()

    def publish(self, exchange: str, key: str, body: str, times: int = 1) -> None:
        """Publish a message."""
        with self.channel() as channel:
            for _ in range(times):
                channel.basic_publish(amqp.Message(body), exchange, key)
