"""What a service class gives its use cases to work with, as nameko dependencies."""

from collections.abc import Callable
from typing import Any

from nameko.extensions import DependencyProvider

from chassis.data.database import Database
from chassis.events.relay import Relay
from chassis.process.settings import ServiceSettings
from chassis.service import state


class DatabaseProvider(DependencyProvider):
    """Gives the service's methods its `Database`, and publishes what they put into its outbox."""

    database: Database
    relay = Relay()

    def setup(self) -> None:
        """Make the pool: a connection for each worker, made when first needed."""
        settings: ServiceSettings = self.container.config["settings"]
        self.database = Database.connect(
            settings.database_url,
            pool_size=settings.max_workers,
            name=f"sakina {self.container.service_name}",
        )
        self.database.after_commit.append(self.relay.wake)
        state.show(self.database)

    def stop(self) -> None:
        """Close the pool after the last worker is done."""
        self.database.close()

    def get_dependency(self, worker_ctx: Any) -> Database:
        """Return the database that all workers share."""
        return self.database


class Part(DependencyProvider):
    """Gives all workers one thing, made of the service's settings at its start.

    Use cases name it as an argument by name alone, as the service class does.
    """

    def __init__(self, make: Callable[[Any], Any], **kwargs: Any) -> None:
        """Let `make` make it; where that raises, the service does not start."""
        self._make = make
        super().__init__(**kwargs)

    def setup(self) -> None:
        """Make it, once."""
        self._part = self._make(self.container.config["settings"])

    def get_dependency(self, worker_ctx: Any) -> Any:
        """Return it."""
        return self._part
