"""Messages that no program of ours sends: each kind must be given up on, and stop nobody."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import amqp

from sakina_chaos.story import FINISHED
from sakina_local.addresses import BrokerAddress
from sakina_local.definitions import ADMIN

JSON = "application/json"
EVENTS, REQUESTS = "khatma.events", "nameko-rpc"
HANDLER = f"evt-khatma-{FINISHED}--notify.part_completed"
LOG_SESSION = "practice.log_session"
PARKED = ("parked.auth", "parked.practice", "parked.khatma", "parked.notify")


@dataclass(frozen=True)
class Poison:
    """One kind: what it is, and where it is sent. Each reaches one queue."""

    says: str
    body: bytes
    exchange: str = EVENTS
    key: str = FINISHED
    content_type: str | bytes = JSON


def _envelope(**said: Any) -> bytes:
    sound = {
        "specversion": "1.0",
        "id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "source": "/sakina/khatma",
        "type": FINISHED,
        "subject": "poison/1",
        "time": "2026-01-01T00:00:00.000000Z",
        "dataschema": "/none",
        "datacontenttype": JSON,
        "sequence": 1,
        "data": {},
    }
    return json.dumps({**sound, **said}).encode()


KINDS = (
    Poison("no JSON", b"{"),
    Poison("nothing at all", b""),
    Poison("no object", b"[1, 2]"),
    Poison("no UTF-8", b'{"id": "\xff\xfe"}'),
    Poison("as deep as a well", b"[" * 20_000),
    Poison("another content type", _envelope(), content_type="text/plain"),
    Poison("a property that is no text", _envelope(), content_type=b"\xff\xfe"),
    Poison("an envelope without its fields", b'{"id": 7}'),
    Poison("another type than its key", _envelope(type="khatma.created.v1")),
    Poison("data that do not fit", _envelope()),
    Poison("past its exchange", _envelope(), exchange="", key=HANDLER),
    Poison("a request whose answer nobody waits for", b"{", REQUESTS, LOG_SESSION),
)


@contextmanager
def _channel(address: BrokerAddress, vhost: str) -> Iterator[Any]:
    connection = amqp.Connection(
        host=f"{address.host}:{address.port}",
        userid=ADMIN,
        password=address.passwords[ADMIN],
        virtual_host=vhost,
        confirm_publish=True,
        connect_timeout=5,
    )
    connection.connect()
    try:
        yield connection.channel()
    finally:
        connection.close()


def send(address: BrokerAddress, vhost: str, kinds: Sequence[Poison], times: int) -> int:
    """Send each kind `times` times, one after the other, and return how many that were."""
    with _channel(address, vhost) as channel:
        for _ in range(times):
            for kind in kinds:
                message = amqp.Message(kind.body, content_type=kind.content_type, delivery_mode=2)
                channel.basic_publish(message, kind.exchange, kind.key)
    return times * len(kinds)


def parked(address: BrokerAddress, vhost: str) -> int:
    """Return how many messages were given up on."""
    with _channel(address, vhost) as channel:
        counts = (channel.queue_declare(queue, passive=True) for queue in PARKED)
        return sum(int(each.message_count) for each in counts)
