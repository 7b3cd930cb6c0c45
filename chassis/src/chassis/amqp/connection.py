"""A connection to RabbitMQ that several greenlets may write to while one reads."""

import socket
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
import eventlet
from eventlet import hubs

from chassis.amqp.confirms import Confirms
from chassis.amqp.incoming import Incoming

CONNECT_SECONDS = 5.0
HEARTBEAT_SECONDS = 15
# A write shares the socket's time-out with the read that waits: it fails after this long.
READ_SECONDS = 2.0
CLOSE_SECONDS = 2.0

LOST: tuple[type[Exception], ...] = (
    OSError,
    *amqp.Connection.connection_errors,
    *amqp.Connection.channel_errors,
)
"""What writing to a connection raises once it is gone."""


class _Connection(amqp.Connection):
    # With "connection.blocked" every publish would first read from the socket, in the publishing
    # greenlet, beside the one that reads already: frames would be torn.
    negotiate_capabilities = {  # noqa: RUF012
        "consumer_cancel_notify": True,
        "authentication_failure_close": True,
    }


class BrokerConnection:
    """One connection with two channels: for consuming and replying, and for confirmed publishing.

    Any greenlet may write; only one may `read`.

    Attributes:
        channel: Consumes, acknowledges and replies; nothing is confirmed on it.
        confirms: Publishes what must not be lost.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._incoming = Incoming(connection)
        self.channel = connection.channel()
        self.channel.auto_decode = False  # bodies stay bytes, whatever encoding they claim
        self.confirms = Confirms(connection.channel())

    @classmethod
    def connect(cls, url: str, name: str) -> "BrokerConnection":
        """Connect to the broker at `url` (amqp:// or amqps://), shown there as `name`.

        Raises:
            OSError: The broker is away.
            amqp.exceptions.AMQPError: It refuses the user, the password or the virtual host.
        """
        connection = connect(url, name)
        connection.transport._write = _Outgoing(connection.transport).write
        try:
            return cls(connection)
        except BaseException:
            connection.collect()
            raise

    def read(self, beat: Callable[[], None] = lambda: None) -> None:
        """Take in what the broker sends, and keep up heartbeats, until the line is lost.

        Args:
            beat: Called every second or two as long as the line is good.

        Raises:
            Exception: The line is lost; what was waiting for a confirm has been told.
        """
        next_beat = monotonic() + 1
        try:
            self._connection.transport.sock.settimeout(READ_SECONDS)
            while True:
                self._incoming.hand_on()
                self._incoming.wait()
                if monotonic() >= next_beat:
                    next_beat = monotonic() + 1
                    self._connection.heartbeat_tick()
                    beat()
        except Exception as error:
            self.confirms.lost(error)
            raise

    def take_in(self, seconds: float) -> None:
        """Take in what the broker has sent by now, waiting for the first of it.

        For one that reads by itself when it has time, in place of `read`; it does so now and then,
        which keeps up heartbeats.

        Args:
            seconds: How long it waits at most, where there is nothing.

        Raises:
            Exception: The line is lost.
        """
        self._connection.heartbeat_tick()
        if self._incoming.hand_on():
            seconds = 0
        while self._incoming.wait(seconds):
            self._incoming.hand_on()
            seconds = 0  # also behind a part of a frame, whose rest the next call waits for

    def close(self) -> None:
        """Say goodbye to the broker, within two seconds. Nobody may be reading."""
        with suppress(Exception), eventlet.Timeout(CLOSE_SECONDS, False):
            self._connection.close()
        self.drop()

    def drop(self) -> None:
        """Close the socket; the broker takes back what was not acknowledged."""
        self.confirms.lost(ConnectionError("the connection was closed"))
        with suppress(Exception):
            self._connection.collect()


def connect(url: str, name: str, *, confirm: bool = False) -> Any:
    """Return an open `amqp.Connection` to the broker at `url`, shown there as `name`.

    Args:
        url: With user and password, amqp:// or amqps://.
        name: Shown by the broker.
        confirm: Whether each publish waits for its confirm. Only for a connection with one user.

    Raises:
        OSError: The broker is away.
        amqp.exceptions.AMQPError: It refuses the user, the password or the virtual host.
    """
    parts = urlsplit(url)
    connection = _Connection(
        host=f"{parts.hostname}:{parts.port or (5671 if parts.scheme == 'amqps' else 5672)}",
        userid=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        login_method="PLAIN",
        virtual_host=unquote(parts.path[1:]) or "/",
        ssl={"server_hostname": parts.hostname} if parts.scheme == "amqps" else False,
        connect_timeout=CONNECT_SECONDS,
        heartbeat=HEARTBEAT_SECONDS,
        confirm_publish=confirm,
        client_properties={"connection_name": name},
        socket_settings={socket.TCP_USER_TIMEOUT: 10_000},
    )
    connection.connect()
    return connection


class _Outgoing:
    """Sends what was written since the last look in one go: a reply and its ack share a packet.

    A write never waits, so it is never cut in two; where sending fails, the socket is shut and
    the reader finds the connection lost.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._send = transport._write
        # Beneath a green socket is one that never waits; beneath one with TLS there is none.
        self._plain = getattr(transport.sock, "fd", None)
        self._pending = bytearray()
        self._sending = False
        self._failure: Exception | None = None

    def write(self, data: bytes | memoryview) -> None:
        """Send `data` soon. Raises OSError where sending has failed before."""
        if self._failure is not None:
            raise OSError("the connection is lost") from self._failure
        self._pending += data
        if not self._sending:
            self._sending = True
            hubs.get_hub().schedule_call_global(0, self._flush)

    def _flush(self) -> None:
        """Send what the socket takes without a wait, as the hub itself must; a greenlet the rest.

        A greenlet for each flush would cost more than the flush.
        """
        try:
            if self._plain is not None:
                del self._pending[: self._plain.send(self._pending)]
        except BlockingIOError:
            pass
        except Exception as error:
            self._fail(error)
        if self._pending and self._failure is None:
            eventlet.spawn_n(self._flush_all)
        else:
            self._sending = False

    def _flush_all(self) -> None:
        try:
            while self._pending:
                data, self._pending = self._pending, bytearray()
                self._send(data)
        except Exception as error:
            self._fail(error)
        finally:
            self._sending = False

    def _fail(self, error: Exception) -> None:
        self._failure = error
        shut(self._transport)


def shut(transport: Any) -> None:
    """Shut the socket of `transport`, so that whoever reads from it wakes."""
    if transport.sock is not None:
        with suppress(OSError):
            transport.sock.shutdown(socket.SHUT_RDWR)


def address(url: str) -> str:
    """Return the host and port of `url`, without user and password, for logs."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"
