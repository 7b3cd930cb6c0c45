"""A question whose answer has not come yet."""

import asyncio
from typing import Any

from contracts.refusals import Late, Refusal
from contracts.rpc import RpcMethod


class Pending:
    """One call that awaits its answer.

    Attributes:
        service: Whom it asks.
        writes: Whether it changes anything, so that a lost answer leaves that open.
        deadline: In the loop's time.
        answer: The reply's bytes, or a refusal.
        doubt: Asks meanwhile whether anybody is there to answer.
        end: Lets it expire at its deadline.
        verdict: What it expires with.
    """

    __slots__ = ("answer", "deadline", "doubt", "end", "service", "verdict", "writes")

    def __init__(
        self, method: RpcMethod[Any], deadline: float, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.service = service = method.service
        self.writes = method.writes
        self.deadline = deadline
        self.answer: asyncio.Future[bytes] = loop.create_future()
        self.doubt: asyncio.Task[None] | None = None
        self.end: asyncio.TimerHandle | None = None
        self.verdict: Refusal = Late(f"The service {service} did not answer in time. Try again.")

    def settle(self, reply: bytes) -> None:
        """Give the reply to who awaits it, if nothing ended that."""
        if not self.answer.done():
            self.answer.set_result(reply)

    def fail(self, refusal: Refusal) -> None:
        """End it by a refusal, if nothing ended it before."""
        if not self.answer.done():
            self.answer.set_exception(refusal)

    def expire(self) -> None:
        """End it by what is known by then of why no answer came."""
        self.fail(self.verdict)

    def forget(self) -> None:
        """Look after it no more."""
        if self.doubt is not None:
            self.doubt.cancel()
        if self.end is not None:
            self.end.cancel()
