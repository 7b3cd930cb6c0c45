"""What notify records, heard as it records it, without a gap, for as long as anybody listens.

Each message says which place it goes on from. Where that is not the place of the one before,
something was missed: it is asked for, and told in its order.
"""

import asyncio
import logging
import os
from collections import deque
from contextlib import suppress
from typing import Any

import orjson
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import Channel

from contracts.notify import methods as notify
from contracts.refusals import Refusal, Unavailable
from gateway.connection import answered, open_channel, settle
from gateway.rpc import Rpc
from gateway.streams.hub import Hub, Shared
from gateway.trace import CURRENT, begin

log = logging.getLogger(__name__)

EXCHANGE = "activity.live"
SET_UP_SECONDS = 10.0
ASK_SECONDS = 5.0
AGAIN_SECONDS = 1.0
MOST_WAITING = 256
"""Messages that are kept while what came before them is asked for."""
# A gateway that stands still must not fill the broker; what is dropped is a gap like any other.
_QUEUE = {"x-max-length": 10_000, "x-max-length-bytes": 64 * 1024 * 1024}


class Recorded:
    """A part of the record, in its order.

    Raises ValueError where `said` is none.
    """

    __slots__ = ("after", "events", "recorded")

    def __init__(self, said: bytes) -> None:
        document = orjson.loads(said)
        try:
            self.after, self.recorded = int(document["after"]), int(document["recorded"])
            self.events = [_shared(each) for each in document["events"]]
        except (KeyError, TypeError) as error:
            raise ValueError(f"no part of the record: {error!r}") from None


def _shared(said: dict[str, Any]) -> Shared:
    event, audience = said["event"], said["audience"]
    if not isinstance(event["type"], str):
        raise ValueError("an event without a type")
    return Shared(int(said["position"]), event, frozenset(audience))


def _unheard() -> Unavailable:
    return Unavailable("Nothing is heard live now. Try again in a moment.", retry_after=1)


class Live:
    """Listens for the streams of `hub`; while there are none, to nothing.

    The first message that comes for nobody ends the binding; the next stream makes it again.

    Args:
        rpc: Asks notify what was missed.
        hub: Whom to tell.
    """

    def __init__(self, rpc: Rpc, hub: Hub) -> None:
        self._rpc = rpc
        self._hub = hub
        self._keeping: asyncio.Task[None] | None = None
        self._filling: asyncio.Task[None] | None = None
        self._waiting: deque[Recorded] = deque(maxlen=MOST_WAITING)
        self._channel: Channel | None = None
        self._bound: asyncio.Future[bool] | None = None
        self._latest = 0
        self._is_up = False
        self.queue = ""
        """What it listens on."""

    def check(self) -> None:
        """Raise Unavailable where nothing is heard at the moment."""
        if not self._is_up:
            raise _unheard()

    async def hear(self) -> None:
        """Return once everything that is recorded from now on is heard.

        Raises Unavailable where it cannot be.
        """
        bound = self._bound or self._bind()
        with suppress(TimeoutError):
            if await asyncio.wait_for(asyncio.shield(bound), ASK_SECONDS):
                return
        raise _unheard()

    def begin(self, recorded: int) -> None:
        """Go on from `recorded`, which notify has just said, where nobody listened before."""
        if self._hub and self._hub.position is None:
            self._hub.begin(recorded)
            if self._latest > recorded:
                self._fill()

    async def attach(self, connection: AsyncioConnection) -> None:
        """Listen on `connection` from now on, and ask for what was missed.

        Returns when that was tried once: where it cannot be done, all else goes on without it.
        """
        tried = asyncio.Event()
        self._keeping = asyncio.create_task(self._keep(connection, tried), name="live")
        await tried.wait()

    def detach(self) -> None:
        """The connection has gone."""
        self._lose()
        for task in (self._keeping, self._filling):
            if task is not None:
                task.cancel()
        self._keeping = self._filling = None
        self._waiting.clear()

    async def _keep(self, connection: AsyncioConnection, tried: asyncio.Event) -> None:
        """Listen, and do so again should the broker end it: no other part may fall with this."""
        while connection.is_open:
            closed = asyncio.Event()
            listening = asyncio.create_task(self._listen(connection, closed))
            ending = asyncio.create_task(closed.wait())
            try:
                either = asyncio.wait((listening, ending), return_when=asyncio.FIRST_COMPLETED)
                with suppress(TimeoutError):
                    await asyncio.wait_for(either, SET_UP_SECONDS)
                if listening.done() and listening.exception() is None:
                    self._begin()
                    tried.set()
                    await ending
                log.warning("nothing is heard live, trying again")
            finally:
                self._lose()
                tried.set()
                listening.cancel()
                ending.cancel()
            await asyncio.sleep(AGAIN_SECONDS)

    def _begin(self) -> None:
        self._is_up = True
        if self._hub.position is not None:
            self._fill()

    async def _listen(self, connection: AsyncioConnection, closed: asyncio.Event) -> None:
        channel: Channel = await open_channel(connection)
        channel.add_on_close_callback(lambda *_: closed.set())
        # A name of its own for each connection: the broker may still hold the last one's queue.
        self.queue = f"gw.live.{os.urandom(8).hex()}"
        await answered(
            channel.queue_declare, self.queue, exclusive=True, auto_delete=True, arguments=_QUEUE
        )
        self._channel = channel
        await self._bind()
        await answered(
            channel.basic_consume, self.queue, on_message_callback=self._told, auto_ack=True
        )

    def _bind(self) -> asyncio.Future[bool]:
        """Have what is told from now on put into the queue: true once the broker does so."""
        bound = self._bound = asyncio.get_running_loop().create_future()
        if self._channel is None or not self._channel.is_open:
            self._lose()
        else:
            self._channel.queue_bind(
                self.queue, EXCHANGE, "", callback=lambda _: settle(bound, True)
            )
        return bound

    def _rest(self) -> None:
        """Hear no more, since nobody listens: what is told to nobody costs every write."""
        self._latest = 0
        if self._bound is not None and self._channel is not None:
            self._bound = None
            # Whoever comes meanwhile has it bound again, behind this, on the same channel.
            self._channel.queue_unbind(self.queue, EXCHANGE, "", callback=lambda _: None)

    def _lose(self) -> None:
        """The channel has gone, and nothing is heard."""
        self._is_up = False
        self._channel = None
        if self._bound is not None:
            settle(self._bound, False)
        self._bound = None

    def _told(self, _: Any, method: Any, __: Any, body: bytes) -> None:
        # The default exchange reaches any queue: only what notify writes to is believed.
        if method.exchange != EXCHANGE:
            log.warning("message from elsewhere refused", extra={"exchange": method.exchange})
            return
        if not self._hub:
            self._rest()
            return
        try:
            said = Recorded(body)
        except ValueError as error:
            log.error("live activity not understood", extra={"reason": str(error)[:200]})
            return
        self._latest = max(self._latest, said.recorded)
        if self._filling is not None:
            self._waiting.append(said)
        elif self._hub.position is None:
            pass
        elif said.recorded < self._hub.position or not self._goes_on(said):
            # It was on its way while they went ahead, something was lost, or it is another record.
            self._waiting.append(said)
            self._fill()

    def _goes_on(self, said: Recorded) -> bool:
        """Tell what is new of `said`; say whether it goes on from where the streams are."""
        position = self._hub.position
        assert position is not None  # noqa: S101
        if said.after > position:
            return False
        if said.recorded > position:
            fresh = [each for each in said.events if each.position > position]
            self._hub.tell(fresh, said.recorded)
        return True

    def _fill(self) -> None:
        if self._filling is None:
            self._filling = asyncio.create_task(self._catch_up(), name="live gap")

    async def _catch_up(self) -> None:
        try:
            while self._hub and not await self._is_caught_up():
                pass
        finally:
            if self._filling is asyncio.current_task():
                self._filling = None
                # What waits still waits for nobody: who listened has left, or nothing leads to it.
                self._waiting.clear()

    async def _is_caught_up(self) -> bool:
        """Ask for what follows; say whether the streams are told all that is known by then."""
        position = self._hub.position
        if position is None:
            return True
        CURRENT.set(begin("", "", ASK_SECONDS))
        newest = self._newest()
        try:
            asked = notify.ListRecorded(after=position)
            said = Recorded(await self._rpc.call(notify.ACTIVITY_RECORDED, asked))
        except (Refusal, ValueError) as error:
            log.warning("what was missed is not known yet", extra={"reason": str(error)[:200]})
            await asyncio.sleep(AGAIN_SECONDS)
            return False
        if said.recorded < position:
            self._hub.begin_anew()
        if self._hub.position is None or not self._goes_on(said):
            return True
        while self._waiting and self._goes_on(self._waiting[0]):
            self._waiting.popleft()
        # Where nothing is recorded beyond, what was heard is no longer what notify keeps; unless it
        # was heard since it was asked.
        is_all = not self._waiting and self._hub.position >= self._latest
        return is_all or (said.recorded <= position and self._newest() is newest)

    def _newest(self) -> Recorded | None:
        """The last message that waits, if any does."""
        return self._waiting[-1] if self._waiting else None
