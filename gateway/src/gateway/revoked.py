"""Sessions that ended before their access tokens did.

Told by auth's event to an exclusive queue of this gateway. What was said while the gateway was
not listening is asked for on every connect: bind first, ask after, so nothing falls between.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable
from typing import Any

import orjson
from pika.adapters.asyncio_connection import AsyncioConnection
from pydantic import ValidationError

from contracts.auth import methods as auth
from contracts.auth.events import SESSION_ENDED, SessionEndedData
from contracts.events import Envelope
from contracts.refusals import Refusal, Unavailable
from gateway.connection import answered, open_channel
from gateway.rpc import Rpc
from gateway.tokens import BadToken, Identity

log = logging.getLogger(__name__)

# Beside what a token lives: no two clocks are the same, and a message takes its time.
SPARE_SECONDS = 5 * 60
PRUNE_SECONDS = 60.0
AGAIN_SECONDS = 0.5


class RevokedSessions:
    """The ended sessions, consulted on each request.

    Args:
        rpc: Asks auth what ended.
        access_seconds: How long an access token is good.

    Attributes:
        kept_seconds: How long the end of a session is remembered: until none of its tokens lives.
    """

    def __init__(self, rpc: Rpc, access_seconds: float) -> None:
        self._rpc = rpc
        self.kept_seconds = access_seconds + SPARE_SECONDS
        self._current = False
        self._sessions: dict[str, float] = {}
        self._users: dict[int, tuple[float, float]] = {}
        self._next_prune = 0.0
        self.on_end: Callable[[int], None] = _nothing
        """Called with the id of a person of whom a session has ended."""

    @property
    def is_current(self) -> bool:
        """Whether everything that auth has said is known here."""
        return self._current

    def __len__(self) -> int:
        return len(self._sessions) + len(self._users)

    def check(self, identity: Identity) -> None:
        """Refuse `identity` if its session has ended.

        Raises BadToken then, and Unavailable while it cannot be told.
        """
        if not self._current:
            raise Unavailable(
                "Sessions cannot be checked now. Try again in a moment.", retry_after=1
            )
        if self.has_ended(identity):
            raise BadToken("The session has ended.")

    def has_ended(self, identity: Identity) -> bool:
        """Say whether the session of `identity` is known to have ended."""
        before = self._users.get(identity.user)
        return identity.session in self._sessions or (
            before is not None and identity.issued_at <= before[0]
        )

    def add(self, user: int, session: str | None, before: float) -> None:
        """Take note of one session, or with None of all those of `user` begun by `before`."""
        now = time.time()
        forget_at = max(now, before) + self.kept_seconds
        if session is not None:
            self._sessions[session] = forget_at
        else:
            known, _ = self._users.get(user, (before, 0.0))
            self._users[user] = max(before, known), forget_at
        self.on_end(user)
        self._prune(now)

    async def attach(self, connection: AsyncioConnection) -> None:
        """Listen on `connection` from now on, and catch up with what was missed."""
        channel = await open_channel(connection)
        channel.add_on_close_callback(lambda *_: connection.is_open and connection.close())
        # A name of its own for each connection: the broker may still hold the last one's queue.
        queue = f"gw.{os.urandom(8).hex()}"
        await answered(channel.queue_declare, queue, exclusive=True, auto_delete=True)
        await answered(channel.queue_bind, queue, SESSION_ENDED.exchange, SESSION_ENDED.wire_name)
        await answered(channel.basic_consume, queue, on_message_callback=self._told, auto_ack=True)
        await self._catch_up()

    def detach(self) -> None:
        """The connection has gone: until it is back, nobody can tell who has logged out."""
        self._current = False

    async def _catch_up(self) -> None:
        while True:
            try:
                since = time.time() - self.kept_seconds
                answer = await self._rpc.call(auth.ENDED_SINCE, auth.EndedSince(since=since))
                sessions = auth.EndedSessions.model_validate_json(answer).ended
                break
            except Refusal as refusal:
                log.warning("ended sessions not known yet", extra={"reason": refusal.detail})
            except ValidationError as error:
                log.error("ended sessions not understood", extra={"reason": _where(error)})
            await asyncio.sleep(AGAIN_SECONDS)
        for ended in sessions:
            self.add(ended.user, ended.sid, ended.before)
        self._current = True

    def _told(self, _: Any, method: Any, __: Any, body: bytes) -> None:
        # The default exchange reaches any queue: only auth's own exchange is believed.
        if (method.exchange, method.routing_key) != (
            SESSION_ENDED.exchange,
            SESSION_ENDED.wire_name,
        ):
            log.warning("message from elsewhere refused", extra={"exchange": method.exchange})
            return
        try:
            event = Envelope.model_validate(orjson.loads(body))
            data = SessionEndedData.model_validate(event.data)
            user = int(event.subject.removeprefix("user/"))
        except (ValidationError, ValueError):
            log.error("event not understood", extra={"type": SESSION_ENDED.wire_name})
            return
        self.add(user, data.sid, data.before)

    def _prune(self, now: float) -> None:
        if now < self._next_prune:
            return
        self._next_prune = now + PRUNE_SECONDS
        self._sessions = {sid: end for sid, end in self._sessions.items() if end > now}
        self._users = {user: known for user, known in self._users.items() if known[1] > now}


def _nothing(_: int) -> None:
    """Nobody minds."""


def _where(error: ValidationError) -> str:
    """The first thing that is wrong, without the value: it may be anybody's."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
