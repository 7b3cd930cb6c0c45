"""Taking a service's requests from its one queue."""

import logging
from functools import partial
from time import monotonic
from typing import Any, Protocol

import eventlet

from chassis.amqp import queues
from chassis.amqp.connection import LOST
from chassis.amqp.consumer import Consumer, Handle
from chassis.events.consumer import EventConsumer
from chassis.rpc.question import Question
from chassis.rpc.responder import refusal_body, reply
from chassis.rpc.slow_lane import SlowLane
from chassis.work.workers import Workers
from contracts.refusals import Unavailable
from contracts.rpc import RpcMethod

# Answered without a worker, since they may all be stuck: that is what is asked.
BESIDE_WORKERS = frozenset({"health"})
# So many requests that come while every worker of every instance is busy wait in the process.
OVERFLOW = 200
# Where no worker begins or ends anything for so long, they are told to come back.
STUCK_SECONDS = 3.0

log = logging.getLogger(__name__)


class Answering(Protocol):
    """An entrypoint that answers a method."""

    method: RpcMethod[Any]
    method_name: str


class RpcConsumer(Consumer):
    """Takes the requests of one service, from its one queue."""

    kind = "rpc"
    events = EventConsumer()
    workers = Workers()

    def __init__(self) -> None:
        super().__init__()
        self._answering: dict[str, Answering] = {}
        self._moved = 0.0

    @property
    def prefetch(self) -> int:
        """As many requests as there are workers, and as many slow ones that wait."""
        slow = any(entrypoint.method.slow for entrypoint in self._answering.values())
        return int(self.container.max_workers) * (1 + slow)

    def setup(self) -> None:
        """Make what shares the workers between slow and quick."""
        self._lane = SlowLane(self.container.max_workers)

    def register(self, entrypoint: Answering) -> None:
        """Make `entrypoint` answer the requests of its method."""
        self._answering[entrypoint.method.name] = entrypoint

    def declare(self, channel: Any) -> dict[str, Handle]:
        """Declare the service's queue of requests, after those of its events.

        So whoever answers has queues for its events, and whoever sees this one can cause some:
        what no queue takes, the broker drops (docs/adr/0014).
        """
        self.events.declare(channel)
        return {queues.declare_rpc(channel, self.service): self._take}

    def consume(self, channel: Any, queue: str, handle: Handle) -> None:
        """Consume twice: for the workers, and for what would wait while they are all busy.

        The second consumer has the lower priority, so the broker turns to it only where no
        instance of the service takes more. Without it, a request that needs no worker would wait
        behind those that do.
        """
        super().consume(channel, queue, handle)
        channel.basic_qos(0, OVERFLOW, False)
        channel.basic_consume(
            queue,
            callback=partial(self._deliver, self._take),
            arguments={"x-priority": -1},
        )

    @property
    def at_once(self) -> bool:
        """Whether a worker is free."""
        return self.workers.free

    def give_up(self, message: Any) -> None:
        """Settle a request that our own code fails on; its queue has no delivery limit."""
        self.refuse(message, "the service failed to read it")

    def _take(self, message: Any) -> None:
        question = Question(message, self.service, checked=self.settings.check_contracts)
        entrypoint = self._answering.get(question.name)
        if entrypoint is None:
            unknown = Unavailable("This release of the service does not know the method.")
            self._reply(question, refusal_body(unknown))
        elif question.late:
            log.debug("dropped a request past its deadline")
            self.ack(message)
        elif question.name in BESIDE_WORKERS:
            self._answer_beside(entrypoint, question)
        elif entrypoint.method.slow:
            busy = Unavailable("Too many ask for this at once. Try again soon.", retry_after=1)
            self._lane.enter(
                partial(self._spawn, entrypoint, question),
                partial(self._reply, question, refusal_body(busy)),
            )
        elif self.workers.free:
            self._spawn(entrypoint, question)
        else:
            self._spawn_soon(entrypoint, question)

    def _spawn(self, entrypoint: Answering, question: Question) -> None:
        if self.container._being_killed:
            self.requeue(question.message)
            return
        self.workers.do(partial(self._work, entrypoint, question))
        self._moved = monotonic()

    def _work(self, entrypoint: Answering, question: Question) -> None:
        answer = self._answer(entrypoint, question)
        self._moved = monotonic()
        self._settled(question, answer)
        following = self._lane.leave() if entrypoint.method.slow else None
        if following is not None:
            self.aside(following)

    def _answer(self, entrypoint: Answering, question: Question) -> bytes | None:
        answer: bytes | None = getattr(self.workers.service, entrypoint.method_name)(question)
        return answer

    def _spawn_soon(self, entrypoint: Answering, question: Question) -> None:
        """Hand `question` to the next free worker; where all are stuck, have it asked again."""
        wait = 0.0 if self._is_stuck else STUCK_SECONDS
        while not question.late:
            try:
                with eventlet.Timeout(wait):
                    self._spawn(entrypoint, question)
                return
            except eventlet.Timeout:
                if self._is_stuck:
                    busy = Unavailable("The service is busy. Try again in a moment.", retry_after=1)
                    self._reply(question, refusal_body(busy))
                    return
        self.ack(question.message)

    @property
    def _is_stuck(self) -> bool:
        return monotonic() - self._moved > STUCK_SECONDS

    def _answer_beside(self, entrypoint: Answering, question: Question) -> None:
        self.aside(
            lambda: self._settled(question, self._answer(entrypoint, question)),
        )

    def _settled(self, question: Question, answer: bytes | None) -> None:
        if answer is None:
            self.ack(question.message)
        else:
            self._reply(question, answer)

    def _reply(self, question: Question, body: bytes) -> None:
        try:
            reply(question.message, question.reply_queue, body)
        except LOST:
            log.info("a reply was lost with the broker; the caller asks again")
        except Exception:
            log.exception("a reply could not be sent")
        self.ack(question.message)
