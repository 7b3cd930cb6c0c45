"""Work that comes round: `every(seconds)` makes a method of a service class a sweep."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from nameko.extensions import register_entrypoint
from nameko.timer import Timer

log = logging.getLogger(__name__)

Service = TypeVar("Service")
Sweep = Callable[[Service], None]


def every(seconds: float) -> Callable[[Sweep[Service]], Sweep[Service]]:
    """Call a service's method every `seconds`, first after that long, in each instance.

    One that fails is logged and comes round again; it never ends the service.
    """

    def decorate(function: Sweep[Service]) -> Sweep[Service]:
        @wraps(function)
        def work(service: Service) -> None:
            try:
                function(service)
            except Exception:
                log.exception("%s failed; it comes round again", function.__name__)

        register_entrypoint(work, Timer(interval=seconds))
        return work

    return decorate
