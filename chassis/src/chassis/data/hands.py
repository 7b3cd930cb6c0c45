"""A use case as the chain calls it: its annotations say by which hands it reaches the database."""

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from chassis.data.database import Database, Reader, Transaction
from chassis.work.chain import Direct, Job

HANDS = (Reader, Transaction, Database)

Transact = Callable[[Callable[[Transaction], Any]], Any]
"""Does the work that it is given in a transaction, once, and returns what it answers."""


class Parts:
    """What a function takes by name alone: parts of the service class, such as a hasher."""

    def __init__(self, function: Callable[..., Any]) -> None:
        parameters = inspect.signature(function).parameters.values()
        self._names = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]

    def of(self, service: Any) -> dict[str, Any]:
        """Return those parts of `service`, by name."""
        return {name: getattr(service, name) for name in self._names}


class UseCase:
    """A function of a service's `usecases`.

    Its first argument says how it reaches the database: a `Reader` asks, a `Transaction` is
    committed with its record when the function returns, and a `Database` is for what takes several
    transactions. The second is what was said. Arguments by name alone are parts of the service.

    Attributes:
        name: The function's name.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        """Read the annotations of `function`.

        Raises:
            TypeError: The first argument is none of these.
        """
        parameters = list(inspect.signature(function).parameters.values())
        self._hands = get_type_hints(function).get(parameters[0].name)
        if self._hands not in HANDS:
            raise TypeError(f"{function.__qualname__}: the first argument is how it reaches data")
        self.name = function.__name__
        self._function = function
        self._parts = Parts(function)

    def __call__(self, job: Job | Direct, transact: Transact) -> Any:
        """Carry it out for `job`; in a transaction, where it wants one, that `transact` makes."""
        parts = self._parts.of(job.service)
        db: Database = job.service.db
        if self._hands is Transaction:
            return transact(lambda tx: self._function(tx, job.said, **parts))
        return self._function(db if self._hands is Database else db.reader, job.said, **parts)
