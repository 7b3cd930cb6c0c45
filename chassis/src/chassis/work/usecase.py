"""A use case as the chain calls it: its annotations say what it needs."""

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from chassis.data.database import Database, Reader, Transaction
from chassis.work.chain import Job

HANDS = (Reader, Transaction, Database)


class UseCase:
    """A function of a service's `usecases`.

    Its first argument says how it reaches the database: a `Reader` asks, a `Transaction` is
    committed with its record when the function returns, and a `Database` is for what takes several
    transactions. The second is what was said. Arguments by name alone are parts of the service
    class, such as a hasher.

    Attributes:
        hands: The type of the first argument.
        name: The function's name.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        """Read the annotations of `function`.

        Raises:
            TypeError: The first argument is none of these.
        """
        parameters = list(inspect.signature(function).parameters.values())
        self.hands = get_type_hints(function).get(parameters[0].name)
        if self.hands not in HANDS:
            raise TypeError(f"{function.__qualname__}: the first argument is how it reaches data")
        self.name = function.__name__
        self._function = function
        self._parts = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]

    def __call__(self, job: Job) -> Any:
        """Carry it out, with what `job` holds."""
        parts = {name: getattr(job.service, name) for name in self._parts}
        return self._function(job.hands, job.said, **parts)
