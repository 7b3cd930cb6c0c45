"""What a user of the broker tries, and whether the broker refuses it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import amqp


@contextmanager
def connected(url: str) -> Iterator[amqp.Connection]:
    account, _, place = url.removeprefix("amqp://").partition("@")
    user, _, password = account.partition(":")
    host, _, vhost = place.partition("/")
    connection = amqp.Connection(host, user, password, virtual_host=vhost)
    connection.connect()
    try:
        yield connection
    finally:
        connection.close()


def refused(connection: amqp.Connection, attempt: Callable[[amqp.Channel], object]) -> bool:
    channel = connection.channel()
    try:
        attempt(channel)
    except amqp.AccessRefused:
        return True
    channel.close()
    return False


def publish(channel: amqp.Channel, exchange: str, key: str, **headers: list[str]) -> None:
    channel.confirm_select()
    message = amqp.Message("forged", application_headers=headers)
    channel.basic_publish_confirm(message, exchange=exchange, routing_key=key)
