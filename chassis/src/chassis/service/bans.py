"""What a service class may not use of nameko, and what to use instead."""

import inspect
from typing import Any

from nameko.events import EventDispatcher, EventHandler
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR
from nameko.messaging import Consumer, Publisher
from nameko.rpc import Rpc, RpcProxy

_DEPENDENCIES = {
    EventDispatcher: "it publishes apart from the commit: chassis.data.outbox.announce",
    Publisher: "it publishes apart from the commit: chassis.data.outbox.announce",
    RpcProxy: "no service calls another, and it has no time-out: let the gateway compose",
}
_ENTRYPOINTS = {
    Rpc: "malformed requests kill it: chassis.rpc.answers.answers",
    EventHandler: "it loses events that fail: chassis.events.follows.follows",
    Consumer: "it loses messages that fail: chassis.events.follows.follows",
}


def check(service: type) -> None:
    """Check that `service` is built from the chassis' parts.

    Raises:
        TypeError: It uses a part of nameko's own; the text says which, and what to use.
    """
    for name, member in inspect.getmembers(service):
        _check(f"{service.__name__}.{name}", member, _DEPENDENCIES)
        for entrypoint in getattr(member, ENTRYPOINT_EXTENSIONS_ATTR, ()):
            _check(f"{service.__name__}.{name}", entrypoint, _ENTRYPOINTS)


def _check(where: str, part: Any, banned: dict[type, str]) -> None:
    for kind, instead in banned.items():
        if isinstance(part, kind):
            raise TypeError(f"{where} uses nameko's {kind.__name__}: {instead}")
