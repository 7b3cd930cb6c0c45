"""The exchanges and queues of a service: their names, and their arguments in full.

A queue is never redeclared with another argument (the broker refuses it with 406): a changed
argument is a new queue name, and the old queue is drained and deleted by hand.
"""

from collections.abc import Sequence
from typing import Any

from amqp.exceptions import NotFound

from contracts.events import EventType

RPC_EXCHANGE = "nameko-rpc"
DEAD_LETTERS = "sakina.dlx"
ACTIVITY = "activity"
"""The stream that every event passes; it comes from the broker's definitions."""
RETRIES = 3
RETRY_SECONDS = (1.0, 10.0, 60.0)
# High, since a killed consumer counts against everything that it had prefetched. Failures of
# handlers are counted in the header x-attempt instead.
DELIVERY_LIMIT = 100


def rpc_queue(service: str) -> str:
    """Return the queue of requests to `service`."""
    return f"rpc-{service}"


def handler_queue(event_type: EventType, service: str, method: str) -> str:
    """Return the queue of a handler, named as nameko 2.14 names it."""
    return f"evt-{event_type.source}-{event_type.wire_name}--{service}.{method}"


def wait_exchange(service: str, attempt: int, seconds: float) -> str:
    """Return the fanout exchange to wait in before the `attempt`-th retry, 1 to 3.

    One for each queue: what waits in two comes back twice.
    """
    return f"{service}.wait.{attempt}{_unusual(attempt, seconds)}"


def back_exchange(service: str) -> str:
    """Return the direct exchange by which events come back to the queue they are keyed with."""
    return f"{service}.back"


def parked_queue(service: str) -> str:
    """Return the queue of what `service` gave up on; it comes from the broker's definitions."""
    return f"parked.{service}"


def wait_queue(service: str, attempt: int, seconds: float) -> str:
    """Return the queue to wait in; other seconds than the usual ones are part of its name."""
    return f"wait.{service}.{attempt}{_unusual(attempt, seconds)}"


def _unusual(attempt: int, seconds: float) -> str:
    usual = seconds == RETRY_SECONDS[attempt - 1]
    return "" if usual else f".{int(seconds * 1000)}ms"


def is_down(connection: Any, queue: str) -> bool:
    """Return whether `queue` is there, but takes nothing yet.

    A broker that has just started lets everybody in before its streams run, for some tenths of a
    second, and what is published to one meanwhile it confirms and drops (seen in RabbitMQ 3.10).

    Args:
        connection: An `amqp.Connection` that nobody else reads.
        queue: Its name.
    """
    channel = connection.channel()
    try:
        channel.queue_declare(queue, passive=True)
    except NotFound as error:
        return not is_missing(error)
    channel.close()
    return False


def is_missing(error: NotFound) -> bool:
    """Return whether there is no such queue. The other reason for a 404: it is not up yet."""
    return "no queue" in str(error)


def declare_rpc(channel: Any, service: str) -> str:
    """Declare and bind the queue of requests to `service`; return its name.

    It is classic and has no dead-letter exchange: a request, which may hold a password, outlives
    its caller by nothing.
    """
    queue = rpc_queue(service)
    channel.queue_declare(queue, durable=True, auto_delete=False)
    channel.queue_bind(queue, RPC_EXCHANGE, f"{service}.*")
    return queue


def declare_retries(channel: Any, service: str, seconds: Sequence[float]) -> None:
    """Declare where failed events wait, and the exchange by which they come back."""
    back = back_exchange(service)
    channel.exchange_declare(back, "direct", durable=True, auto_delete=False)
    for attempt, wait in enumerate(seconds, start=1):
        exchange = wait_exchange(service, attempt, wait)
        queue = wait_queue(service, attempt, wait)
        channel.exchange_declare(exchange, "fanout", durable=True, auto_delete=False)
        channel.queue_declare(
            queue,
            durable=True,
            auto_delete=False,
            arguments={
                "x-queue-type": "quorum",
                "x-message-ttl": int(wait * 1000),
                "x-dead-letter-exchange": back,
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            },
        )
        channel.queue_bind(queue, exchange)


def declare_handler(channel: Any, event_type: EventType, service: str, method: str) -> str:
    """Declare and bind the queue of a handler; return its name."""
    queue = handler_queue(event_type, service, method)
    channel.queue_declare(
        queue,
        durable=True,
        auto_delete=False,
        arguments={
            "x-queue-type": "quorum",
            "x-dead-letter-exchange": DEAD_LETTERS,
            "x-dead-letter-routing-key": service,
            "x-dead-letter-strategy": "at-least-once",
            # Without it the broker silently falls back to at-most-once.
            "x-overflow": "reject-publish",
            "x-delivery-limit": DELIVERY_LIMIT,
        },
    )
    channel.queue_bind(queue, event_type.exchange, event_type.wire_name)
    channel.queue_bind(queue, back_exchange(service), queue)
    return queue
