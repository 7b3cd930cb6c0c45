"""One POST to an address that somebody named: bounded in time and size, followed nowhere else."""

import http.client
import io
import socket
import ssl
import time
from contextlib import closing
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import SplitResult

import eventlet

from chassis.process import clock
from notify.domain.addresses import Address, BadUrl, parted, port_of
from notify.domain.deliveries import ASK_TO_WAIT, INTERIM, Outcome, Problem, problem_of
from notify.outgoing.patience import asked_wait
from notify.outgoing.resolving import Forbidden, Unresolved, addresses_of

SECONDS = 15.0
"""From the first question to DNS to the end of the answer."""
CONNECT_SECONDS = 5.0
"""To each of a host's addresses but the last, which has the time that is left."""
LARGEST_ANSWER = 65_536
"""Bytes of the whole answer, its head and whatever comes before it included."""
_PIECE = 8192

_USER_AGENT = "Sakina-Webhooks/1"


class _Failed(Exception):
    """A try that failed, and why."""

    def __init__(self, problem: Problem, code: int | None = None) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.code = code


class _Came(NamedTuple):
    """What came of a try: the status, why it failed, and what wait was asked for."""

    code: int | None
    problem: Problem | None
    asked_wait: timedelta | None = None


class Poster:
    """Posts, each time by a connection of its own.

    Args:
        loopback: Whether this machine itself may be posted to, as a development system says.
        seconds: How long one post may take in all.
        trust: Whose certificates are good; those of the system where nothing is said.
    """

    def __init__(
        self, *, loopback: bool, seconds: float = SECONDS, trust: ssl.SSLContext | None = None
    ) -> None:
        self._loopback = loopback
        self._seconds = seconds
        self._trust = trust or ssl.create_default_context()

    def addresses(self, host: str) -> list[Address]:
        """Return the addresses of `host`, as they are checked before each post.

        Raises:
            Forbidden: One of them is not allowed.
            Unresolved: There is none.
        """
        return addresses_of(host, loopback=self._loopback)

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Outcome:
        """Post `body`, and return what came of it; whatever that is, nothing is raised."""
        began = time.monotonic()
        came = self._post(url, body, headers)
        latency = timedelta(seconds=time.monotonic() - began)
        return Outcome(came.code, came.problem, latency, came.asked_wait)

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> _Came:
        try:
            with eventlet.Timeout(self._seconds):
                return self._answered(parted(url), body, headers)
        except eventlet.Timeout:
            return _Came(None, Problem.TIMEOUT)
        except BadUrl:
            # A release before this one took it.
            return _Came(None, Problem.ADDRESS)
        except _Failed as failed:
            return _Came(failed.code, failed.problem)

    def _answered(self, parts: SplitResult, body: bytes, headers: dict[str, str]) -> _Came:
        with closing(self._connected(parts)) as connected:
            try:
                return _exchange(connected, parts, body, headers)
            except http.client.RemoteDisconnected as error:
                raise _Failed(Problem.CLOSED) from error
            except (http.client.HTTPException, ValueError) as error:
                raise _Failed(Problem.ANSWER) from error
            except OSError as error:
                raise _Failed(Problem.CLOSED) from error

    def _connected(self, parts: SplitResult) -> socket.socket:
        host = parts.hostname or ""
        plain = self._reached(host, port_of(parts))
        if parts.scheme == "http":
            return plain
        try:
            return self._trust.wrap_socket(plain, server_hostname=host.removesuffix("."))
        except (ssl.SSLError, ValueError) as error:
            plain.close()
            raise _Failed(Problem.TLS) from error
        except OSError as error:
            plain.close()
            raise _Failed(Problem.CLOSED) from error
        except BaseException:
            plain.close()
            raise

    def _reached(self, host: str, port: int) -> socket.socket:
        """Connect to the first of the checked addresses that answers: to these, and no name."""
        try:
            addresses = self.addresses(host)
        except Forbidden as error:
            raise _Failed(Problem.ADDRESS) from error
        except Unresolved as error:
            raise _Failed(Problem.RESOLUTION) from error
        for place, address in enumerate(addresses, 1):
            wait = None if place == len(addresses) else CONNECT_SECONDS
            try:
                connected = socket.create_connection((str(address), port), timeout=wait)
            except OSError:
                continue
            # From here on the time for all of it is held around this: also for the handshake.
            connected.settimeout(None)
            return connected
        raise _Failed(Problem.REFUSED)


def _exchange(
    connected: socket.socket, parts: SplitResult, body: bytes, headers: dict[str, str]
) -> _Came:
    """Send the request, and return what the answer says once all of it has come."""
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", port_of(parts))
    connection.sock = connected
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    said = {"User-Agent": _USER_AGENT, "Connection": "close", **headers}
    connection.request("POST", target, body, said)
    coming = _Bounded(connected)
    answer = _FinalAnswer(coming, method="POST")  # type: ignore[arg-type]
    answer.begin()
    _check_length(answer.headers)
    problem = problem_of(answer.status)
    if problem is None:
        _read(answer, coming)
    patient = answer.status in ASK_TO_WAIT
    waits = answer.headers.get_all("Retry-After") if patient else None
    return _Came(answer.status, problem, asked_wait(waits or (), clock.now()))


def _check_length(headers: http.client.HTTPMessage) -> None:
    """Raise HTTPException where an answer has two lengths, or one that is no number.

    Nobody knows where such an answer ends (RFC 9112, section 6.3); the library takes the first.
    """
    said = ",".join(headers.get_all("Content-Length", ()))
    lengths = {each.strip() for each in said.split(",")}
    if said and not (len(lengths) == 1 and all(each.isdecimal() for each in lengths)):
        raise http.client.HTTPException("its length is not one number")


class _FinalAnswer(http.client.HTTPResponse):
    """An answer; what is said before it is passed over, as 103 Early Hints.

    https://www.rfc-editor.org/rfc/rfc9110#section-15.2. The library passes over 100 alone.
    """

    def begin(self) -> None:
        super().begin()
        while self.status in INTERIM:
            self.headers = None  # type: ignore[assignment]  # by it, it knows that it has begun
            super().begin()


def _read(answer: http.client.HTTPResponse, coming: "_Bounded") -> None:
    """Read what was answered, so that whoever answers can end well, and throw it away.

    In pieces: for what a length promises, memory would be taken before anything came.
    """
    try:
        while answer.read(_PIECE):
            pass
    except http.client.IncompleteRead as error:
        # The library says so of a chunk without a length, too, though nothing has ended.
        problem = Problem.CLOSED if coming.ended else Problem.ANSWER
        raise _Failed(problem, answer.status) from error
    except (http.client.HTTPException, ValueError) as error:
        raise _Failed(Problem.ANSWER, answer.status) from error
    if answer.length:
        raise _Failed(Problem.CLOSED, answer.status)


class TooLong(ValueError):
    """An answer is longer than anybody needs."""


class _Bounded(io.RawIOBase):
    """What a peer sends, up to a bound: it may send without an end, and faster than it is read.

    Whoever is sent to decides how much comes, also before the answer begins (100 Continue). Others
    get their turn between two pieces, since what is there already is read without a wait.

    Attributes:
        ended: Whether the peer has ended what it sends.
    """

    def __init__(self, connected: socket.socket) -> None:
        self.ended = False
        self._connected = connected
        self._left = LARGEST_ANSWER

    def makefile(self, *args: Any) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left <= 0:
            raise TooLong
        eventlet.sleep(0)
        count = self._connected.recv_into(memoryview(buffer)[: self._left])
        self._left -= count
        self.ended = count == 0
        return count
