"""A connection to RabbitMQ that several greenlets may write to while one reads."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
import amqp.transport
import eventlet
from eventlet import hubs

from chassis.amqp.confirms import Confirms

CONNECT_SECONDS = 5.0
HEARTBEAT_SECONDS = 15
# A write shares the socket's time-out with the read that waits: it fails after this long.
READ_SECONDS = 2.0
CLOSE_SECONDS = 2.0
_CHUNK = 16_384
# Of a frame (AMQP 0-9-1, 4.2.3): type, channel and size before what it carries, an octet behind it.
_SIZE, _AROUND = slice(3, 7), 8

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
        self._incoming = _Incoming(connection.transport)
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
            # Once: the library would set it and take it back around each frame.
            self._connection.transport.sock.settimeout(READ_SECONDS)
            while True:
                with suppress(TimeoutError):
                    self._connection.drain_events()
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
        if seconds and not self._incoming.has_frame():
            with suppress(TimeoutError):
                self._connection.blocking_read(seconds)
        while self._incoming.has_frame():
            self._connection.on_inbound_frame(self._connection.transport.read_frame())

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
    if _is_plain(connection.transport):
        _read_in_chunks(connection.transport)
    return connection


class _Incoming:
    """Says whether a frame has come as a whole, so that reading it waits for nothing.

    The library sets the socket's time-out and takes it back around each frame: for one that reads
    many at once that was more than a third of what it did. And of a frame that has come in part it
    asks for the rest, over and over, without letting anybody else have their turn.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def has_frame(self) -> bool:
        """Whether a whole frame is here. Raises OSError where the connection is lost."""
        return self._is_whole() or (self._receive() and self._is_whole())

    def _is_whole(self) -> bool:
        came = self._transport._read_buffer
        return len(came) >= _AROUND + int.from_bytes(came[_SIZE], "big")

    def _receive(self) -> bool:
        """Take what the socket has, if it has anything."""
        sock = self._transport.sock
        usual = sock.gettimeout()
        sock.settimeout(0)
        try:
            came = self._transport._quick_recv(_CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            sock.settimeout(usual)
        if not came:
            raise OSError("the broker closed the connection")
        self._transport._read_buffer += came
        return True


class _Outgoing:
    """Sends what was written since the last look in one go: a reply and its ack share a packet.

    A write never waits, so it is never cut in two; where sending fails, the socket is shut and
    the reader finds the connection lost.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._send = transport._write
        # Beneath the green socket is one that never waits; TLS has a state of its own.
        self._plain = getattr(transport.sock, "fd", None) if _is_plain(transport) else None
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


def _is_plain(transport: Any) -> bool:
    return isinstance(transport, amqp.transport.TCPTransport)


def shut(transport: Any) -> None:
    """Shut the socket of `transport`, so that whoever reads from it wakes."""
    if transport.sock is not None:
        with suppress(OSError):
            transport.sock.shutdown(socket.SHUT_RDWR)


def address(url: str) -> str:
    """Return the host and port of `url`, without user and password, for logs."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"


def _read_in_chunks(transport: Any) -> None:
    # amqp asks the socket three times for each frame; its buffer keeps what comes beyond.
    receive = transport.sock.recv
    transport._quick_recv = lambda wanted: receive(max(wanted, _CHUNK))
