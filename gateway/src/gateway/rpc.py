"""The RPC client: one question to one service, one answer before the deadline.

Replies come by RabbitMQ's direct reply-to, so a call costs no queue. Every call ends: with the
result, with the service's refusal, or with Unavailable or Late.
"""

import asyncio
import itertools
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from pika import BasicProperties
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import Channel
from prometheus_client import Counter, Gauge

from contracts.models import Request
from contracts.refusals import Late, Refusal, Unavailable
from contracts.rpc import Actor, Command, RpcMethod
from gateway.connection import BrokerAway, answered, open_channel
from gateway.crowd import Caps, Crowd
from gateway.pending import Pending
from gateway.question import REPLY_TO, QuestionProperties, question
from gateway.queue_probe import QueueProbe
from gateway.reply import result_of
from gateway.trace import CURRENT, begin
from telemetry.spans import Kind, Tracer, tracer

log = logging.getLogger(__name__)

EXCHANGE = "nameko-rpc"
# When an answer takes longer than this, ask the broker whether anybody is there to give it.
DOUBT_SECONDS = 0.25
AGAIN_SECONDS = 1.0

IN_FLIGHT = Gauge("sakina_gateway_rpc_in_flight", "RPC calls that await their answer.", ["service"])
CALLS = Counter(
    "sakina_gateway_rpc_total", "RPC calls by method and outcome.", ["method", "outcome"]
)


@cache
def _counter(method: str, outcome: str) -> Counter:
    """Looked up once: finding a series by its labels costs more than counting in it."""
    return CALLS.labels(method, outcome)


@cache
def _in_flight(service: str) -> Gauge:
    return IN_FLIGHT.labels(service)


def away(who: str) -> Unavailable:
    """Return the refusal for somebody who is not there."""
    return Unavailable(f"{who} is not available. Try again in a moment.", retry_after=1)


_UNKNOWN = Late(
    "The connection to the message broker was lost before the answer came: it may have been done."
    " Look, or try again with the same Idempotency-Key."
)


class Rpc:
    """Asks the services.

    Args:
        seconds: How long a call may take where the request says nothing shorter.
        caps: How many calls are awaited at once; beyond, callers are told to come back.
    """

    def __init__(self, seconds: float, caps: Caps) -> None:
        self._seconds = seconds
        self._crowd = Crowd(caps)
        self._channel: Channel | None = None
        self._blocked = False
        self._pending: dict[str, Pending] = {}
        self._probe = QueueProbe()
        # Correlation ids of one process never meet another's, nor an earlier self's.
        self._ids = map(f"{os.urandom(8).hex()}-%x".__mod__, itertools.count())

    @property
    def is_up(self) -> bool:
        """Whether there is a connection to ask over."""
        return self._channel is not None and not self._blocked

    async def attach(self, connection: AsyncioConnection) -> None:
        """Ask over `connection` from now on."""
        channel = await open_channel(connection)
        # Whatever closes this channel, a connection made anew is the way back.
        channel.add_on_close_callback(lambda *_: connection.is_open and connection.close())
        channel.add_on_return_callback(self._returned)
        connection.add_on_connection_blocked_callback(lambda *_: self._block(True))
        connection.add_on_connection_unblocked_callback(lambda *_: self._block(False))
        await answered(
            channel.basic_consume, REPLY_TO, on_message_callback=self._replied, auto_ack=True
        )
        self._probe.attach(connection)
        self._channel = channel

    def detach(self) -> None:
        """The connection has gone, and with it every answer still on its way."""
        self._channel = None
        self._blocked = False
        self._probe.detach()
        for pending in list(self._pending.values()):
            pending.fail(_UNKNOWN if pending.writes else away("The message broker"))

    async def call(
        self,
        method: RpcMethod[Any],
        body: Request,
        *,
        actor: Actor | bytes | None = None,
        command: Command | None = None,
        seconds: float | None = None,
    ) -> bytes:
        """Return the JSON of what `method` answers to `body`.

        Args:
            method: Whom to ask what.
            body: A validated request; only the fields that were named travel.
            actor: Who asks, as model or as its JSON.
            command: The identity of a mutating request.
            seconds: A limit below that of the request being worked on.

        Raises:
            Refusal: what the service refused with; Unavailable without broker or service;
                Late when no answer came in time.
        """
        message = question(body, actor, command)
        spans = tracer()
        if spans is None:
            return await self._call(method, message, seconds)
        with _spanned(spans, method.routing_key):
            return await self._call(method, message, seconds)

    async def _call(self, method: RpcMethod[Any], message: bytes, seconds: float | None) -> bytes:
        try:
            with self._crowd.joined(method):
                reply = await self._ask(method, message, seconds)
                result = result_of(reply)
        except Refusal as refusal:
            _counter(method.routing_key, refusal.code).inc()
            raise
        _counter(method.routing_key, "ok").inc()
        return result

    async def _ask(self, method: RpcMethod[Any], message: bytes, seconds: float | None) -> bytes:
        if not self.is_up:
            raise away("The message broker")
        if self._probe.known_empty(method.service):
            raise away(f"The service {method.service}")
        if method.writes and not self._probe.complete:
            await self._all_have_been_here(self._seconds_left(seconds))
        loop = asyncio.get_running_loop()
        left = self._seconds_left(seconds)
        correlation_id = next(self._ids)
        pending = Pending(method, loop.time() + left, loop)
        self._pending[correlation_id] = pending
        in_flight = _in_flight(method.service)
        in_flight.inc()
        timer = loop.call_later(min(DOUBT_SECONDS, left), self._doubt, pending)
        try:
            self._publish(method.routing_key, message, correlation_id, left)
            return await pending.answer
        finally:
            timer.cancel()
            pending.forget()
            del self._pending[correlation_id]
            in_flight.dec()

    async def _all_have_been_here(self, seconds: float) -> None:
        """Refuse where a service has no queues yet: the broker would drop the events for it."""
        try:
            async with asyncio.timeout(seconds):
                newcomer = await self._probe.newcomer()
        except (BrokerAway, TimeoutError) as error:
            raise away("The message broker") from error
        if newcomer is not None:
            raise away(f"The service {newcomer}")

    def _seconds_left(self, seconds: float | None) -> float:
        limit = self._seconds if seconds is None else seconds
        trace = CURRENT.get(None)
        left = limit if trace is None else min(limit, trace.seconds_left)
        if left <= 0.001:
            raise Late("There was no time left to ask. Try again.")
        return left

    def _publish(self, routing_key: str, message: bytes, correlation_id: str, left: float) -> None:
        trace = CURRENT.get(None) or begin("", "", left)
        properties = QuestionProperties(correlation_id, trace, left, time.time() + left)
        assert self._channel is not None  # noqa: S101
        try:
            self._channel.basic_publish(EXCHANGE, routing_key, message, properties, mandatory=True)
        except Exception as error:
            raise away("The message broker") from error

    def _replied(self, _: Any, __: Any, properties: BasicProperties, body: bytes) -> None:
        pending = self._pending.get(properties.correlation_id)
        if pending is not None:
            pending.settle(body)

    def _returned(self, _: Any, __: Any, properties: BasicProperties, ___: bytes) -> None:
        """The broker had no queue for it: the service has never run here."""
        pending = self._pending.get(properties.correlation_id)
        if pending is not None:
            pending.fail(away(f"The service {pending.service}"))

    def _block(self, blocked: bool) -> None:
        self._blocked = blocked

    def _doubt(self, pending: Pending) -> None:
        # The deadline holds whatever becomes of the task beside it.
        loop = asyncio.get_running_loop()
        pending.end = loop.call_at(pending.deadline, pending.expire)
        pending.doubt = asyncio.ensure_future(self._watch(pending))

    async def _watch(self, pending: Pending) -> None:
        """Fail a call that nobody is there to answer."""
        while True:
            try:
                if not await self._probe.consumers(pending.service):
                    pending.fail(away(f"The service {pending.service}"))
                    return
            except BrokerAway:
                pending.verdict = away("The message broker")
            except Exception:
                log.exception("nobody can tell who consumes", extra={"service": pending.service})
            await asyncio.sleep(AGAIN_SECONDS)


@contextmanager
def _spanned(spans: Tracer, name: str) -> Iterator[None]:
    """Have a span of a call for the length of a block, which the call follows."""
    trace = CURRENT.get(None)
    if trace is None:
        yield
        return
    about = {"rpc.system.name": "nameko", "rpc.method": name}
    with spans.during(name, Kind.CLIENT, trace.traceparent, about) as span:
        before = CURRENT.set(trace.under(span.traceparent) if span else trace)
        try:
            yield
        finally:
            CURRENT.reset(before)
