"""A consumer as the broker is told of it: its user, its permissions, its stream and its queue."""

import re
from collections.abc import Sequence
from typing import Any

from sakina_stack import verifiers

TAG = "consumer"
"""By it a consumer is told from the users of Sakina's own processes."""
EXCHANGE = "sakina.activity"
EVERYTHING = "activity"
"""The stream of all events; every other consumer's is `activity.<name>`."""
LIMITS = {"max-connections": 20, "max-channels": 100}

MOST_WAITING = 100_000
_STREAM = {
    "x-queue-type": "stream",
    "x-max-age": "30D",
    "x-max-length-bytes": 2_000_000_000,
    "x-stream-max-segment-size-bytes": 50_000_000,
}
_QUEUE = {
    "x-queue-type": "quorum",
    # Never to be refused: a queue that refuses would have every event published again.
    "x-overflow": "drop-head",
    "x-max-length-bytes": 100_000_000,
    "x-message-ttl": 7 * 24 * 3_600_000,
    # Each time a worker dies, all that it held counts as tried once more.
    "x-delivery-limit": 1_000_000,
}


def definitions(
    name: str, topics: Sequence[str], password: str, vhost: str, most_waiting: int = MOST_WAITING
) -> dict[str, Any]:
    """Return a consumer as `rabbitmqctl import_definitions` takes it.

    Args:
        name: The consumer's.
        topics: What it hears of; `#` alone for everything.
        password: In the clear; the broker is told a salted hash.
        vhost: The virtual host.
        most_waiting: How many events its queue holds.
    """
    everything = topics == ["#"]
    stream = EVERYTHING if everything else f"{EVERYTHING}.{name}"
    made = {} if everything else {stream: _STREAM}
    made[queue_of(name)] = {**_QUEUE, "x-max-length": most_waiting}
    readable = "|".join(re.escape(queue) for queue in (stream, queue_of(name)))
    return {
        "users": [user(name, password)],
        "permissions": [
            {
                "user": name,
                "vhost": vhost,
                "configure": "^$",
                "write": "^$",
                "read": f"^({readable})$",
            }
        ],
        "queues": [
            {
                "name": queue,
                "vhost": vhost,
                "durable": True,
                "auto_delete": False,
                "arguments": arguments,
            }
            for queue, arguments in made.items()
        ],
        "bindings": [
            {
                "source": EXCHANGE,
                "vhost": vhost,
                "destination": queue,
                "destination_type": "queue",
                "routing_key": topic,
                "arguments": {},
            }
            for queue in made
            for topic in topics
        ],
    }


def user(name: str, password: str) -> dict[str, Any]:
    """Return a consumer's user, with the bounds of what it may open."""
    return {
        "name": name,
        "password_hash": verifiers.rabbitmq(password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": [TAG],
        "limits": LIMITS,
    }


def queue_of(name: str) -> str:
    """Return the name of a consumer's queue for sharing work."""
    return f"sub.{name}"
